import { type Device, multiply, openDevice, type Tensor } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gaussianFlow, mixtureModel, SINGLE_GAUSSIAN, THREE_GAUSSIANS } from "../models/index.ts";
import { betaTable } from "../noise-schedules/index.ts";
import { ddim, evaluator, type Grid, type Solver, sample, transfer } from "../sampling/index.ts";
import { digitsOff, TEST_SCHEDULE as schedule, testErrors } from "../sampling/test-errors.ts";
import { largestDifference, TEST_NOISE } from "../sampling/test-points.ts";
import { classicalMultistep } from "./classical.ts";
import { pseudoNumerical } from "./index.ts";
import { pseudoNumericalSchedule } from "./label-convention.ts";
import { probabilityFlow } from "./probability-flow.ts";

const COUNTS = [10, 20, 40, 80, 160, 320];
const secondOrder = pseudoNumerical({ method: "s-pndm" });
const fourthOrder = pseudoNumerical();

/** G1 and G2 of the error figures. */
const MIXTURES = { G1: SINGLE_GAUSSIAN, G2: THREE_GAUSSIANS };

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu", { threads: 1 });
});
afterAll(() => device.dispose());

const errorsAfter = (solver: Solver, mixture: "G1" | "G2", counts: readonly number[], grid?: Grid) =>
  testErrors(device, MIXTURES[mixture], solver, counts, grid ? { grid } : {});

/** As far as the table has digits: three, or two. */
function expectDigits(found: readonly number[], table: readonly number[], digits = 3): void {
  expect(digitsOff(found, table)).toBeLessThan(1.01 * 10 ** (3 - digits));
}

/** The transfer as the paper prints it, for α² + σ² = 1. */
function paperTransfer(from: number, to: number): readonly [number, number] {
  const [a, b] = [schedule.alpha(from) ** 2, schedule.alpha(to) ** 2];
  const noise = Math.sqrt(a) * (Math.sqrt((1 - b) * a) + Math.sqrt((1 - a) * b));
  return [1 + (b - a) / (Math.sqrt(a) * (Math.sqrt(a) + Math.sqrt(b))), -(b - a) / noise];
}

describe("the transfer of pseudo numerical methods", () => {
  const apply = ([state, noise]: readonly [number, number], x: number, e: number) => state * x + noise * e;

  it("is DDIM's step, in the paper's form without cancellation", () => {
    for (const [from, to] of [
      [1, 0.9],
      [0.5, 0.499],
      [0.02, 0.001],
      [0.3, 0.8],
    ] as const)
      for (const [x, e] of [
        [0.7, -1.3],
        [2, 0.1],
      ] as const) {
        const expected = apply(paperTransfer(from, to), x, e);
        expect(Math.abs(apply(transfer(schedule, from, to), x, e) / expected - 1)).toBeLessThan(1e-14);
      }
  });

  it("composes: by way of a third time it is the same", () => {
    for (const [from, between, to] of [
      [1, 0.5, 0.01],
      [0.9, 0.1, 0.5],
      [0.3, 0.2, 0.1],
    ] as const) {
      const once = apply(transfer(schedule, from, to), 1.7, 0.4);
      const halfway = apply(transfer(schedule, from, between), 1.7, 0.4);
      expect(Math.abs(apply(transfer(schedule, between, to), halfway, 0.4) / once - 1)).toBeLessThan(1e-13);
    }
  });
});

