import { observeExperiment } from "@ansatz/lab/testing";
import { describe, expect, it } from "vitest";
import experiment from "./experiment.ts";

const run = (parameters: object, signal?: AbortSignal) =>
  observeExperiment(experiment, { particles: 12, stepSize: 0.25, outerIterations: 3, ...parameters }, signal);

describe("the experiment ot/multi-marginal-bridge", () => {
  for (const data of ["lotka-volterra", "repressilator", "lynx-hare"])
    it(`draws trajectories through the snapshots of ${data}`, async () => {
      // 0.2 does not divide the interval of the repressilator.
      const { record, names } = await run({ data, stepSize: data === "repressilator" ? 0.2 : 0.25 });
      expect(record.failure).toBeUndefined();
      expect(record.status).toBe("SUCCEEDED");
      expect(record.metrics.heldOutDistance).toBeGreaterThan(0);
      expect(record.metrics.largestParameterError === null).toBe(data === "lynx-hare");
      for (const name of ["trajectories", "bridges of Brownian motion", "parameters", "drift mismatch"])
        expect(names).toContain(name);
      if (data === "lotka-volterra") expect(record.metrics.firstBrownianOverDistance).toBeGreaterThan(2);
    });

  it("finds bridges by proportional fitting, too", async () => {
    const { record, names } = await run({
      solver: "proportional-fitting",
      sweeps: 2,
      stepSize: 0.5,
      outerIterations: 1,
    });
    expect(record.failure).toBeUndefined();
    expect(record.metrics.endDistance).toBeGreaterThan(0);
    expect(names).toContain("distance of half-bridges");
  });

  it("stops when the run is cancelled", async () => {
    const controller = new AbortController();
    controller.abort();
    const { record } = await run({}, controller.signal);
    expect(record.status).toBe("CANCELLED");
  });
});
