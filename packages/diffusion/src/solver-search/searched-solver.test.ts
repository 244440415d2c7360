import { type Device, key, openDevice } from "@ansatz/tensor";
import { testDevices } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dpmSolver } from "../dpm-solver/index.ts";
import {
  constantStatistics,
  dpmSolverV3,
  estimateStatistics,
  type ModelStatistics,
  resampleStatistics,
} from "../dpm-solver-v3/index.ts";
import { exactFlow, mixtureDraws, mixtureModel, mixtureNoise, THREE_GAUSSIANS } from "../models/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import { phi } from "../sampling/exponential-step.ts";
import { ddim, evaluator, type Grid, gridTimes, type Solver, sample } from "../sampling/index.ts";
import { restoreState, saveState } from "../sampling/saved-state.ts";
import { disposeState } from "../sampling/solver.ts";
import { largestDifference, TEST_NOISE } from "../sampling/test-points.ts";
import { unipc } from "../unipc/index.ts";
import { type EmpiricalSolver, empiricalGenome } from "./empirical-schedules.ts";
import { type GenomeStep, genomeOf, type SolverGenome } from "./genome.ts";
import { searchedSolver } from "./searched-solver.ts";
import { derivativeWeights, scalingFactor } from "./step-coefficients.ts";

const schedule = linearSchedule();
const devices = await testDevices();

describe("φ functions", () => {
  // From 60 digits.
  it.each([
    [0.0001, 1.0000500016667084, 0.5000166670833417, 0.16667083341666805, 0.04166750001388909],
    [-0.0001, 0.999950001666625, 0.49998333374999165, 0.16666250008333194, 0.04166583334722202],
    [3e-7, 1.000000150000015, 0.5000000500000038, 0.16666667916666741, 0.041666669166666795],
    [-1e-12, 0.9999999999995, 0.49999999999983336, 0.166666666666625, 0.04166666666666442],
    [0.03, 1.0151511317838953, 0.5050377261298395, 0.16792420432798563, 0.04191792204396597],
    [-0.9, 0.6593670447326676, 0.378481061408147, 0.1350210428798366, 0.03516180420758895],
    [1.1, 1.8219691126785758, 0.7472446478896142, 0.22476786171783106, 0.052819268228331245],
    [-2.5, 0.36716600055044046, 0.2531335997798238, 0.09874656008807048, 0.027168042631438474],
    [9.6, 1537.8939130809654, 160.0931159459339, 16.624282911034783, 1.714335025455012],
  ])("at %d are right to 1e-12", (h, ...values) => {
    for (const [index, value] of values.entries()) expect(Math.abs(phi(index + 1, h) / value - 1)).toBeLessThan(1e-12);
  });
});

describe("derivative weights", () => {
  it("are exact for polynomials of the degree of the points", () => {
    const offsets = [-0.7, -1.9, 0.4];
    const f = (x: number) => 2 * x - 3 * x ** 2 + 0.5 * x ** 3;
    const values = offsets.map(f);
    for (const [k, exact] of [2, -6, 3].entries()) {
      const estimate = derivativeWeights(offsets, k + 1).reduce((sum, weight, j) => sum + weight * values[j], 0);
      expect(Math.abs(estimate - exact)).toBeLessThan(1e-12);
    }
  });
});

describe("derivative scalings", () => {
  it("are the published factors, at −h in data prediction, and near 1 for short steps", () => {
    const h = 0.8;
    const expansion = (x: number) => Math.exp(x) - 1 - x;
    expect(scalingFactor("dpm-2", h, "noise")).toBeCloseTo((0.5 * h * Math.expm1(h)) / expansion(h), 12);
    expect(scalingFactor("dpm-2", h, "data")).toBeCloseTo((-0.5 * h * Math.expm1(-h)) / expansion(-h), 12);
    expect(scalingFactor("bh1", h, "noise")).toBeCloseTo((0.5 * h * h) / expansion(h), 12);
    expect(scalingFactor("half-exponential", h, "noise")).toBeCloseTo(1 + Math.expm1(h) / 2, 12);
    expect(scalingFactor("minus-half-exponential", h, "data")).toBeCloseTo(1 - Math.expm1(-h) / 2, 12);
    expect(scalingFactor({ linear: -0.5 }, h, "data")).toBeCloseTo(0.6, 12);
    for (const scaling of [
      "none",
      "dpm-2",
      "bh1",
      "half-exponential",
      "minus-half-exponential",
      { linear: 1 },
    ] as const)
      expect(Math.abs(scalingFactor(scaling, 1e-6, "noise") - 1)).toBeLessThan(2e-6);
  });
});

