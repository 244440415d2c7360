import { afterAll, describe, expect, it } from "vitest";
import { openDevice } from "../device/open.ts";
import { add, divide, maximum, multiply, power, subtract } from "../kernels/map/binary.ts";
import { greater } from "../kernels/map/comparison.ts";
import {
  abs,
  cos,
  exp,
  expm1,
  log,
  log1p,
  reciprocal,
  rsqrt,
  sigmoid,
  sin,
  sqrt,
  square,
  tanh,
} from "../kernels/map/unary.ts";
import { where } from "../kernels/map/where.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { logSumExp, max, mean, sum } from "../kernels/reduce/index.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose } from "../testing/index.ts";
import { checkpoint, customJvp, customVjp, implicitFunction } from "./custom-rules.ts";
import { grad, hvp, jet, jvp, stopGradient, valueAndGrad, vjp } from "./transforms.ts";

const device = await openDevice("cpu", { threads: 1 });
afterAll(() => device.dispose());

const float64 = (values: readonly number[], shape = [values.length]) => device.tensor(Float64Array.from(values), shape);
const scalar = (value: number) => float64([value], []);
/** Rounding of a handful of operations. */
const ROUNDING = { relative: 1e-13, absolute: 1e-14 };

/** Functions of one tensor, positive where they need to be; together they use every rule. */
const FUNCTIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tanh,
  sigmoid,
  sqrt,
  rsqrt,
  reciprocal,
  square,
  abs,
  "x³ / (1 + eˣ)": (x) => divide(power(x, 3), add(exp(x), 1)),
  xˣ: (x) => power(x, x),
  "2 − 3 / x": (x) => subtract(2, divide(3, x)),
  "1.5ˣ": (x) => power(1.5, x),
  "max(x, x²) · x": (x) => multiply(maximum(x, square(x)), x),
  "where x > ½": (x) => where(greater(x, 0.5), sin(x), 0),
  "x Σx": (x) => multiply(x, sum(x)),
  "x mean(x²)": (x) => multiply(x, mean(square(x), { keepDimensions: true })),
  softmax: (x) => exp(subtract(x, logSumExp(x))),
  "x max(x)": (x) => multiply(x, max(x)),
  matmul: (x) => matmul(tanh(x.reshape([2, 2])), x.reshape([2, 2]), { transposeA: true }).reshape([4]),
  "matmul, transposed": (x) =>
    matmul(x.reshape([1, 4]), add(x.reshape([4, 1]), x.reshape([1, 4])), { transposeB: true }).reshape([4]),
  "batched matmul": (x) => sum(matmul(x.reshape([2, 1, 2]), sin(x).reshape([2, 2])), { axes: 1 }).reshape([4]),
};
const POINT = [0.3, 0.7, 1.1, 0.45];
const DIRECTION = [0.5, -1, 0.25, 2];
const COTANGENT = [1, -0.5, 0.75, 0.3];

describe.each(Object.entries(FUNCTIONS))("%s", (_, f) => {
  const g = (x: Tensor) => sum(multiply(f(x), float64(COTANGENT)));

  it("has a forward derivative that agrees with finite differences", async () => {
    const { tangent } = jvp(f, float64(POINT), float64(DIRECTION));
    const at = async (h: number) => f(float64(POINT.map((x, i) => x + h * DIRECTION[i]))).data();
    const h = 1e-5;
    const [ahead, behind] = [await at(h), await at(-h)];
    // Central differences: h² times the third derivative, and rounding over h.
    expectAllClose(
      await tangent.data(),
      ahead.map((value, i) => (value - behind[i]) / (2 * h)),
      { relative: 1e-7, absolute: 1e-8 },
    );
  });

  it("has reverse and forward derivatives that are each other's transpose", async () => {
    using reverse = vjp(f, float64(POINT));
    const pulled = await sum(multiply(reverse.pullback(float64(COTANGENT)), float64(DIRECTION))).item();
    const pushed = await sum(multiply(jvp(f, float64(POINT), float64(DIRECTION)).tangent, float64(COTANGENT))).item();
    expectAllClose([pulled], [pushed], ROUNDING);
  });

  it("has second derivatives that agree: reverse over reverse, forward over reverse, reverse over forward, finite differences", async () => {
    const x = float64(POINT);
    const v = float64(DIRECTION);
    const forwardOverReverse = await hvp(g, x, v).data();
    const reverseOverReverse = await grad((at: Tensor) => sum(multiply(grad(g)(at), v)))(x).data();
    const reverseOverForward = await grad((at: Tensor) => jvp(g, at, v).tangent)(x).data();
    expectAllClose(reverseOverReverse, forwardOverReverse, ROUNDING);
    expectAllClose(reverseOverForward, forwardOverReverse, ROUNDING);
    const h = 1e-5;
    const at = (sign: number) => grad(g)(float64(POINT.map((each, i) => each + sign * h * DIRECTION[i]))).data();
    const [ahead, behind] = [await at(1), await at(-1)];
    expectAllClose(
      forwardOverReverse,
      ahead.map((value, i) => (value - behind[i]) / (2 * h)),
      { relative: 1e-6, absolute: 1e-7 },
    );
  });

  it("has Taylor coefficients that equal nested forward derivatives, to order 4", async () => {
    const x = float64(POINT);
    const v = float64(DIRECTION);
    const taylor = jet(f, x, [v, null, null, null]);
    let nested = f;
    for (const [order, derivative] of taylor.entries()) {
      expectAllClose(
        await derivative.data(),
        await nested(x).data(),
        { relative: 1e-11, absolute: 1e-11 },
        `order ${order}`,
      );
      const previous = nested;
      nested = (at) => jvp(previous, at, v).tangent;
    }
  });
});

