import { runExperiment } from "@ansatz/lab";
import { describe, expect, it } from "vitest";
import { testDevices } from "../../../testing/index.ts";
import experiment from "./index.ts";

describe("the experiment tensor/softmax", async () => {
  it.each(await testDevices())("meets what it expects, and times every algorithm, on $label", async ({ open }) => {
    await using device = await open();
    const record = await runExperiment(experiment, {
      device,
      parameters: { smallest: 8, largest: 9, rounds: 3 },
      seed: 4,
    });
    expect(record.status).toBe("SUCCEEDED");
    for (const each of record.expectations) expect(each.met, JSON.stringify(each)).toBe(true);
    expect(record.metrics.nanoseconds).toBeGreaterThan(0);
    expect(record.metrics.automaticLoss).toBeGreaterThan(0);
  });
});
