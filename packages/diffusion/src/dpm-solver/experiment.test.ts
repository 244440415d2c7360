import { runExperiment } from "@ansatz/lab";
import { describe, expect, it } from "vitest";
import experiment from "./experiment.ts";

describe("diffusion/dpm-solver", () => {
  it("meets what it expects, with curves, tables and digits", { timeout: 60_000 }, async () => {
    const events: string[] = [];
    const record = await runExperiment(experiment, {
      parameters: { mostSteps: 160, samples: 4 },
      device: "cpu",
      onEvent: ({ type }) => void events.push(type),
    });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    expect(new Set(events)).toEqual(new Set(["point", "table", "progress", "image"]));
    expect(record.metrics.orderOfPublished).toBeLessThan(2.3);
  });
});
