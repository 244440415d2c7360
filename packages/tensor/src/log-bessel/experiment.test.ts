import { runExperiment } from "@ansatz/lab";
import { describe, expect, it } from "vitest";
import experiment from "./experiment.ts";

describe("tensor/log-bessel", () => {
  it("meets what it expects, with maps, fits and digits", { timeout: 60_000 }, async () => {
    const events: string[] = [];
    const record = await runExperiment(experiment, {
      parameters: { resolution: 24, samples: 60, trainingImages: 500, epochs: 2 },
      device: "cpu",
      seed: 1,
      onEvent: ({ type }) => void events.push(type),
    });
    expect(record.status).toBe("SUCCEEDED");
    // How long it took says little beside other tests.
    const unmet = record.expectations.filter(({ met, metric }) => !met && !metric.startsWith("nanoseconds"));
    expect(unmet).toEqual([]);
    expect(record.metrics.unguardedError).toBeGreaterThan(10 * (record.metrics.wronskianError ?? 1));
    expect(record.metrics.featureAccuracy).toBeGreaterThan(0.7);
    expect(new Set(events)).toEqual(new Set(["point", "progress", "heatmap", "table"]));
  });
});
