import { runExperiment } from "@ansatz/lab";
import { describe, expect, it } from "vitest";
import experiment from "./experiment.ts";

describe("diffusion/dpm-solver-v3", () => {
  it("meets what it expects, with curves, maps and digits", { timeout: 60_000 }, async () => {
    const events: string[] = [];
    const record = await runExperiment(experiment, {
      parameters: { intervals: 30, draws: 32, perDigit: 5, samples: 4 },
      device: "cpu",
      onEvent: ({ type }) => void events.push(type),
    });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    expect(new Set(events)).toEqual(new Set(["point", "heatmap", "table", "progress", "image"]));
    expect(record.metrics.ratio10).toBeGreaterThan(0);
  });
});