describe("grad", () => {
  it("keeps the form of its argument and leaves constants alone", async () => {
    const parameters = { layers: [{ w: float64([1, 2, 3, 4], [2, 2]), b: float64([0.5, -0.5]) }], unused: scalar(7) };
    const x = float64([1, 2, 3, 4, 5, 6], [3, 2]);
    const { value, gradient } = valueAndGrad((p: typeof parameters, input: Tensor) =>
      sum(square(add(matmul(input, p.layers[0].w), p.layers[0].b))),
    )(parameters, x);
    expect(await value.item()).toBeCloseTo(
      2 ** 2 * 0 + 7.5 ** 2 + 9.5 ** 2 + 15.5 ** 2 + 21.5 ** 2 + 23.5 ** 2 + 33.5 ** 2,
      10,
    );
    expect([...(await gradient.layers[0].b.data())]).toEqual([93, 129]);
    expect(await gradient.unused.item()).toBe(0);
  });

  it("gives the derivatives of tanh at 0.3 to order 4", async () => {
    // High-precision values; a library that loses the tape at a saved output gets the second one wrong.
    const expected = [0.2913126125, 0.9151369618, -0.5331818782, -1.3643061061, 3.7224858166];
    let f = tanh as (x: Tensor) => Tensor;
    for (const value of expected) {
      expect(await f(scalar(0.3)).item()).toBeCloseTo(value, 9);
      f = grad(f);
    }
    expect(await grad(grad((y: Tensor) => add(square(y), exp(y))))(scalar(0.3)).item()).toBeCloseTo(3.3498588076, 9);
  });

  it("keeps nested transformations apart", async () => {
    // d/dx (x · d/dy (x + y)) = 1: a system that confuses the two perturbations gives 2.
    const f = (x: Tensor) => multiply(x, grad((y: Tensor) => add(x, y))(scalar(1)));
    expect(await grad(f)(scalar(3)).item()).toBe(1);
    const g = (x: Tensor) => multiply(x, jvp((y: Tensor) => multiply(x, y), scalar(2), scalar(1)).tangent);
    expect(await jvp(g, scalar(3), scalar(1)).tangent.item()).toBe(6);
  });

  it("frees all it made, also when the function throws or disposes its own intermediate values", async () => {
    const x = float64(POINT);
    const before = device.memory();
    const f = (at: Tensor) => {
      using c = float64([2, 2, 2, 2]);
      using y = multiply(at, c);
      using z = device.scope(() => tanh(exp(y)));
      return sum(z);
    };
    const gradient = grad(f)(x);
    expectAllClose(
      await gradient.data(),
      POINT.map((each) => (1 - Math.tanh(Math.exp(2 * each)) ** 2) * Math.exp(2 * each) * 2),
      ROUNDING,
    );
    gradient.dispose();
    hvp(f, x, x).dispose();
    for (const each of jet(f, x, [x, null])) each.dispose();
    expect(() =>
      grad((at: Tensor) => {
        tanh(at);
        throw new RangeError("half-way");
      })(x),
    ).toThrow("half-way");
    expect({ ...device.memory(), peakBytes: 0 }).toEqual({ ...before, peakBytes: 0 });
    x.dispose();
  });

  it("refuses results that are no scalars, integers, and values that escaped", () => {
    expect(() => grad((x: Tensor) => x)(float64([1, 2]))).toThrow(
      "grad: the function's result: expected a float tensor of one element",
    );
    expect(() => grad((x: Tensor) => x)(device.tensor(Int32Array.of(1)))).toThrow("integers have no derivative");
    let escaped: Tensor | undefined;
    grad((x: Tensor) => sum((escaped = device.scope(() => tanh(x)))))(float64([1, 2]));
    expect(() => exp(escaped!)).toThrow(/disposed|escaped/);
  });
});

