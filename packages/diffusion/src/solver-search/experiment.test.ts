import { observeExperiment } from "@ansatz/lab/testing";
import { describe, expect, it } from "vitest";
import experiment from "./experiment.ts";

const SMALL = { samples: 32, budget: 70, stages: 1, candidates: 60, epochs: 5, heldOut: 32, threads: 1 };

const run = (parameters: object, signal?: AbortSignal) =>
  observeExperiment(experiment, { ...SMALL, ...parameters }, signal);

describe("the experiment diffusion/solver-search", () => {
  it("searches, and reports progress, schedules, ranks and errors", async () => {
    const { record, names } = await run({});
    expect(record.failure).toBeUndefined();
    expect(record.status).toBe("SUCCEEDED");
    for (const name of [
      ...["best error, predictor", "best error, evolution alone", "stages", "finalists", "found solver"],
      ...["best solver made by hand", "predicted and true rank", "errors on other noise"],
    ])
      expect(names).toContain(name);
    expect(record.metrics.measured).toBe(70);
    expect(record.metrics.ratio).toBeGreaterThan(0);
    expect(record.metrics.evolutionError).toBeGreaterThan(0);
  });

  it("judges the solver that is kept without searching, and says how sure its ratio is", async () => {
    const { record, names } = await run({ kept: true, evaluations: 10, heldOut: 1024 });
    expect(record.status).toBe("SUCCEEDED");
    expect(names).toContain("errors on other noise");
    expect(record.metrics.measured).toBeNull();
    expect(record.metrics.ratio).toBeLessThan(1);
    expect(record.metrics.ratioBound).toBeGreaterThan(record.metrics.ratio!);
    for (const [parameters, says] of [
      [{ kept: true, evaluations: 7 }, /5 or 10/],
      [{ kept: true, data: "digits" }, /statisticsDraws/],
    ] as const)
      expect(JSON.stringify((await run(parameters)).record.failure)).toMatch(says);
  });

  it("claims what the specification does for searches of its size only", async () => {
    const { record } = await run({ evolution: false });
    expect(record.expectations).toEqual([]);
    expect(record.metrics.evolutionError).toBeNull();
  });
});
