import { type Device, key, openDevice, type Tensor } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { referenceNoise } from "../digit-errors/reference-noise.ts";
import { dpmSolver } from "../dpm-solver/index.ts";
import {
  exactFlow,
  fieldOf,
  gaussianFlow,
  mixtureDraws,
  mixtureModel,
  SINGLE_GAUSSIAN,
  THREE_GAUSSIANS,
} from "../models/index.ts";
import { testSolver } from "../sampling/battery.ts";
import { evaluator } from "../sampling/evaluator.ts";
import { sample } from "../sampling/sample.ts";
import { disposeState, type Solver } from "../sampling/solver.ts";
import { digitsOff, TEST_SCHEDULE as schedule, slopes, testErrors, testStates } from "../sampling/test-errors.ts";
import { largestDifference, TEST_NOISE } from "../sampling/test-points.ts";
import {
  constantStatistics,
  type DpmSolverV3Options,
  dpmSolverV3,
  estimateStatistics,
  type ModelStatistics,
  resampleStatistics,
} from "./index.ts";

const RANGE = [schedule.halfLogSnr(1), schedule.halfLogSnr(1e-3)] as const;
const levelsAt = (halfLogSnr: number) => {
  const time = schedule.timeAt(halfLogSnr);
  return { alpha: schedule.alpha(time), sigma: schedule.sigma(time) };
};

/** l = σ²/V, s = 0, b = df/dλ: what leaves f the same for every state of one Gaussian. */
function gaussianStatistics(intervals: number): ModelStatistics {
  const {
    means: [mean],
    variances: [variance],
  } = SINGLE_GAUSSIAN;
  const nodes = Array.from(
    { length: intervals + 1 },
    (_, node) => RANGE[0] + ((RANGE[1] - RANGE[0]) * node) / intervals,
  );
  const share = (halfLogSnr: number) => {
    const { alpha, sigma } = levelsAt(halfLogSnr);
    return sigma ** 2 / (alpha ** 2 * variance + sigma ** 2);
  };
  const step = 1e-4;
  return {
    format: "ansatz-model-statistics-1",
    ...{ halfLogSnr: RANGE, intervals, dimension: 2 },
    linear: nodes.flatMap((node) => [share(node), share(node)]),
    scale: nodes.flatMap(() => [0, 0]),
    // f = (σε − l x)/α = −(σ²/V) m.
    bias: nodes.flatMap((node) => mean.map((m) => (-m * (share(node + step) - share(node - step))) / (2 * step))),
  };
}

testSolver({
  solver: dpmSolverV3({
    statistics: constantStatistics(RANGE, [1, 0, 0], 4000),
    corrector: "none",
    order: 2,
    lowerOrderFinal: false,
  }),
  order: 2,
  // Trapezoidal sums over the nodes.
  exactOnPoints: false,
});
testSolver({
  solver: dpmSolverV3({ statistics: constantStatistics(RANGE, [0, -1, 0], 4000), corrector: "pseudo", order: 2 }),
  order: 2,
  exactOnPoints: false,
});

