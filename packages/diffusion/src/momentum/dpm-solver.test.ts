import { type Device, openDevice, type Tensor } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dpmSolver } from "../dpm-solver/index.ts";
import { mixtureModel, THREE_GAUSSIANS } from "../models/index.ts";
import { TEST_SCHEDULE as schedule, slopes, testErrors, testStates } from "../sampling/test-errors.ts";
import { largestDifference, TEST_NOISE } from "../sampling/test-points.ts";
import { momentumDpmSolver } from "./dpm-solver.ts";

describe("DPM-Solver++(2M) with momentum", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  it.each([5, 9, 10, 14])("is DPM-Solver++(2M) with β = 1, after %d steps", async (steps) => {
    const [own, plain] = [momentumDpmSolver({ damping: 1 }), dpmSolver({ method: "multistep" })];
    const [a, b] = await Promise.all(
      [own, plain].map((solver) => testStates(device, THREE_GAUSSIANS, solver, { steps })),
    );
    expect(largestDifference(a.x, b.x)).toBeLessThan(1e-13);
  });

  it("averages the extrapolated data over steps, but not in the first and the last of a few", async () => {
    const damping = 0.7;
    const { x, times } = await recursion(device, 6, damping);
    const solver = momentumDpmSolver({ damping });
    const found = await testStates(device, THREE_GAUSSIANS, solver, { grid: times });
    expect(largestDifference(found.x, x)).toBeLessThan(1e-13);
  });

  it("is of order 1, as all heavy balls", async () => {
    const errors = await testErrors(device, THREE_GAUSSIANS, momentumDpmSolver({ damping: 0.6 }), [80, 160, 320]);
    for (const slope of slopes(errors)) expect(Math.abs(slope - 1)).toBeLessThan(0.15);
  });

  it("refuses a damping out of range", () => {
    expect(() => momentumDpmSolver({ damping: 0 })).toThrow("options.damping");
  });
});

/** The published algorithm written out, on plain numbers. */
async function recursion(device: Device, steps: number, damping: number) {
  const model = mixtureModel(THREE_GAUSSIANS, { schedule, device, dtype: "float64" });
  const [from, to] = schedule.timeRange.map((time) => schedule.halfLogSnr(time));
  const times = Array.from({ length: steps + 1 }, (_, i) => schedule.timeAt(from + ((to - from) * i) / steps));
  const dataAt = async (x: Float64Array<ArrayBuffer>, time: number) => {
    using state = device.tensor(Float64Array.from(x), [2, 2]);
    using noise = model.predict(state, time) as Tensor;
    const values = await noise.data();
    return x.map((value, k) => (value - schedule.sigma(time) * values[k]) / schedule.alpha(time));
  };
  let x = Float64Array.from(TEST_NOISE);
  let previous: Float64Array<ArrayBuffer> | undefined;
  let velocity: Float64Array<ArrayBuffer> | undefined;
  for (let i = 0; i < steps; i++) {
    const [time, next] = [times[i], times[i + 1]];
    const h = schedule.halfLogSnr(next) - schedule.halfLogSnr(time);
    const data = await dataAt(x, time);
    let moved = data;
    if (previous && i < steps - 1) {
      const r = (schedule.halfLogSnr(time) - schedule.halfLogSnr(times[i - 1])) / h;
      const past = previous;
      const slope = data.map((value, k) => value + (value - past[k]) / (2 * r));
      const before = velocity ?? slope;
      velocity = slope.map((value, k) => (1 - damping) * before[k] + damping * value);
      moved = velocity;
    }
    const carry = schedule.sigma(next) / schedule.sigma(time);
    x = x.map((value, k) => carry * value - schedule.alpha(next) * Math.expm1(-h) * moved[k]);
    previous = data;
  }
  model[Symbol.dispose]();
  return { x, times };
}