describe("pseudo numerical methods", () => {
  it("are exact for a single data point at any number of steps, where the classical method is not", async () => {
    const point = { weights: [1], means: [[1, -0.5]], variances: [0] };
    using model = mixtureModel(point, { schedule, device, dtype: "float64" });
    using noise = device.tensor(TEST_NOISE, [2, 2]);
    const errorOf = async (solver: Solver, steps: number, start: number) => {
      using x = (await sample(model, { schedule, solver, steps, start, noise })).x;
      return largestDifference(await x.data(), gaussianFlow(point, TEST_NOISE, { schedule, start }));
    };
    // One or two steps from α = 0.0066 lose digits twice, to 1/α = 150 and to 1/σ = 100: they are taken from a time with more signal.
    for (const [start, counts] of [
      [1, [3, 4, 5, 17]],
      [0.5, [1, 2, 3, 8]],
    ] as const)
      for (const steps of counts) {
        for (const solver of [secondOrder, fourthOrder, ddim()])
          expect(await errorOf(solver, steps, start)).toBeLessThan(1e-12);
        expect(await errorOf(classicalMultistep(), steps, start)).toBeGreaterThan(1e-4);
      }
  });

  it("have the reference run's errors on one Gaussian", async () => {
    expectDigits(
      await errorsAfter(ddim(), "G1", COUNTS, "time-uniform"),
      [0.251, 0.132, 0.068, 0.0346, 0.0174, 0.00877],
    );
    expectDigits(await errorsAfter(secondOrder, "G1", COUNTS), [0.113, 3.42e-2, 9.57e-3, 2.68e-3, 7.72e-4, 2.27e-4]);
    const fourth = await errorsAfter(fourthOrder, "G1", COUNTS);
    // Two digits are given of some of them.
    expectDigits(fourth, [2.02e-2, 7.2e-4, 2.5e-4, 3.1e-4, 1.43e-4, 4.87e-5], 2);
    // The error changes sign between 20 and 40 steps, and falls with order 2 in the end, whatever the order of the weights.
    expect(fourth[3]).toBeGreaterThan(fourth[2]);
    expect(Math.log2(fourth[4] / fourth[5])).toBeLessThan(2);
  });

  it("reach with 40 steps what DDIM does not with 320, and need a fifth of its evaluations for an error of 0.01", async () => {
    const found = await errorsAfter(fourthOrder, "G2", COUNTS);
    expectDigits(found, [9.06e-2, 1.54e-2, 1.74e-3, 4.78e-4, 2.33e-4, 8.19e-5]);
    const simple = await errorsAfter(ddim(), "G2", COUNTS, "time-uniform");
    expectDigits([simple[3], simple[5]], [2.45e-2, 6.34e-3]);
    expect(found[2]).toBeLessThan(simple[5]);
    expect(found[1]).toBeLessThan(simple[3]);
    // 1.54e-2 → 1.74e-3 passes 0.01 before 26 steps (35 evaluations); DDIM is above it with 180.
    const [atFew] = await errorsAfter(fourthOrder, "G2", [26]);
    const [atMany] = await errorsAfter(ddim(), "G2", [5 * (26 + 9)], "time-uniform");
    expect(atFew).toBeLessThan(1e-2);
    expect(atMany).toBeGreaterThan(1e-2);
  });

  it("stop at the error of their ticks when classical, unless ticks are smaller", async () => {
    const [coarse] = await errorsAfter(classicalMultistep(), "G1", [160]);
    const [fine] = await errorsAfter(classicalMultistep({ tick: 1e-5 }), "G1", [160]);
    expect(coarse).toBeGreaterThan(2e-3);
    expect(fine).toBeLessThan(coarse / 20);
  });

  it("make as many evaluations as they say", async () => {
    using noise = device.tensor(TEST_NOISE, [2, 2]);
    const callsOf = async (solver: Solver, problem: { steps: number } | { evaluations: number }) => {
      let calls = 0;
      const model = (x: Tensor) => {
        calls++;
        return multiply(x, 0.5);
      };
      const result = await sample(model, { schedule, solver, noise, ...problem });
      result.x.dispose();
      expect(result.evaluations).toBe(calls);
      expect(solver.plan({ schedule, ...problem }).evaluations).toBe(calls);
      return calls;
    };
    for (const steps of [4, 10, 25]) {
      expect(await callsOf(ddim(), { steps })).toBe(steps);
      expect(await callsOf(secondOrder, { steps })).toBe(steps + 1);
      expect(await callsOf(fourthOrder, { steps })).toBe(steps + 9);
      expect(await callsOf(classicalMultistep(), { steps })).toBe(steps + 9);
    }
    for (const steps of [1, 2, 3]) expect(await callsOf(fourthOrder, { steps })).toBe(4 * steps);
    expect(await callsOf(secondOrder, { evaluations: 8 })).toBe(8);
    expect(await callsOf(fourthOrder, { evaluations: 20 })).toBe(20);
  });

  it("refuse budgets they cannot spend, and settings they do not have", () => {
    for (const evaluations of [5, 8, 10])
      expect(() => fourthOrder.plan({ schedule, evaluations })).toThrow("at least 12");
    expect(() => secondOrder.plan({ schedule, evaluations: 1 })).toThrow("at least 2");
    expect(() => pseudoNumerical({ method: "pndm" as "f-pndm" })).toThrow("options.method");
    expect(() => classicalMultistep({ tick: 0 })).toThrow("options.tick");
  });
});

