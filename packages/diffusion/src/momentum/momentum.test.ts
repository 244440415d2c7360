import { type Device, openDevice, type Tensor } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exponentialIntegrator } from "../exponential-integrator/index.ts";
import { mixtureModel, SINGLE_GAUSSIAN, THREE_GAUSSIANS } from "../models/index.ts";
import { edmSchedule } from "../noise-schedules/index.ts";
import { evaluator, type SamplerState, type Solver, sample } from "../sampling/index.ts";
import { digitsOff, TEST_SCHEDULE, testErrors, testStates } from "../sampling/test-errors.ts";
import { largestDifference, TEST_NOISE } from "../sampling/test-points.ts";
import { type MomentumKind, momentum } from "./index.ts";

const KINDS: readonly MomentumKind[] = ["heavy-ball", "generalized-heavy-ball", "nesterov"];

/** As far as the table has digits: three, or two. */
function expectDigits(found: readonly number[], table: readonly number[], digits = 3): void {
  expect(digitsOff(found, table)).toBeLessThan(1.01 * 10 ** (3 - digits));
}

/**
 * Any equation y' = f(y, s) for a sampler: with α = 1, σ = t the state moves by dx/dt = ε(x, t), so that t = OFFSET − s runs down and ε = −f.
 */
const OFFSET = 10;
const schedule = edmSchedule();
type RightSide = (y: readonly number[], s: number) => readonly number[];

function modelOf(device: Device, f: RightSide) {
  return async (x: Tensor, time: number) => {
    const slope = f(Array.from(await x.data()), OFFSET - time).map((value) => -value);
    return device.tensor(Float64Array.from(slope), x.shape);
  };
}

const gridTo = (end: number, steps: number) =>
  Array.from({ length: steps + 1 }, (_, index) => OFFSET - (end * index) / steps);

describe("multistep methods with momentum", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  it("are bitwise Adams–Bashforth's with β = 1, of every kind and order", async () => {
    const end = async (solver: Solver) => {
      return Array.from((await testStates(device, THREE_GAUSSIANS, solver, { steps: 11 })).x);
    };
    for (const order of [1, 2, 3, 4]) {
      const plain = await end(exponentialIntegrator({ kind: "ipndm", order: order - 1 }));
      for (const kind of KINDS) expect(await end(momentum({ kind, order, damping: 1 }))).toEqual(plain);
    }
    const fifth = await end(momentum({ order: 5, damping: 1 }));
    for (const kind of KINDS) expect(await end(momentum({ kind, order: 5, damping: 1 }))).toEqual(fifth);
    expect(await end(momentum({ number: 3 }))).toEqual(await end(momentum({ order: 3, damping: 1 })));
  });

  it("are bitwise the same of order 1, generalized or not", async () => {
    const end = async (kind: MomentumKind) => {
      const solver = momentum({ kind, order: 1, damping: 0.6 });
      return Array.from((await testStates(device, THREE_GAUSSIANS, solver, { steps: 11 })).x);
    };
    expect(await end("generalized-heavy-ball")).toEqual(await end("heavy-ball"));
  });

  it("are Polyak's heavy ball on Euler's method: x' = x + (1 − β)(x − x₋₁) + δβ f", async () => {
    const damping = 0.7;
    const times = gridTo(2, 20);
    const f: RightSide = ([y], s) => [-y + Math.sin(s)];
    using start = device.tensor(Float64Array.from([1]), [1]);
    using x = (
      await sample(modelOf(device, f), {
        schedule,
        solver: momentum({ kind: "heavy-ball", order: 1, damping }),
        grid: times,
        noise: start,
      })
    ).x;
    const h = 0.1;
    // The first velocity is the first slope.
    const path = [1, 1 + h * f([1], 0)[0]];
    for (let n = 1; n < 20; n++)
      path.push(path[n] + (1 - damping) * (path[n] - path[n - 1]) + h * damping * f([path[n]], n * h)[0]);
    expect(Math.abs((await x.data())[0] - path[20])).toBeLessThan(1e-13);
  });

  it("follow a stiff equation where plain multistep methods diverge", async () => {
    const f: RightSide = ([a, b]) => [b, -9 * a - 10 * b];
    const exact = [-0.0560105, 0.0560105];
    const errorOf = async (solver: Solver) => {
      using start = device.tensor(Float64Array.from([-1, 0]), [1, 2]);
      using x = (await sample(modelOf(device, f), { schedule, solver, grid: gridTo(3, 26), noise: start })).x;
      return largestDifference(await x.data(), exact);
    };
    expectDigits([await errorOf(momentum({ order: 2, damping: 1 }))], [1.43]);
    expectDigits([await errorOf(momentum({ order: 1, damping: 1 }))], [9.6e-3], 2);
    expectDigits([await errorOf(momentum({ kind: "heavy-ball", order: 2, damping: 0.9 }))], [2.3e-3], 2);
    expectDigits([await errorOf(momentum({ kind: "heavy-ball", order: 2, damping: 0.8 }))], [4.5e-3], 2);
    expectDigits([await errorOf(momentum({ order: 2, damping: 0.9 }))], [4.7e-2], 2);
    expectDigits([await errorOf(momentum({ order: 2, damping: 0.8 }))], [6.6e-4], 2);
  });

  it("keep the order when generalized, and fall to order 1 when not, with velocities that have settled", async () => {
    const errors = async (kind: MomentumKind, order: number, damping: number) => {
      const found: number[] = [];
      for (const steps of [20, 40, 80, 160])
        found.push(await errorAfterSettling(device, { kind, order, damping }, steps));
      return found;
    };
    const lastSlope = (values: readonly number[]) => Math.log2(values[2] / values[3]);
    const second = await errors("generalized-heavy-ball", 2, 0.8);
    expectDigits(second, [4.97e-3, 1.2e-3, 2.96e-4, 7.35e-5]);
    const third = await errors("generalized-heavy-ball", 3, 0.5);
    expectDigits(third, [5.39e-4, 6.71e-5, 8.41e-6, 1.05e-6]);
    expect(lastSlope(await errors("generalized-heavy-ball", 4, 0.5))).toBeGreaterThan(3.7);
    expect(lastSlope(await errors("heavy-ball", 4, 0.8))).toBeCloseTo(1.1, 1);
  });

  it("are of order 2 in the limit when the first velocity is the first prediction", async () => {
    const counts = [10, 20, 40, 80];
    const low = await testErrors(device, SINGLE_GAUSSIAN, momentum({ number: 1.8 }), counts, {
      grid: "time-quadratic",
    });
    expectDigits(low, [3.24e-2, 8.45e-3, 2.13e-3, 5.32e-4]);
    const high = await testErrors(device, SINGLE_GAUSSIAN, momentum({ number: 3.9 }), counts, {
      grid: "time-quadratic",
    });
    expectDigits(high, [1.77e-2, 3.74e-3, 8.92e-4, 2.22e-4]);
    expect(Math.log2(high[2] / high[3])).toBeCloseTo(2, 1);
  });

  it("keep velocities in the state, no more than the order needs, and free what they drop", async () => {
    await using own = await openDevice("cpu", { threads: 1 });
    using model = mixtureModel(SINGLE_GAUSSIAN, { schedule: TEST_SCHEDULE, device: own, dtype: "float64" });
    using noise = own.tensor(TEST_NOISE, [2, 2]);
    const before = own.memory().tensors;
    for (const kind of KINDS) {
      const plan = momentum({ kind, order: 3 }).plan({ schedule: TEST_SCHEDULE, steps: 6 });
      const evaluate = evaluator(model, { schedule: TEST_SCHEDULE });
      let state = plan.init(noise);
      while (!state.done) {
        state = await plan.step(state, evaluate);
        expect(state.velocities.length).toBe(kind === "generalized-heavy-ball" ? Math.min(2, state.index) : 1);
        expect(state.history.length).toBe(kind === "generalized-heavy-ball" ? 0 : Math.min(2, state.index));
      }
      for (const tensor of [state.x, ...state.velocities]) tensor.dispose();
      for (const each of state.history) each[Symbol.dispose]();
      expect(own.memory().tensors).toBe(before);
    }
  });

  it("refuse settings out of range, and two ways to say the same", () => {
    for (const damping of [0, 0.0005, 1.1, Number.NaN]) expect(() => momentum({ damping })).toThrow("options.damping");
    for (const order of [0, 6, 1.5]) expect(() => momentum({ order })).toThrow("options.order");
    expect(() => momentum({ number: 5.5 })).toThrow("momentumNumber");
    expect(() => momentum({ number: 2, order: 2 } as { number: number })).toThrow("options.number");
    expect(() => momentum({ kind: "adam" as "nesterov" })).toThrow("options.kind");
  });
});

