import { observeExperiment } from "@ansatz/lab/testing";
import { describe, expect, it } from "vitest";
import experiment from "./experiment.ts";

const run = (parameters: object) => observeExperiment(experiment, parameters);

describe("the experiment linalg/learned-relaxation", () => {
  it("draws regrets with their confidence over the heat equation, and its pictures", { timeout: 60_000 }, async () => {
    const { record, events } = await run({ intervals: 12, steps: 200, period: 200, seeds: 3 });
    expect(record.failure).toBeUndefined();
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    const { tsallisCost, optimalCost, gaussSeidelCost } = record.metrics;
    expect(tsallisCost).toBeGreaterThan(optimalCost!);
    expect(tsallisCost).toBeLessThan(1.5 * gaussSeidelCost!);
    const series = new Set(events.flatMap((event) => (event.type === "point" ? [event.series] : [])));
    expect(series).toContain("regret of ChebCB against the best ω of each, minus two standard errors");
    // Three policies, two comparators, three curves, and the diffusivity.
    expect(series.size).toBe(19);
    const heatmaps = events.filter(({ type }) => type === "heatmap");
    expect(heatmaps).toHaveLength(5);
  });

  it("beats every fixed parameter by the context of random systems", { timeout: 60_000 }, async () => {
    const { record } = await run({ sequence: "high-variance", steps: 3000, samples: 60, seeds: 2 });
    expect(record.failure).toBeUndefined();
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    expect(record.metrics.chebCbRatio).toBeLessThan(0.85);
  });
});