describe("dpmSolverV3", () => {
  let device: Device;
  let statistics: ModelStatistics;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
    statistics = await estimated({});
  });
  afterAll(() => device.dispose());

  async function estimated(options: Partial<Parameters<typeof estimateStatistics>[1]>): Promise<ModelStatistics> {
    using model = mixtureModel(THREE_GAUSSIANS, { schedule, device });
    using data = await mixtureDraws(THREE_GAUSSIANS, { count: 512, key: key(1), device, dtype: "float64" });
    const given = { schedule, data, key: key(2), intervals: 240, regularization: 0, ...options };
    return (await estimateStatistics(model, given)).statistics!;
  }

  it("with l = 1 and nothing else is DPM-Solver++ of order 1, up to the sums over nodes, whose error falls as their square", async () => {
    const errors: number[] = [];
    for (const intervals of [300, 600, 1200]) {
      const solver = dpmSolverV3({
        statistics: constantStatistics(RANGE, [1, 0, 0], intervals),
        order: 1,
        corrector: "none",
      });
      const { x } = await testStates(device, THREE_GAUSSIANS, solver, { steps: 10 });
      const plain = dpmSolver({ method: "multistep", order: 1 });
      const { times } = solver.plan({ schedule, steps: 10 });
      errors.push(largestDifference(x, (await testStates(device, THREE_GAUSSIANS, plain, { grid: times })).x));
    }
    expect(errors[1]).toBeLessThan(2e-4);
    for (const slope of slopes(errors)) expect(Math.abs(slope - 2)).toBeLessThan(0.1);
  });

  it("takes one Gaussian from noise to data in one step, up to the sums over nodes", async () => {
    const exact = gaussianFlow(SINGLE_GAUSSIAN, TEST_NOISE, { schedule });
    for (const steps of [1, 2, 5]) {
      const errors: number[] = [];
      for (const intervals of [600, 1200]) {
        const solver = dpmSolverV3({ statistics: gaussianStatistics(intervals), order: 1, corrector: "none" });
        errors.push(largestDifference((await testStates(device, SINGLE_GAUSSIAN, solver, { steps })).x, exact));
      }
      expect(errors[0]).toBeLessThan(2e-4);
      expect(slopes(errors)[0]).toBeGreaterThan(1.9);
    }
  });

  it("estimates l as it is: within three standard errors of the table, and of its limits at the ends", async () => {
    // Nodes 0, 150, 300, 450, 600 of 600 are the five nodes of 4 intervals. Sixteen estimates of 2048 draws each give the standard error of one.
    using model = mixtureModel(THREE_GAUSSIANS, { schedule, device });
    const runs: ArrayLike<number>[] = [];
    for (let seed = 0; seed < 16; seed++) {
      using data = await mixtureDraws(THREE_GAUSSIANS, { count: 2048, key: key(seed), device, dtype: "float64" });
      const result = await estimateStatistics(model, { schedule, data, key: key(100 + seed), intervals: 4 });
      runs.push(result.statistics!.linear);
    }
    const table = [0.99994, 0.9999, 0.9927, 0.9877, 0.645, 0.558, 0.1373, 0.1373, 0.00136, 0.00136];
    for (const [index, expected] of table.entries()) {
      const values = runs.map((run) => run[index]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
      // The table is one estimate, printed to 3 or 4 digits.
      const rounding = expected < 0.01 ? 5e-6 : expected > 0.9 ? 5e-5 : 5e-4;
      expect(Math.abs(mean - expected)).toBeLessThan(3 * deviation + rounding);
    }
    const end = levelsAt(RANGE[1]);
    const separated = THREE_GAUSSIANS.weights.reduce(
      (sum, weight, k) =>
        sum + (weight * end.sigma ** 2) / (end.alpha ** 2 * THREE_GAUSSIANS.variances[k] + end.sigma ** 2),
      0,
    );
    for (const dimension of [0, 1]) {
      expect(Math.abs(runs[0][dimension] - 1)).toBeLessThan(2e-4);
      expect(Math.abs(runs[0][8 + dimension] / separated - 1)).toBeLessThan(0.05);
    }
  });

  it("has its orders, and errors like the table's, with statistics from common draws", async () => {
    const fine = resampleStatistics(statistics, 9600);
    const rows = [
      [1, "none", [4.1e-2, 1.78e-2, 8.32e-3, 4.03e-3]],
      [2, "none", [3.08e-2, 6.7e-3, 1.51e-3, 3.59e-4]],
      [3, "none", [2.92e-2, 3.39e-3, 3.23e-4, 3.18e-5]],
      [3, "full", [4.03e-3, 3.69e-4, 5.29e-5, 4.61e-6]],
    ] as const;
    for (const [order, corrector, table] of rows) {
      const solver = dpmSolverV3({ statistics: fine, order, corrector, lowerOrderFinal: false });
      const found = await testErrors(device, THREE_GAUSSIANS, solver, [20, 40, 80, 160]);
      expect(slopes(found).at(-1)).toBeGreaterThan(order - 0.1);
      // Other draws are other statistics: the errors are alike, not the same.
      for (const [index, expected] of table.entries())
        expect(Math.abs(Math.log2(found[index] / expected))).toBeLessThan(1);
    }
  });

  it("loses its order with statistics from independent draws, which are rough", async () => {
    const rough = resampleStatistics(await estimated({ draws: "independent" }), 9600);
    const errors = (given: ModelStatistics) => {
      const solver = dpmSolverV3({ statistics: given, order: 3, corrector: "full", lowerOrderFinal: false });
      return testErrors(device, THREE_GAUSSIANS, solver, [40, 80, 160]);
    };
    const onRough = await errors(rough);
    const onSmooth = await errors(resampleStatistics(statistics, 9600));
    expect(onRough[2]).toBeGreaterThan(20 * onSmooth[2]);
    expect(slopes([onRough[0], onRough[2]])[0] / 2).toBeLessThan(2.1);
    expect(slopes([onSmooth[0], onSmooth[2]])[0] / 2).toBeGreaterThan(2.5);
  });

  it("is ahead of DPM-Solver++ on 512 noises as the reference run is", async () => {
    const points = 512;
    // Other noises give other figures: with 20 steps the mean is that of the few points that start where the flow parts, and go astray under any solver.
    const start = referenceNoise(2 * points, 7);
    using model = mixtureModel(THREE_GAUSSIANS, { schedule, device });
    using noise = device.tensor(start, [points, 2]);
    using data = await mixtureDraws(THREE_GAUSSIANS, { count: 2048, key: key(1), device, dtype: "float64" });
    const estimation = { schedule, data, key: key(101), intervals: 120, regularization: 0 };
    const { statistics: given } = await estimateStatistics(model, estimation);
    const exact = await exactFlow(fieldOf(model, device, [points, 2]), start, { schedule, tolerance: 1e-9 });
    const counts = [5, 6, 8, 20] as const;
    const errors = async (solver: Solver) => {
      const found: number[] = [];
      for (const steps of counts) {
        const result = await sample(model, { schedule, solver, steps, noise });
        using x = result.x;
        const values = (await x.data()) as Float64Array;
        const squares = values.reduce((sum, value, index) => sum + (value - exact[index]) ** 2, 0);
        found.push(Math.sqrt(squares / points));
      }
      return found;
    };
    const best = async (solvers: readonly Solver[]) => {
      const all: number[][] = [];
      for (const solver of solvers) all.push(await errors(solver));
      return counts.map((_, place) => Math.min(...all.map((each) => each[place])));
    };
    const plain = (order: 2 | 3, lowerOrderFinal: boolean) =>
      dpmSolver({ method: "multistep", order, lowerOrderFinal });
    expect(digitsOff(await errors(plain(2, false)), [0.512, 0.457, 0.318, 0.097])).toBeLessThanOrEqual(1.1);
    expect(digitsOff(await errors(plain(3, false)), [0.949, 0.541, 0.204, 0.026])).toBeLessThanOrEqual(1.1);
    const theirs = await best([plain(2, false), plain(3, false), plain(2, true), plain(3, true)]);
    const own = [{ order: 2 }, { order: 2, corrector: "full" }, { order: 3, corrector: "full" }] as const;
    const ours = await best(own.map((each) => dpmSolverV3({ statistics: given!, ...each })));
    const [at5, at6, at8, at20] = ours.map((error, place) => error / theirs[place]);
    expect(Math.max(at6, at20)).toBeLessThan(0.9);
    expect(Math.max(at5, at8)).toBeLessThan(1.15);
  }, 30_000);

  it("corrects the state and leaves f as it is: ε changes by l (x' − x)/σ, which is never formed", async () => {
    const { means } = THREE_GAUSSIANS;
    expect(means).toHaveLength(3);
    using model = mixtureModel(THREE_GAUSSIANS, { schedule, device });
    using noise = device.tensor(TEST_NOISE, [2, 2]);
    const plan = dpmSolverV3({ statistics, order: 2, corrector: "pseudo" }).plan({ schedule, steps: 6 });
    const evaluate = evaluator(model, { schedule });
    let state = plan.init(noise);
    for (let index = 0; index < 3; index++) state = await plan.step(state, evaluate);
    const predicted = Float64Array.from((await state.x.data()) as Float64Array);
    const { time } = state;
    state = await plan.step(state, evaluate);
    const [newest] = state.points;
    const corrected = (await state.base!.x.data()) as Float64Array;
    const f = (await newest.value.data()) as Float64Array;
    disposeState(state);
    expect(largestDifference(corrected, predicted)).toBeGreaterThan(1e-4);
    const { alpha, sigma } = { alpha: schedule.alpha(time), sigma: schedule.sigma(time) };
    using atPredicted = device.tensor(predicted, [2, 2]);
    using answer = model.predict(atPredicted, time);
    const epsilon = (await answer.data()) as Float64Array;
    for (let element = 0; element < 4; element++) {
      const l = statistics.linear[newest.node * 2 + (element % 2)];
      const moved = epsilon[element] + (l * (corrected[element] - predicted[element])) / sigma;
      const again = (sigma * moved - l * corrected[element]) / alpha;
      expect(Math.abs(again / f[element] - 1)).toBeLessThan(1e-6);
    }
  });

  it("corrects up to a time only, when told to", async () => {
    const states = (options: Partial<DpmSolverV3Options>) =>
      testStates(device, THREE_GAUSSIANS, dpmSolverV3({ statistics, ...options }), { steps: 8 });
    const [all, half, none] = [
      await states({}),
      await states({ correctUntil: 0.5 }),
      await states({ corrector: "none" }),
    ];
    expect(largestDifference(all.x, half.x)).toBeGreaterThan(0);
    expect(largestDifference(half.x, none.x)).toBeGreaterThan(0);
    expect((await states({ correctUntil: 0 })).x).toEqual(none.x);
  });

  it("steps where the statistics have nodes", () => {
    const { times } = dpmSolverV3({ statistics }).plan({ schedule, steps: 7, grid: "time-uniform" });
    for (const time of times.slice(1, -1)) {
      const node = ((schedule.halfLogSnr(time) - RANGE[0]) / (RANGE[1] - RANGE[0])) * 240;
      expect(Math.abs(node - Math.round(node))).toBeLessThan(1e-9);
    }
    expect([times[0], times[7]]).toEqual([1, 1e-3]);
  });

  it("refuses statistics of another range, too few nodes, broken numbers, and options out of range", () => {
    const plan = (options: Partial<DpmSolverV3Options>, problem: object = { steps: 5 }) =>
      dpmSolverV3({ statistics, ...options }).plan({ schedule, ...problem });
    expect(() => plan({}, { steps: 5, end: 1e-4 })).toThrow(/range of λ/);
    expect(() => plan({}, { steps: 241 })).toThrow(/at most the 240 intervals/);
    expect(() => plan({}, { grid: [1, 0.9, 0.8999, 1e-3] })).toThrow(/same nearest node/);
    expect(() => plan({ corrector: "full" }, { steps: 1 })).toThrow(/nothing to correct/);
    expect(() => plan({ order: 5 as 4 })).toThrow(/options\.order/);
    expect(() => plan({ corrector: "half" as "full" })).toThrow(/options\.corrector/);
    const broken = Array.from(statistics.scale);
    broken[17] = Number.NaN;
    expect(() => plan({ statistics: { ...statistics, scale: broken } })).toThrow(/scale\[17\]/);
    expect(() => plan({ statistics: { ...statistics, dimension: 3 } })).toThrow(/linear/);
  });
});

