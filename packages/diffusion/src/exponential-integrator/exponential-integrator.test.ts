import { type Device, openDevice } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exactFlow, mixtureModel, mixtureNoise, SINGLE_GAUSSIAN, THREE_GAUSSIANS } from "../models/index.ts";
import { ddim, evaluator, gridTimes, type SamplerState, type Solver } from "../sampling/index.ts";
import {
  digitsOff,
  exactTestStates,
  TEST_SCHEDULE as schedule,
  slopes,
  testErrors,
  testStates,
} from "../sampling/test-errors.ts";
import { largestDifference, TEST_NOISE } from "../sampling/test-points.ts";
import { exponentialIntegrator } from "./index.ts";
import { RUNGE_KUTTA_TABLEAUX, type RungeKuttaMethod } from "./tableaux.ts";

const COUNTS = [10, 20, 40, 80, 160];

/** G1 and G2 of the error figures. */
const MIXTURES = { G1: SINGLE_GAUSSIAN, G2: THREE_GAUSSIANS };

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu", { threads: 1 });
});
afterAll(() => device.dispose());

const errorsAfter = (solver: Solver, mixture: "G1" | "G2", counts: readonly number[]) =>
  testErrors(device, MIXTURES[mixture], solver, counts);

/** As far as the table has digits: three. */
function expectDigits(found: readonly number[], table: readonly number[]): void {
  expect(digitsOff(found.slice(0, table.length), table)).toBeLessThan(1.01);
}