describe("a searched solver", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  async function run(
    solver: Solver,
    problem: { readonly evaluations?: number; readonly steps?: number; readonly grid?: Grid } = {},
  ) {
    using model = mixtureModel(THREE_GAUSSIANS, { schedule, device, dtype: "float64" });
    using noise = device.tensor(TEST_NOISE, [2, 2]);
    const result = await sample(model, { schedule, solver, noise, ...problem });
    using x = result.x;
    return { x: (await x.data()) as Float64Array, evaluations: result.evaluations };
  }

  const pairs: readonly (readonly [name: string, EmpiricalSolver, Solver])[] = [
    ["DDIM", { kind: "ddim" }, ddim()],
    ...([2, 3] as const).flatMap((order) =>
      (["noise", "data"] as const).flatMap((prediction) => [
        [
          `DPM-Solver${prediction === "data" ? "++" : ""} ${order}, singlestep`,
          { kind: "singlestep", order, prediction },
          dpmSolver({ order, prediction }),
        ] as const,
        [
          `DPM-Solver${prediction === "data" ? "++" : ""} ${order}, multistep`,
          { kind: "multistep", order, prediction },
          // The published third-order formula takes half of the second derivative: no point of the framework.
          dpmSolver({ method: "multistep", order, prediction, variant: order === 3 ? "taylor" : "difference" }),
        ] as const,
      ]),
    ),
    ...([1, 2, 3] as const).flatMap((order) =>
      (["bh1", "bh2", "vary"] as const).map(
        (variant) =>
          [`UniPC-${order} ${variant}`, { kind: "unipc", order, variant }, unipc({ order, variant })] as const,
      ),
    ),
    ...([2, 3] as const).map(
      (order) =>
        [
          `DEIS in λ, ${order}`,
          { kind: "exponential-integrator", order },
          dpmSolver({ method: "multistep", order, prediction: "noise", variant: "taylor", lowerOrderFinal: false }),
        ] as const,
    ),
  ];
  it.each(pairs)("is %s, to rounding", async (_, solver, dedicated) => {
    for (const evaluations of [6, 10])
      for (const grid of ["log-snr", "time-uniform", "time-quadratic"] as const) {
        const genome = empiricalGenome(solver, { schedule, evaluations, grid });
        expect(genome.evaluations).toBe(evaluations);
        const own = await run(searchedSolver(genome));
        const other = await run(dedicated, { evaluations, grid });
        expect(own.evaluations).toBe(evaluations);
        expect(other.evaluations).toBe(evaluations);
        expect(largestDifference(own.x, other.x)).toBeLessThan(1e-10);
      }
  });

  describe("with statistics of the model", () => {
    let statistics: ModelStatistics;
    beforeAll(async () => {
      using model = mixtureModel(THREE_GAUSSIANS, { schedule, device, dtype: "float64" });
      using data = await mixtureDraws(THREE_GAUSSIANS, { count: 256, key: key(1), device, dtype: "float64" });
      ({ statistics } = (await estimateStatistics(model, { schedule, data, key: key(2), intervals: 120 })) as {
        statistics: ModelStatistics;
      });
    });

    it.each([
      { order: 1, corrector: "pseudo" },
      { order: 2, corrector: "none" },
      { order: 2, corrector: "full" },
      { order: 2, corrector: "pseudo" },
      { order: 3, corrector: "full" },
      { order: 3, corrector: "pseudo" },
      { order: 3, corrector: "full", pseudoPredictor: true },
    ] as const)("is DPM-Solver-v3 with $order, $corrector, $pseudoPredictor, to rounding", async (options) => {
      for (const evaluations of [6, 10])
        for (const grid of ["log-snr", "time-quadratic"] as const) {
          const dedicated = dpmSolverV3({ statistics, ...options });
          const { times } = dedicated.plan({ schedule, evaluations, grid });
          const genome = empiricalGenome({ kind: "statistics", ...options }, { schedule, evaluations, grid: times });
          const own = await run(searchedSolver(genome, { statistics }));
          const other = await run(dedicated, { evaluations, grid });
          expect(own.evaluations).toBe(evaluations);
          expect(largestDifference(own.x, other.x)).toBeLessThan(1e-10);
        }
    });

    it("takes times between the nodes of the statistics, and converges in order 2 where steps change prediction", async () => {
      const exact = await exactFlow(mixtureNoise(THREE_GAUSSIANS, schedule), TEST_NOISE, { schedule });
      const fine = resampleStatistics(statistics, 4800);
      const errors: number[] = [];
      // No multiple of the nodes' distance.
      for (const steps of [41, 82, 164, 328]) {
        const predictions = ["statistics", "data", "statistics", "noise"] as const;
        const genome = genomeOf({
          ...{ analyticalFirstStep: "none", times: gridTimes({ schedule }, "log-snr", steps) },
          steps: Array.from({ length: steps }, (_, index) =>
            step({
              prediction: predictions[Math.floor((index * predictions.length) / steps)],
              ...(index > 0 && { order: 2, active: [-2], scaling: index % 2 ? "dpm-2" : { linear: 0.2 } }),
            }),
          ),
        });
        errors.push(largestDifference((await run(searchedSolver(genome, { statistics: fine }))).x, exact));
      }
      const slopes = errors.slice(1).map((error, index) => Math.log2(errors[index] / error));
      expect(slopes.at(-1)).toBeGreaterThan(1.8);
      expect(slopes.at(-1)).toBeLessThan(2.2);
    });

    it("goes on from a saved state to the same bits, after a corrector that evaluates again as well", async () => {
      const { times } = varied;
      const genome = genomeOf({
        ...{ analyticalFirstStep: "none", times },
        steps: varied.steps.map((each) => ({ ...each, prediction: "statistics" })),
      });
      const { x: expected, evaluations } = await run(searchedSolver(genome, { statistics }));
      expect(evaluations).toBe(7);
      using model = mixtureModel(THREE_GAUSSIANS, { schedule, device, dtype: "float64" });
      using noise = device.tensor(TEST_NOISE, [2, 2]);
      const before = device.memory().tensors;
      const plan = searchedSolver(genome, { statistics }).plan({ schedule });
      const evaluate = evaluator(model, { schedule });
      let state = plan.init(noise);
      while (!state.done) {
        const saved = JSON.parse(JSON.stringify(await saveState(state)));
        disposeState(state);
        state = await plan.step(restoreState(saved, device), evaluate);
      }
      expect(await state.x.data()).toEqual(expected);
      disposeState(state);
      expect(device.memory().tensors).toBe(before);
    });

    it("is refused without them, and with some of another range or size", async () => {
      const genome = empiricalGenome({ kind: "statistics", order: 2, corrector: "full" }, { schedule, evaluations: 5 });
      expect(() => searchedSolver(genome)).toThrow("options.statistics");
      expect(() => searchedSolver(genome, { statistics: { ...statistics, intervals: 7 } })).toThrow(
        "options.statistics.linear",
      );
      const other = constantStatistics([-5, 4], [1, 0, 0]);
      expect(() => searchedSolver(genome, { statistics: other }).plan({ schedule })).toThrow(
        "options.statistics.halfLogSnr",
      );
      using noise = device.tensor(new Float64Array(6), [2, 3]);
      const plan = searchedSolver(genome, { statistics }).plan({ schedule });
      expect(() => plan.init(noise)).toThrow("options.statistics.dimension");
    });
  });

  it("is of order 2 whatever else its steps decide, when their orders are 2", async () => {
    const exact = await exactFlow(mixtureNoise(THREE_GAUSSIANS, schedule), TEST_NOISE, { schedule });
    const decided = [
      { prediction: "noise", start: -1, active: [-2], scaling: "none" },
      { prediction: "data", start: -1, active: [-2], scaling: "dpm-2" },
      { prediction: "data", start: -2, active: [-1], scaling: "bh1" },
      { prediction: "noise", start: -1, active: [-3], scaling: { linear: 0.3 } },
      { prediction: "data", start: -1, active: [-3], scaling: { linear: -0.2 } },
      { prediction: "noise", start: -1, active: [-2], scaling: "half-exponential" },
    ] as const;
    // A first step of order 1 is an error of size h² once, which order 2 bears.
    const errors: number[] = [];
    for (const steps of [40, 80, 160, 320]) {
      const times = gridTimes({ schedule }, "log-snr", steps);
      const genome = genomeOf({
        ...{ analyticalFirstStep: "none", times },
        steps: Array.from({ length: steps }, (_, index): GenomeStep => {
          const { prediction, start, active, scaling } = decided[Math.floor((index * decided.length) / steps)];
          const isEarly = index < 3;
          return {
            ...{ prediction, derivatives: "full", corrector: null, scaling: isEarly ? "none" : scaling },
            ...(isEarly
              ? { start: -1, order: Math.min(2, index + 1), active: index ? [-2] : [] }
              : { start, order: 2, active }),
          };
        }),
      });
      errors.push(largestDifference((await run(searchedSolver(genome))).x, exact));
    }
    const slopes = errors.slice(1).map((error, index) => Math.log2(errors[index] / error));
    expect(slopes.at(-1)).toBeGreaterThan(1.8);
    expect(slopes.at(-1)).toBeLessThan(2.2);
  });

  const varied = genomeOf({
    analyticalFirstStep: { dataMean: [-0.25, 0.15] },
    times: [1, 0.7, 0.45, 0.25, 0.1, 0.03, 0.001],
    steps: [
      step({ prediction: "noise" }),
      step({ prediction: "data", order: 2, active: [-2], corrector: corrector("pseudo", [-1]) }),
      step({ prediction: "noise", order: 2, active: [-2, -3], corrector: corrector("implicit", [-1, -3]) }),
      step({ prediction: "data", start: -2, order: 3, active: [-1, -3], derivatives: "low" }),
      step({ prediction: "noise", order: 3, active: [-2, -4], corrector: corrector("pseudo", [-1, -3, -4]) }),
      step({ prediction: "data", order: 2, active: [-2], scaling: { linear: 0.1 } }),
    ],
  });

  it("counts evaluations: steps, less the analytical first one, plus implicit correctors", async () => {
    expect(varied.evaluations).toBe(6);
    expect((await run(searchedSolver(varied))).evaluations).toBe(6);
  });

  it("takes the data's mean for the first evaluation, or zero", async () => {
    const two = (analyticalFirstStep: SolverGenome["analyticalFirstStep"]) =>
      genomeOf({
        analyticalFirstStep,
        times: [1, 0.5, 0.001],
        steps: [step({ prediction: "noise" }), step({ prediction: "noise" })],
      });
    const [alpha, sigma, later] = [schedule.alpha(1), schedule.sigma(1), schedule.alpha(0.5)];
    for (const [given, means] of [
      [{ dataMean: 0 }, [0, 0]],
      [{ dataMean: 0.5 }, [0.5, 0.5]],
      [{ dataMean: [0.5, -1] }, [0.5, -1]],
    ] as const) {
      const seen: number[] = [];
      using model = mixtureModel(THREE_GAUSSIANS, { schedule, device, dtype: "float64" });
      using noise = device.tensor(TEST_NOISE, [2, 2]);
      const spy = {
        prediction: "noise" as const,
        predict: async (x: typeof noise, time: number) => {
          seen.push(time, ...Array.from(await x.data(), Number));
          return model.predict(x, time);
        },
      };
      (await sample(spy, { schedule, solver: searchedSolver(two(given)), noise })).x.dispose();
      const moved = Array.from(TEST_NOISE, (x, index) => {
        const mean = means[index % 2];
        return later * mean + (schedule.sigma(0.5) * (x - alpha * mean)) / sigma;
      });
      expect(seen).toHaveLength(5);
      expect(seen[0]).toBe(0.5);
      expect(largestDifference(seen.slice(1), moved)).toBeLessThan(1e-12);
    }
  });

  it("goes on from a saved state to the same bits, and leaves no tensor behind", async () => {
    const before = device.memory().tensors;
    const { x: expected } = await run(searchedSolver(varied));
    {
      using model = mixtureModel(THREE_GAUSSIANS, { schedule, device, dtype: "float64" });
      using noise = device.tensor(TEST_NOISE, [2, 2]);
      const plan = searchedSolver(JSON.parse(JSON.stringify(varied))).plan({ schedule });
      const evaluate = evaluator(model, { schedule });
      let state = plan.init(noise);
      while (!state.done) {
        const saved = JSON.parse(JSON.stringify(await saveState(state)));
        disposeState(state);
        state = await plan.step(restoreState(saved, device), evaluate);
      }
      expect(await state.x.data()).toEqual(expected);
      disposeState(state);
    }
    expect(device.memory().tensors).toBe(before);
  });

  it("refuses steps, evaluations, grids and ends other than its own", async () => {
    const solver = searchedSolver(varied);
    for (const [problem, argument] of [
      [{ steps: 5 }, "steps"],
      [{ evaluations: 5 }, "evaluations"],
      [{ grid: "log-snr" }, "grid"],
      [{ grid: [1, 0.5, 0.001] }, "grid"],
      [{ start: 0.9 }, "start"],
      [{ end: 0.01 }, "end"],
    ] as const)
      expect(() => solver.plan({ schedule, ...problem })).toThrow(expect.objectContaining({ argument }));
    solver.plan({ schedule, steps: 6, evaluations: 6, grid: varied.times, start: 1, end: 0.001 });
    using noise = device.tensor(new Float64Array(6), [2, 3]);
    await expect(sample(() => noise.alias(), { schedule, solver, noise })).rejects.toThrow("dataMean");
  });

  it("names the kind of prediction that thresholds need", () => {
    expect(
      searchedSolver(empiricalGenome({ kind: "unipc", order: 2, variant: "bh2" }, { schedule, evaluations: 5 }))
        .prediction,
    ).toBe("data");
    expect(searchedSolver(varied).prediction).toBe("noise");
  });

  for (const { label, open } of devices)
    it(`samples in float32 on ${label} what float64 does`, async () => {
      const { x: expected } = await run(searchedSolver(varied));
      await using own = await open();
      using model = mixtureModel(THREE_GAUSSIANS, { schedule, device: own, dtype: "float32" });
      using noise = own.tensor(Float32Array.from(TEST_NOISE), [2, 2]);
      using x = (await sample(model, { schedule, solver: searchedSolver(varied), noise })).x;
      // Rounding of 1.2e-7, times the 1/α ≈ 150 of data prediction at the start.
      expect(largestDifference(Array.from(await x.data(), Number), expected)).toBeLessThan(1e-4);
    });
});

function step(given: Partial<GenomeStep> & Pick<GenomeStep, "prediction">): GenomeStep {
  return { start: -1, order: 1, active: [], derivatives: "full", scaling: "none", corrector: null, ...given };
}

function corrector(kind: "pseudo" | "implicit", active: readonly number[]): GenomeStep["corrector"] {
  return { kind, start: -2, order: active.length + 1, active, derivatives: "full", scaling: "none" };
}