describe("vjp", () => {
  it("leaves its caller's tensors alone, can be called again after a rule has thrown, and frees all it made", async () => {
    const x = float64(POINT);
    const constant = float64([5]);
    const before = device.memory();
    let failures = 1;
    const once = customVjp(
      (at: Tensor) => square(at),
      (cotangent: Tensor, at: Tensor) => {
        if (failures-- > 0) throw new RangeError("half-way back");
        return multiply(cotangent, multiply(at, 2));
      },
    );
    {
      using linear = vjp((at: Tensor) => ({ y: exp(once(at)), constant }), x);
      const cotangent = { y: float64([1, 1, 1, 1]), constant: float64([1]) };
      expect(() => linear.pullback(cotangent)).toThrow("half-way back");
      const pulled = linear.pullback(cotangent);
      expectAllClose(
        await pulled.data(),
        POINT.map((each) => 2 * each * Math.exp(each ** 2)),
        ROUNDING,
      );
      for (const tensor of [pulled, cotangent.y, cotangent.constant, linear.value.y, linear.value.constant])
        tensor.dispose();
    }
    expect(() =>
      vjp((at: Tensor) => {
        tanh(at);
        throw new RangeError("half-way");
      }, x),
    ).toThrow("half-way");
    expect(await constant.item()).toBe(5);
    expect({ ...device.memory(), peakBytes: 0 }).toEqual({ ...before, peakBytes: 0 });
  });
});

describe("custom rules", () => {
  it("replace the derivative of a function, at every order", async () => {
    const clippedSlope = customVjp(
      (x: Tensor) => square(x),
      (cotangent: Tensor, x: Tensor) => multiply(cotangent, sin(x)),
    );
    expect(await grad((x: Tensor) => clippedSlope(x))(scalar(0.5)).item()).toBeCloseTo(Math.sin(0.5), 14);
    expect(await grad(grad((x: Tensor) => clippedSlope(x)))(scalar(0.5)).item()).toBeCloseTo(Math.cos(0.5), 14);
    expect(() => jvp(clippedSlope, scalar(1), scalar(1))).toThrow("customVjp");
    const forwardOnly = customJvp(
      (x: Tensor) => square(x),
      (tangent: Tensor, x: Tensor) => multiply(tangent, sin(x)),
    );
    expect(await jvp(forwardOnly, scalar(0.5), scalar(2)).tangent.item()).toBeCloseTo(2 * Math.sin(0.5), 14);
    expect(await grad((x: Tensor) => forwardOnly(x))(scalar(0.5)).item()).toBeCloseTo(Math.sin(0.5), 14);
  });

  it("checkpoint computes the same derivatives again", async () => {
    const f = (x: Tensor) => sum(tanh(multiply(exp(x), x)));
    const x = float64(POINT);
    expect(await grad(checkpoint(f))(x).data()).toEqual(await grad(f)(x).data());
    expect(await hvp(checkpoint(f), x, x).data()).toEqual(await hvp(f, x, x).data());
  });

  it("implicitFunction differentiates a root without looking into the solver", async () => {
    // z = cos(θ z) for each element; the solver works on plain numbers of operations that are not differentiated.
    const solve = (theta: Tensor) => {
      let z = float64(POINT);
      for (let step = 0; step < 200; step++) z = cos(multiply(theta, z));
      return z;
    };
    const residual = (z: Tensor, theta: Tensor) => subtract(z, cos(multiply(theta, z)));
    // The Jacobian is diagonal: its diagonal is what it does to ones.
    const diagonalSolve = ((operator: (v: Tensor) => Tensor, rightSide: Tensor) =>
      divide(rightSide, operator(float64([1, 1, 1, 1])))) as never;
    const implicit = implicitFunction(solve, residual, diagonalSolve);
    const theta = float64([0.5, 0.6, 0.7, 0.8]);
    const expected = await grad((t: Tensor) => sum(square(solve(t))))(theta).data();
    expectAllClose(await grad((t: Tensor) => sum(square(implicit(t))))(theta).data(), expected, {
      relative: 1e-12,
      absolute: 0,
    });
    const pushed = await jvp((t: Tensor) => square(implicit(t)), theta, float64([1, 1, 1, 1])).tangent.data();
    expectAllClose(pushed, expected, { relative: 1e-12, absolute: 0 });
  });

  it("stopGradient makes a constant", async () => {
    expect(await grad((x: Tensor) => multiply(x, stopGradient(x)))(scalar(3)).item()).toBe(3);
    expect(await grad(grad((x: Tensor) => multiply(square(x), stopGradient(x))))(scalar(3)).item()).toBe(6);
  });
});
