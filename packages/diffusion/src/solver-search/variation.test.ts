import { key, openDevice, RandomStream } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { mixtureModel } from "../models/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import { sample } from "../sampling/index.ts";
import { empiricalGenomes } from "./empirical-schedules.ts";
import type { SolverGenome } from "./genome.ts";
import { kendallTau } from "./predictor.ts";
import { PROBE_DISTRIBUTIONS, solverProbes } from "./probes.ts";
import { searchedSolver } from "./searched-solver.ts";
import { checkGenome, checkGenomeFits } from "./validate-genome.ts";
import { crossed, mutated, stageSpace, type VariationRules } from "./variation.ts";

const schedule = linearSchedule();

function rules(evaluations: number, stage: number, statistics: boolean): VariationRules {
  return {
    ...{ schedule, evaluations, space: stageSpace(stage), mutationRate: 0.2, timeSpread: 0.3, dataMean: 0.3 },
    statistics,
  };
}

/** Descendants of the solvers made by hand, over several generations. */
function descendants(evaluations: number, stage: number, count: number, statistics = false): SolverGenome[] {
  const random = new RandomStream(key(evaluations + 100 * stage));
  const all = [...empiricalGenomes({ schedule, evaluations, statistics })];
  const own = rules(evaluations, stage, statistics);
  for (let index = 0; index < count; index++) {
    const both = crossed(random.pick(all), random.pick(all), random, own);
    all.push(mutated(both ?? random.pick(all), random, own));
  }
  return all.slice(-count);
}

describe("variation", () => {
  it.each([1, 2, 5, 10])("makes valid solvers of %d evaluations, in every stage", (evaluations) => {
    for (const statistics of [false, true])
      for (const stage of [1, 2, 3])
        for (const genome of descendants(evaluations, stage, 200, statistics)) {
          checkGenome(genome);
          checkGenomeFits(genome, schedule);
          expect(genome.evaluations).toBe(evaluations);
          expect([genome.times[0], genome.times.at(-1)]).toEqual([1, 1e-3]);
        }
  });

  it("makes solvers that want statistics of the model only where there are some", () => {
    const predictions = (statistics: boolean) =>
      new Set(descendants(5, 1, 200, statistics).flatMap(({ steps }) => steps.map(({ prediction }) => prediction)));
    expect(predictions(false)).toEqual(new Set(["noise", "data"]));
    expect(predictions(true)).toEqual(new Set(["noise", "data", "statistics"]));
  });

  it("opens one part of the space after the other", () => {
    const parts = (stage: number) => {
      const all = descendants(8, stage, 300);
      const steps = all.flatMap((genome) => genome.steps);
      return {
        linear: steps.some(({ scaling }) => typeof scaling === "object"),
        low: steps.some(({ derivatives }) => derivatives === "low"),
        skips: all.some(({ analyticalFirstStep }) => analyticalFirstStep !== "none"),
        implicit: steps.some(({ corrector }) => corrector?.kind === "implicit"),
      };
    };
    expect(parts(1)).toEqual({ linear: false, low: false, skips: false, implicit: false });
    expect(parts(2)).toEqual({ linear: false, low: true, skips: true, implicit: false });
    expect(parts(3)).toEqual({ linear: true, low: true, skips: true, implicit: true });
  });

  it("always changes something", () => {
    const random = new RandomStream(key(1));
    const [parent] = empiricalGenomes({ schedule, evaluations: 3 });
    for (let index = 0; index < 100; index++) {
      const { times, steps, analyticalFirstStep } = mutated(parent, random, rules(3, 1, false));
      expect([times, steps, analyticalFirstStep]).not.toEqual([parent.times, parent.steps, parent.analyticalFirstStep]);
    }
  });
});

describe("probes", () => {
  it("give the error that the solver itself has on a distribution on a line", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    const span = { schedule, start: 1, end: 1e-3 };
    const probes = await solverProbes(span, { device, key: key(4) });
    const targets = probes.targets;
    for (const genome of descendants(6, 3, 40, true)) {
      const errors = probes.errors(genome, probes.plan(genome));
      for (const [index, mixture] of PROBE_DISTRIBUTIONS.entries()) {
        const { analyticalFirstStep } = genome;
        const isMean = analyticalFirstStep !== "none" && analyticalFirstStep.dataMean !== 0;
        const mean = mixture.means.reduce((sum, [each], k) => sum + mixture.weights[k] * each, 0);
        const own = isMean ? { ...genome, analyticalFirstStep: { dataMean: mean } } : genome;
        using model = mixtureModel(mixture, { schedule, device, dtype: "float64" });
        using noise = device.tensor(Float64Array.from(probes.noise), [probes.noise.length, 1]);
        const solver = searchedSolver(own, { statistics: probes.statistics[index] });
        using x = (await sample(model, { schedule, solver, noise })).x;
        const reached = await x.data();
        const total = targets[index].reduce((sum, target, k) => sum + (Number(reached[k]) - target) ** 2, 0);
        const error = Math.log(Math.sqrt(total / targets[index].length));
        expect(errors[index]).toBeCloseTo(Math.max(-12, Math.min(6, error)), 6);
      }
    }
  });
});

describe("Kendall's τ", () => {
  it("is 1 for the same order, −1 for the opposite, and corrects for ties", () => {
    expect(kendallTau([1, 2, 3, 4], [10, 20, 30, 40])).toBe(1);
    expect(kendallTau([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
    expect(kendallTau([1, 2, 3], [1, 3, 2])).toBeCloseTo(1 / 3, 12);
    // Four pairs agree, none disagrees, of five and five that differ: scipy.stats.kendalltau gives 0.8.
    expect(kendallTau([1, 1, 2, 3], [1, 2, 3, 3])).toBeCloseTo(0.8, 12);
    expect(kendallTau([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], [1, 2, 3])).toBeCloseTo(
      2 / Math.sqrt(6),
      12,
    );
    expect(kendallTau([1, 1], [1, 2])).toBeNaN();
  });
});