describe("the table of the authors' code", () => {
  const betas = betaTable("linear");
  const reference = pseudoNumericalSchedule({ betas });
  const matched = pseudoNumericalSchedule({ betas }, { labels: "matched" });
  const entryOf = (time: number) => Math.round(1000 * time - 1);

  it("begins a stride below the last label, and ends at entry 0", () => {
    expect(reference.stepTimes(10).map(reference.label)).toEqual([900, 800, 700, 600, 500, 400, 300, 200, 100, 0, -1]);
    expect(reference.stepTimes(10).map(entryOf)).toEqual([901, 801, 701, 601, 501, 401, 301, 201, 101, 1, 0]);
  });

  it("has more steps than asked for where they do not divide the table: 16 for 15", () => {
    expect(reference.stepTimes(15)).toHaveLength(17);
  });

  it("never reads an entry beyond its last", () => {
    const times = reference.stepTimes(1000);
    expect(times.map(reference.label).slice(0, 2)).toEqual([998, 997]);
    expect(entryOf(times[0])).toBe(999);
    expect(() => reference.stepTimes(1001)).toThrow("steps");
  });

  it("feeds the entry's own label where asked to", () => {
    expect(matched.stepTimes(10).map(matched.label)).toEqual([901, 801, 701, 601, 501, 401, 301, 201, 101, 1, 0]);
    expect(matched.stepTimes(10)).toEqual(reference.stepTimes(10));
  });

  it("takes halves of odd strides with a fractional label and the entry of the label rounded toward 0", () => {
    const timeOfLabel = (label: number) => (label + 2) / 1000;
    const cumulative = (entry: number) => betas.slice(0, entry + 1).reduce((product, beta) => product * (1 - beta), 1);
    for (const [label, entry] of [
      [100.5, 101],
      [-0.5, 1],
      [0, 1],
      [-1, 0],
      [998, 999],
    ]) {
      expect(reference.label(timeOfLabel(label))).toBeCloseTo(label, 9);
      expect(reference.alpha(timeOfLabel(label)) ** 2).toBeCloseTo(cumulative(entry), 12);
    }
  });

  it("samples with it", async () => {
    using noise = device.tensor(TEST_NOISE, [2, 2]);
    const seen: number[] = [];
    const model = (x: Tensor, time: number) => {
      seen.push(reference.label(time));
      return multiply(x, 0.9);
    };
    const { x } = await sample(model, {
      schedule: reference,
      solver: fourthOrder,
      grid: reference.stepTimes(5),
      noise,
    });
    x.dispose();
    expect(seen).toEqual([800, 700, 700, 600, 600, 500, 500, 400, 400, 300, 300, 200, 200, 0]);
  });

  it("is refused with conventions there are none of", () => {
    expect(() => pseudoNumericalSchedule({ betas }, { labels: "mine" as "matched" })).toThrow("options.labels");
  });
});

describe("the probability-flow equation", () => {
  it("leads a classical Runge–Kutta method to where the exact flow ends", async () => {
    const mixture = { weights: [1], means: [[1, -0.5]], variances: [0.25] };
    using model = mixtureModel(mixture, { schedule, device, dtype: "float64" });
    const field = probabilityFlow(schedule, evaluator(model, { schedule }));
    const slopeAt = async (values: Float64Array, time: number) => {
      using x = device.tensor(Float64Array.from(values), [2, 2]);
      using slope = await field(x, time);
      return Float64Array.from(await slope.data());
    };
    const [start, end] = [1, 0.2];
    const steps = 40;
    const h = (end - start) / steps;
    let x = Float64Array.from(TEST_NOISE);
    const moved = (by: number, slope: Float64Array) => x.map((value, index) => value + by * slope[index]);
    for (let step = 0; step < steps; step++) {
      const time = start + step * h;
      const k1 = await slopeAt(x, time);
      const k2 = await slopeAt(moved(h / 2, k1), time + h / 2);
      const k3 = await slopeAt(moved(h / 2, k2), time + h / 2);
      const k4 = await slopeAt(moved(h, k3), time + h);
      x = x.map((value, index) => value + (h / 6) * (k1[index] + 2 * k2[index] + 2 * k3[index] + k4[index]));
    }
    expect(largestDifference(x, gaussianFlow(mixture, TEST_NOISE, { schedule, start, end }))).toBeLessThan(1e-4);
  });
});
