import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { InvalidInputError, UnsupportedError } from "../errors.ts";
import { referenceArray } from "../kernel.ts";
import { add, multiply, subtract } from "../kernels/map/binary.ts";
import { neg, sin, tanh } from "../kernels/map/unary.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { sum } from "../kernels/reduce/index.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose, testDerivatives, testDevices } from "../testing/index.ts";
import { type OdeOptions, solveOde } from "./ode.ts";
import { grad, jvp } from "./transforms.ts";

const ADJOINTS = ["discrete", "interpolating", "backsolve"] as const;

/** y′ = θ y: y(t) = y₀ exp(θ t). */
const growth = (_: number, y: Tensor, theta: Tensor) => multiply(theta, y);

const floats = (shape: number[], ...values: number[]) => referenceArray("float64", shape, values);

await testDerivatives(
  "solveOde, discrete adjoint",
  (y, theta) =>
    solveOde((t: number, at: Tensor, w: Tensor) => tanh(add(matmul(w, at), Math.cos(t))), { times: [0, 0.3, 0.5] })(
      y,
      theta,
    )[1],
  [floats([2, 1], 0.4, -0.7), floats([2, 2], 0.3, -0.8, 1.1, 0.2)],
);

for (const { label, open } of await testDevices())
  describe(`initial value problems on ${label}`, () => {
    let device: Device;
    const tensor = (...values: number[]) =>
      device.tensor(values, [values.length], device.kind === "cpu" ? "float64" : "float32");
    // Rounding of some hundred steps, and the method's own error at steps of 1/16: h⁴ times derivatives near 1.
    const tolerance = () =>
      device.kind === "cpu" ? { relative: 2e-6, absolute: 2e-6 } : { relative: 2e-5, absolute: 2e-5 };
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("are solved at all the times asked for, forwards and backwards", async () => {
      using start = tensor(2);
      using theta = tensor(-0.5);
      for (const times of [
        [0, 0.5, 2],
        [1, -1],
      ]) {
        const states = solveOde(growth, { times, steps: 16 })(start, theta);
        for (const [index, state] of states.entries())
          expectAllClose(await state.data(), [2 * Math.exp(-0.5 * (times[index + 1] - times[0]))], tolerance());
        for (const state of states) state.dispose();
      }
    });

    it("have the gradient of the exact solution by every adjoint, with outputs on the way", async () => {
      using start = tensor(2);
      using theta = tensor(-0.5);
      // d/dθ and d/dy₀ of y(1) + y(2).
      const expected = [2 * (Math.exp(-0.5) + 2 * Math.exp(-1)), Math.exp(-0.5) + Math.exp(-1)];
      for (const adjoint of ADJOINTS) {
        const solve = solveOde(growth, { times: [0, 1, 2], steps: 16, adjoint });
        const total = (at: { y: Tensor; theta: Tensor }) => {
          const [first, second] = solve(at.y, at.theta);
          return sum(add(first, second));
        };
        const slopes = device.scope(() => grad(total)({ y: start, theta }));
        const actual = [await slopes.theta.item(), await slopes.y.item()];
        expectAllClose(actual, expected, tolerance(), adjoint);
        slopes.theta.dispose();
        slopes.y.dispose();
      }
      expect(device.memory().tensors).toBe(2);
    });
  });

describe("adjoints of initial value problems", () => {
  let device: Device;
  beforeAll(async () => {
    const [cpu] = await testDevices();
    device = await cpu.open();
  });
  afterAll(() => device.dispose());

  /** Pendulum: p′ = −θ sin q, q′ = p. */
  const pendulum = (_: number, { q, p }: { q: Tensor; p: Tensor }, theta: Tensor) => ({
    q: p,
    p: neg(multiply(theta, sin(q))),
  });

  async function slope(options: Partial<OdeOptions>): Promise<number> {
    const solve = solveOde(pendulum, { times: [0, 3], ...options });
    const result = device.scope(() => {
      const at = { q: device.tensor([1.2], [1], "float64"), p: device.tensor([0.3], [1], "float64") };
      const theta = device.tensor([1.7], [1], "float64");
      return grad((each: Tensor) => {
        const [{ q, p }] = solve(at, each);
        return sum(subtract(multiply(q, q), p));
      })(theta);
    });
    const value = await result.item();
    result.dispose();
    return value;
  }

  it("approach the discrete one's limit with the order of the method", async () => {
    const exact = await slope({ steps: 640 });
    for (const adjoint of ADJOINTS) {
      const errors = await Promise.all(
        [20, 40].map(async (steps) => Math.abs((await slope({ steps, adjoint })) - exact)),
      );
      const order = Math.log2(errors[0] / errors[1]);
      expect(order, adjoint).toBeGreaterThan(3.5);
    }
  });

  it("are exact for what was computed, where discrete", async () => {
    const [small, step] = [await slope({ steps: 5 }), 1e-5];
    const value = async (theta: number) => {
      const result = device.scope(() => {
        const at = { q: device.tensor([1.2], [1], "float64"), p: device.tensor([0.3], [1], "float64") };
        const [{ q, p }] = solveOde(pendulum, { times: [0, 3], steps: 5 })(at, device.tensor([theta], [1], "float64"));
        return sum(subtract(multiply(q, q), p));
      });
      return await result.item();
    };
    const difference = ((await value(1.7 + step)) - (await value(1.7 - step))) / (2 * step);
    expect(Math.abs(small / difference - 1)).toBeLessThan(1e-8);
  });

  it("need memory that does not grow with the steps, by backsolve, and one state a step, discretely", async () => {
    const size = 1 << 16;
    const peak = async (adjoint: (typeof ADJOINTS)[number], steps: number) => {
      await using own = await (await testDevices())[0].open();
      own.scope(() => {
        const y = own.full([size], 0.5, "float64");
        const theta = own.full([size], -0.3, "float64");
        const solve = solveOde(growth, { times: [0, 1], steps, adjoint });
        grad((each: Tensor) => sum(solve(y, each)[0]))(theta);
      });
      return own.memory().peakBytes / (8 * size);
    };
    expect((await peak("backsolve", 40)) - (await peak("backsolve", 10))).toBe(0);
    expect((await peak("discrete", 40)) - (await peak("discrete", 10))).toBeCloseTo(30, 0);
  });

  it("refuse what makes no sense, and forward mode where there is none", () => {
    const refuses = (options: OdeOptions, argument: string) =>
      expect(() => solveOde(growth, options)).toThrow(
        expect.objectContaining({ name: InvalidInputError.name, argument }),
      );
    for (const times of [[], [0], [0, 0], [0, 1, 0.5], [0, Number.NaN], [0, Number.POSITIVE_INFINITY]])
      refuses({ times }, "solveOde: options.times");
    refuses({ times: [0, 1], steps: 0.5 }, "solveOde: options.steps");
    refuses({ times: [0, 1], adjoint: "forward" as never }, "solveOde: options.adjoint");
    refuses({ times: [0, 1], tableau: { a: [[], [1, 2]], b: [1, 1], c: [0, 1] } }, "solveOde: options.tableau");
    expect(() => solveOde((_, y) => y, { times: [0, 1] })([], [])).toThrow("solveOde: start");
    device.scope(() => {
      const [y, theta] = [device.zeros([1], "float64"), device.zeros([1], "float64")];
      const solve = solveOde(growth, { times: [0, 1], adjoint: "backsolve" });
      expect(() => jvp((each: Tensor) => solve(y, each)[0], theta, theta)).toThrow(UnsupportedError);
    });
  });
});