describe("estimateStatistics", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  const setUp = async () => ({
    model: mixtureModel(THREE_GAUSSIANS, { schedule, device }),
    data: await mixtureDraws(THREE_GAUSSIANS, { count: 64, key: key(1), device, dtype: "float64" }),
  });

  it("goes on from a state that was stored as JSON, in batches or not, and leaves no tensor behind", async () => {
    const { model, data } = await setUp();
    using _ = model;
    using __ = data;
    const before = device.memory().tensors;
    const options = { schedule, data, key: key(2), intervals: 10 };
    const { statistics: whole } = await estimateStatistics(model, options);
    for (const stopAt of [5, 15]) {
      const controller = new AbortController();
      const onProgress = ({ done }: { readonly done: number }) => done === stopAt && controller.abort();
      const stopped = await estimateStatistics(model, { ...options, signal: controller.signal, onProgress });
      expect([stopped.reason, stopped.statistics]).toEqual(["aborted", undefined]);
      const resume = JSON.parse(JSON.stringify(stopped.state));
      expect((await estimateStatistics(model, { ...options, resume })).statistics).toEqual(whole);
      await expect(estimateStatistics(model, { ...options, intervals: 11, resume })).rejects.toThrow(/resume/);
    }
    const { statistics: batched } = await estimateStatistics(model, { ...options, batch: 20 });
    for (const name of ["linear", "scale", "bias"] as const)
      expect(largestDifference(batched![name], whole![name])).toBeLessThan(1e-10);
    expect(device.memory().tensors).toBe(before);
  });

  it("is the same by differences, and for models of data", async () => {
    const { model, data } = await setUp();
    using _ = model;
    using __ = data;
    const options = { schedule, data, key: key(2), intervals: 6 };
    const { statistics: exact } = await estimateStatistics(model, options);
    const asynchronous = async (x: Tensor, time: number) => model.predict(x, time);
    const { statistics: found } = await estimateStatistics(asynchronous, { ...options, derivatives: "difference" });
    for (const name of ["linear", "scale", "bias"] as const)
      expect(largestDifference(found![name], exact![name])).toBeLessThan(1e-4);
    await expect(estimateStatistics(asynchronous, options)).rejects.toThrow(/asynchronous/);
  });

  it("survives dimensions that never vary, by its regularization", async () => {
    using model = mixtureModel(
      {
        weights: [0.5, 0.5],
        means: [
          [1, -1],
          [-1, -1],
        ],
        variances: [1e-8, 1e-8],
      },
      { schedule, device },
    );
    using data = device.tensor(
      Float64Array.from({ length: 64 }, (_, index) => (index % 4 === 2 ? 1 : -1)),
      [32, 2],
    );
    const { statistics } = await estimateStatistics(model, { schedule, data, key: key(2), intervals: 40 });
    expect(Array.from(statistics!.scale).every((value) => Math.abs(value) <= 5)).toBe(true);
    const solver = dpmSolverV3({ statistics: statistics! });
    using noise = device.tensor(TEST_NOISE, [2, 2]);
    const { x } = await sample(model, { schedule, solver, steps: 10, noise });
    expect((await x.data()).every((value) => Number.isFinite(value))).toBe(true);
    x.dispose();
  });

  it("shares one set of coefficients between all dimensions when told to", async () => {
    const { model, data } = await setUp();
    using _ = model;
    using __ = data;
    const options = { schedule, data, key: key(2), intervals: 8 };
    const { statistics: each } = await estimateStatistics(model, options);
    const { statistics: shared } = await estimateStatistics(model, { ...options, shared: true });
    expect(shared!.dimension).toBe(1);
    for (let node = 0; node <= 8; node++)
      expect(shared!.linear[node]).toBeCloseTo((each!.linear[2 * node] + each!.linear[2 * node + 1]) / 2, 12);
    using noise = device.tensor(TEST_NOISE, [2, 2]);
    const { x } = await sample(model, { schedule, solver: dpmSolverV3({ statistics: shared! }), steps: 5, noise });
    expect(await x.data()).toHaveLength(4);
    x.dispose();
  });

  it("refuses what cannot be estimated from", async () => {
    const { model, data } = await setUp();
    using _ = model;
    using __ = data;
    const run = (options: object) => estimateStatistics(model, { schedule, data, key: key(2), ...options });
    await expect(run({ intervals: 1 })).rejects.toThrow(/options\.intervals/);
    await expect(run({ batch: 0 })).rejects.toThrow(/options\.batch/);
    await expect(run({ start: 0.1, end: 0.5 })).rejects.toThrow(/options\.start/);
    await expect(run({ regularization: -1 })).rejects.toThrow(/options\.regularization/);
    const broken = (x: Tensor) => device.full(x.shape, Number.NaN, "float64");
    const failing = estimateStatistics(broken, { schedule, data, key: key(2), derivatives: "difference" });
    await expect(failing).rejects.toThrow(/not finite/);
  });
});