/** y' = −y + sin s on [0, 2], with velocities that 200 exact steps before the start have settled. */
async function errorAfterSettling(
  device: Device,
  options: { readonly kind: MomentumKind; readonly order: number; readonly damping: number },
  steps: number,
): Promise<number> {
  const { kind, order, damping } = options;
  const exact = (s: number) => (Math.sin(s) - Math.cos(s)) / 2 + 1.5 * Math.exp(-s);
  const f: RightSide = ([y], s) => [-y + Math.sin(s)];
  const slopeAt = (s: number) => -f([exact(s)], s)[0];
  const h = 2 / steps;
  const weights = momentumWeights(kind, order);
  const velocities: number[] = [];
  for (let n = -200; n < 0; n++) {
    const slope = weights.reduce((sum, weight, j) => sum + weight * slopeAt((n - j) * h), 0);
    velocities.unshift((1 - damping) * (velocities[0] ?? slope) + damping * slope);
  }
  const scalar = (value: number) => device.tensor(Float64Array.from([value]), [1]);
  const plan = momentum(options).plan({ schedule, grid: gridTo(2, steps) });
  const evaluate = evaluator(modelOf(device, f), { schedule });
  using start = scalar(exact(0));
  const kept = kind === "generalized-heavy-ball" ? Math.max(1, order - 1) : 1;
  const history = [];
  for (let j = 1; j < order; j++) {
    using past = scalar(exact(-j * h));
    history.push(await evaluate(past, OFFSET + j * h, "noise"));
  }
  let state = { ...plan.init(start), velocities: velocities.slice(0, kept).map(scalar), history } as SamplerState & {
    velocities: Tensor[];
  };
  while (!state.done) state = (await plan.step(state, evaluate)) as typeof state;
  using end = state.x;
  return Math.abs((await end.data())[0] - exact(2));
}

function momentumWeights(kind: MomentumKind, order: number): readonly number[] {
  if (kind === "generalized-heavy-ball") return [1];
  return { 1: [1], 2: [1.5, -0.5], 3: [23 / 12, -16 / 12, 5 / 12], 4: [55 / 24, -59 / 24, 37 / 24, -9 / 24] }[order]!;
}