describe("exponential integrators", () => {
  it("are DDIM at order 0, in every variable", async () => {
    const end = async (solver: Solver) => {
      return (await testStates(device, THREE_GAUSSIANS, solver, { steps: 13, grid: "time-quadratic" })).x;
    };
    const expected = await end(ddim());
    for (const kind of ["tAB", "rhoAB", "ipndm"] as const)
      expect(largestDifference(await end(exponentialIntegrator({ kind, order: 0 })), expected)).toBeLessThan(1e-12);
    const euler = exponentialIntegrator({ kind: "rhoRK", method: "euler" });
    expect(largestDifference(await end(euler), expected)).toBeLessThan(1e-12);
  });

  it("of kind tAB have the reference run's errors on one Gaussian", async () => {
    expectDigits(
      await errorsAfter(exponentialIntegrator({ order: 1 }), "G1", COUNTS),
      [5.75e-2, 1.7e-2, 4.63e-3, 1.21e-3, 3.1e-4],
    );
    expectDigits(
      await errorsAfter(exponentialIntegrator({ order: 2 }), "G1", COUNTS),
      [2.79e-2, 4.74e-3, 7.08e-4, 9.95e-5, 1.35e-5],
    );
    expectDigits(
      await errorsAfter(exponentialIntegrator(), "G1", COUNTS),
      [1.55e-2, 1.53e-3, 1.42e-4, 1.37e-5, 1.28e-6],
    );
  });

  it("of kind tAB have the reference run's errors on three Gaussians", async () => {
    expectDigits(
      await errorsAfter(exponentialIntegrator({ order: 3 }), "G2", COUNTS),
      [1.8e-2, 2.0e-3, 1.91e-4, 1.92e-5, 1.95e-6],
    );
  });

  it("of kind rhoAB are behind tAB at few steps, as the paper finds, with the reference run's errors", async () => {
    const found = await errorsAfter(exponentialIntegrator({ kind: "rhoAB" }), "G1", COUNTS);
    expectDigits(found, [4.29e-2, 6.13e-3, 6.67e-4, 5.9e-5, 4.54e-6]);
    for (const mixture of ["G1", "G2"] as const) {
      const inTime = await errorsAfter(exponentialIntegrator(), mixture, [5, 10, 20]);
      const inRatio = await errorsAfter(exponentialIntegrator({ kind: "rhoAB" }), mixture, [5, 10, 20]);
      for (const [index, error] of inTime.entries()) expect(error).toBeLessThan(inRatio[index]);
    }
  });

  it("of kind rhoRK have the reference run's errors", async () => {
    const errors = (method: RungeKuttaMethod, mixture: "G1" | "G2") =>
      errorsAfter(exponentialIntegrator({ kind: "rhoRK", method }), mixture, COUNTS);
    expectDigits(await errors("heun2", "G1"), [0.192, 4.31e-2, 1.02e-2, 2.48e-3]);
    const fourth = await errors("rk4", "G1");
    expectDigits(fourth, [8.61e-3, 6.12e-4, 3.86e-5, 2.41e-6]);
    expect(slopes(fourth)[2]).toBeCloseTo(4, 1);
    expectDigits(await errors("rk4", "G2"), [9.22e-3, 4.58e-4, 2.7e-5, 1.62e-6]);
    // Its error changes sign near 10 steps: a slope from there means nothing.
    const kutta = await errors("kutta3", "G1");
    expectDigits(kutta, [1.07e-4, 7.48e-4, 1.38e-4, 1.99e-5, 2.64e-6]);
    expect(kutta[0]).toBeLessThan(kutta[1]);
    expect(slopes(kutta)[3]).toBeGreaterThan(2.85);
  });

  it.each(["ralston3", "heun3", "van-der-houwen3", "ssprk3"] as const)(
    "of kind rhoRK with %s are of order 3",
    async (method) => {
      const errors = await errorsAfter(exponentialIntegrator({ kind: "rhoRK", method }), "G2", [40, 80, 160]);
      for (const slope of slopes(errors)) expect(Math.abs(slope - 3)).toBeLessThan(0.12);
    },
  );

  it("reach their order with exact first states", async () => {
    const expected = {
      1: [1.51e-2, 4.27e-3, 1.14e-3, 2.96e-4],
      2: [4.41e-3, 7.06e-4, 1.03e-4, 1.42e-5],
      3: [1.75e-3, 1.76e-4, 1.75e-5, 1.64e-6],
    };
    for (const order of [1, 2, 3] as const) {
      const errors: number[] = [];
      for (const steps of [20, 40, 80, 160]) errors.push(await errorFromExactStart(order, steps));
      expectDigits(errors, expected[order]);
      // Order 3 approaches 4 slowly: ρ' varies strongly near the end.
      expect(slopes(errors)[2]).toBeGreaterThan([1.9, 2.8, 3.3][order - 1]);
    }
  });

  it("with constant weights are of order 2 in the limit, whatever their order", async () => {
    const errors = await errorsAfter(exponentialIntegrator({ kind: "ipndm" }), "G1", [320, 640]);
    // 1.87 here, 2.14 from there to 1280; tAB has 3.4.
    expect(Math.abs(slopes(errors)[0] - 2)).toBeLessThan(0.2);
  });

  it("spend the evaluations they are given, and count stages", async () => {
    const span = { schedule };
    expect(exponentialIntegrator().plan({ ...span, evaluations: 7 }).evaluations).toBe(7);
    for (const [method, { b }] of Object.entries(RUNGE_KUTTA_TABLEAUX)) {
      const solver = exponentialIntegrator({ kind: "rhoRK", method: method as RungeKuttaMethod });
      expect(solver.plan({ ...span, steps: 5 }).evaluations).toBe(5 * b.length);
      expect(solver.plan({ ...span, evaluations: 13 }).evaluations).toBe(b.length * Math.floor(13 / b.length));
    }
  });

  it("take lower orders than asked for where there are too few steps", async () => {
    const [few] = await errorsAfter(exponentialIntegrator({ order: 3 }), "G2", [2]);
    const [same] = await errorsAfter(exponentialIntegrator({ order: 1 }), "G2", [2]);
    expect(few).toBe(same);
  });

  it("warn where coefficients amplify the model's errors", () => {
    const uneven = [1, 0.999, 0.5, 0.499, 0.001];
    expect(exponentialIntegrator().plan({ schedule, grid: uneven }).warnings[0]).toContain("amplified");
    expect(exponentialIntegrator().plan({ schedule, steps: 10 }).warnings).toEqual([]);
  });

  it("refuse what they cannot do", () => {
    expect(() => exponentialIntegrator({ order: 4 })).toThrow("options.order");
    expect(() => exponentialIntegrator({ kind: "rhoRK", method: "rk5" as "rk4" })).toThrow("options.method");
    expect(() => exponentialIntegrator({ kind: "lambdaAB" as "tAB" })).toThrow("options.kind");
    const solver = exponentialIntegrator({ kind: "rhoRK", method: "rk4" });
    expect(() => solver.plan({ schedule, evaluations: 3 })).toThrow("evaluations");
    expect(() => exponentialIntegrator().plan({ schedule, grid: [1, 0.5, 0.5, 0.1] })).toThrow("grid[2]");
    expect(() => exponentialIntegrator().plan({ schedule, steps: 4, end: 0 })).toThrow("end");
  });
});

/** tAB on G2 when the first r + 1 states, and the predictions there, are exact. */
async function errorFromExactStart(order: number, steps: number): Promise<number> {
  const mixture = THREE_GAUSSIANS;
  using model = mixtureModel(mixture, { schedule, device, dtype: "float64" });
  const times = gridTimes({ schedule }, "time-quadratic", steps);
  const plan = exponentialIntegrator({ order }).plan({ schedule, grid: times });
  const evaluate = evaluator(model, { schedule });
  const history = [];
  let at: Float64Array = TEST_NOISE;
  for (let index = 0; index < order; index++) {
    using x = device.tensor(Float64Array.from(at), [2, 2]);
    history.unshift(await evaluate(x, times[index], "noise"));
    at = await exactFlow(mixtureNoise(mixture, schedule), at, { schedule, start: times[index], end: times[index + 1] });
  }
  using first = device.tensor(Float64Array.from(at), [2, 2]);
  let state: SamplerState = { ...plan.init(first), index: order, time: times[order], history };
  while (!state.done) state = await plan.step(state, evaluate);
  using end = state.x;
  return largestDifference(await end.data(), await exactTestStates(mixture));
}
