import { key, type Tensor } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { THREE_GAUSSIANS } from "../models/index.ts";
import { empiricalGenomes } from "./empirical-schedules.ts";
import { mixtureProblem } from "./mixture-problem.ts";
import { evaluatePopulation } from "./population.ts";
import { openProblem, type SolverProblem, type Trial } from "./problem.ts";
import { decodeSolverSearch, encodeSolverSearch, type SolverSearchState } from "./search.ts";
import { type SolverSearchOptions, searchSolver } from "./search-solver.ts";
import { searchedSolver } from "./searched-solver.ts";

const source = mixtureProblem(THREE_GAUSSIANS);
/** Seconds instead of minutes. */
const SMALL = {
  ...{ evaluations: 5, samples: 64, budget: 90, finalists: 5, finalSamples: 2, stages: 3, threads: 1 },
  ...{ candidates: 200, generations: 2, predictor: { epochs: 20 } },
} as const satisfies SolverSearchOptions;

let problem: SolverProblem;
beforeAll(async () => {
  problem = await openProblem(source);
});
afterAll(() => problem.dispose?.());

describe("searchSolver", () => {
  it("finds the same solver on one thread, on two, and after having been stopped and stored", async () => {
    const whole = await searchSolver(source, { ...SMALL, key: key(3) });
    const threaded = await searchSolver(source, { ...SMALL, key: key(3), threads: 2 });
    expect(threaded.best).toEqual(whole.best);
    expect(threaded.finalQuality).toBe(whole.finalQuality);
    expect(threaded.state).toEqual(whole.state);

    let resume: SolverSearchState | undefined;
    const reasons: string[] = [];
    // Within the first population, and within the second stage.
    for (const stopAt of [20, 70, undefined]) {
      const controller = new AbortController();
      const result = await searchSolver(problem, {
        ...{ ...SMALL, key: key(3), signal: controller.signal, ...(resume && { resume }) },
        onProgress: ({ measured }) => stopAt !== undefined && measured >= stopAt && controller.abort(),
      });
      resume = decodeSolverSearch(encodeSolverSearch(result.state));
      reasons.push(result.reason);
      if (stopAt === undefined) {
        expect(result.best).toEqual(whole.best);
        expect(result.finalQuality).toBe(whole.finalQuality);
        expect(result.history).toEqual(whole.history);
      } else expect(result.finalists).toHaveLength(0);
    }
    expect(reasons).toEqual(["aborted", "aborted", "budget-spent"]);
  });

  it("reports what it measured, stage by stage, and what it cost", async () => {
    const measured: number[] = [];
    const result = await searchSolver(problem, {
      ...SMALL,
      key: key(4),
      onProgress: (each) => measured.push(each.measured),
    });
    expect(result.statistics.measured).toBe(90);
    expect(result.statistics.modelEvaluations).toBe(5 * 64 * (85 + 2 * 5));
    expect(measured.at(-1)).toBe(90);
    expect(measured).toEqual([...measured].sort((a, b) => a - b));
    expect(result.history.map(({ stage }) => stage)).toEqual([0, 1, 2, 3]);
    expect(result.history.map(({ measured: count }) => count)).toEqual([48, 61, 73, 85]);
    expect(result.finalists).toHaveLength(5);
    expect(result.best.evaluations).toBe(5);
    expect(result.empirical.genome.name).toBeDefined();
    expect(result.finalQuality).toBeLessThanOrEqual(result.empirical.finalQuality);
  });

  it("refuses bad options before any work, and cannot answer when it was stopped before anything was measured", async () => {
    for (const [options, argument] of [
      [{ evaluations: 0 }, "options.evaluations"],
      [{ samples: 1.5 }, "options.samples"],
      [{ budget: 5 }, "options.budget"],
      [{ finalists: 1 }, "options.finalists"],
      [{ strategy: "random" }, "options.strategy"],
      [{ mutationRate: 0 }, "options.mutationRate"],
      [{ exploration: 1.1 }, "options.exploration"],
      [{ timeSpread: Number.NaN }, "options.timeSpread"],
      [{ stages: 0 }, "options.stages"],
      [{ threads: 0 }, "options.threads"],
    ] as const)
      await expect(searchSolver(source, { ...SMALL, ...(options as object) })).rejects.toMatchObject({ argument });
    await expect(searchSolver(problem, { ...SMALL, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
    for (const text of [
      "",
      "{}",
      JSON.stringify({ format: "ansatz solver search", version: 2, measured: [], pending: [] }),
    ])
      expect(() => decodeSolverSearch(text)).toThrow(expect.objectContaining({ argument: "text" }));
  });

  it("takes a solver whose states are not finite for infinitely bad, and goes on", async () => {
    // Wrong by a lot at one time: whoever asks there diverges.
    const broken: SolverProblem = {
      ...problem,
      model: {
        prediction: "noise",
        async predict(x: Tensor, time: number) {
          if (time > 0.2 && time < 0.3) return problem.device.full(x.shape, Number.NaN, x.dtype);
          const { predict } = problem.model as { predict(x: Tensor, time: number): Tensor };
          return predict.call(problem.model, x, time);
        },
      },
    };
    const result = await searchSolver(broken, { ...SMALL, key: key(5) });
    const qualities = result.state.measured.map(({ quality }) => quality);
    expect(qualities).toContain(Number.POSITIVE_INFINITY);
    expect(Number.isFinite(result.finalQuality)).toBe(true);
    expect(result.best.times.slice(1, -1).every((time) => time <= 0.2 || time >= 0.3)).toBe(true);
  });
});

describe("a population", () => {
  it("asks the model once about a state, and once about a time", async () => {
    const calls: (readonly [time: number, rows: number])[] = [];
    const counted: SolverProblem = {
      ...problem,
      model: (x, time) => {
        calls.push([time, x.shape[0]]);
        const { predict } = problem.model as { predict(x: Tensor, time: number): Tensor };
        return predict.call(problem.model, x, time);
      },
    };
    const genomes = empiricalGenomes({ schedule: problem.schedule, evaluations: 5 }).slice(0, 12);
    const trial: Trial = await problem.draw(key(7), 8);
    const solvers = genomes.map((genome) => searchedSolver(genome));
    const together = await evaluatePopulation(solvers, counted, trial);
    const times = calls.map(([time]) => time);
    expect(times).toEqual([...new Set(times)].sort((a, b) => b - a));
    expect(calls[0]).toEqual([1, 8]);
    const asked = calls.reduce((sum, [, rows]) => sum + rows / 8, 0);
    // All evaluations but the first, which they share.
    expect(asked).toBe(12 * 5 - 11);
    for (const [index, solver] of solvers.entries())
      expect((await evaluatePopulation([solver], problem, trial))[0]).toBeCloseTo(together[index], 12);
  });

  it("leaves no tensor behind", async () => {
    const trial = await problem.draw(key(8), 4);
    const before = problem.device.memory().tensors;
    const genomes = empiricalGenomes({ schedule: problem.schedule, evaluations: 5 });
    const solvers = genomes.map((genome) => searchedSolver(genome));
    await evaluatePopulation(solvers, problem, trial);
    expect(problem.device.memory().tensors).toBe(before);
  });
});
