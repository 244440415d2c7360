import { observeExperiment } from "@ansatz/lab/testing";
import { describe, expect, it } from "vitest";
import experiment from "./experiment.ts";

const SMALL = { components: 40, steps: 150, samples: 2000, paths: 10_000, pathSteps: 48 };

const run = (parameters: object, signal?: AbortSignal) =>
  observeExperiment(experiment, { ...SMALL, ...parameters }, signal);

describe("the experiment ot/light-bridge", () => {
  it("leads a cloud to a swiss roll, with pictures", async () => {
    const { record, names } = await run({ steps: 400 });
    expect(record.failure).toBeUndefined();
    expect(record.status).toBe("SUCCEEDED");
    // 400 steps are not 4000: only what does not depend on training is held against its bound.
    const unmet = record.expectations.filter(({ met }) => !met).map(({ metric }) => metric);
    expect(unmet.filter((metric) => metric !== "energyDistanceRatio")).toEqual([]);
    expect(record.metrics.energyDistance).toBeLessThan(0.5);
    for (const name of ["bridge as a moving cloud", "paths", "loss"]) expect(names).toContain(name);
  });

  it("compares with known bridges", async () => {
    const { record, names } = await run({ problem: "benchmark", steps: 100 });
    expect(record.failure).toBeUndefined();
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    for (const metric of ["uvpPlaneSmallNoise", "uvpPlane", "uvpPlaneLargeNoise", "uvpSixteenDimensions"])
      expect(record.metrics[metric]).toBeGreaterThan(0);
    expect(names).toContain("benchmark");
  });

  it("stops when the run is cancelled", async () => {
    const controller = new AbortController();
    controller.abort();
    const { record } = await run({}, controller.signal);
    expect(record.status).toBe("CANCELLED");
  });
});
