import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { grad, hvp } from "../../differentiation/transforms.ts";
import type { Tensor } from "../../tensor.ts";
import { expectAllClose, testDevices } from "../../testing/index.ts";
import { imag, real } from "../complex-parts/index.ts";
import { divide, multiply } from "../map/binary.ts";
import { abs, exp, log, reciprocal, sqrt, square } from "../map/unary.ts";
import { mean, prod, sum } from "../reduce/index.ts";
import { absSquare, angle } from "./functions.ts";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

/** Half an ulp of 1 in float64. */
const U = 2 ** -53;

/** Real and imaginary part of an argument, and of the result. */
type Row = readonly [re: number, im: number, realResult: number, imaginaryResult: number];

// biome-ignore format: a table
const SPECIAL: Readonly<Record<string, readonly [f: (x: Tensor) => Tensor, rows: readonly Row[]]>> = {
  exp: [exp, [[-INF, NAN, 0, 0], [INF, 0, INF, 0], [800, -0, INF, -0], [INF, 2, -INF, INF], [0, INF, NAN, NAN]]],
  log: [log, [[0, 0, -INF, 0], [-0, 0, -INF, Math.PI], [-1, 0, 0, Math.PI], [-1, -0, 0, -Math.PI], [INF, 1, INF, 0], [-INF, -INF, INF, -0.75 * Math.PI], [NAN, 1, NAN, NAN]]],
  sqrt: [sqrt, [[0, 0, 0, 0], [-4, 0, 0, 2], [-4, -0, 0, -2], [INF, 1, INF, 0], [-INF, 1, 0, INF], [1, -INF, INF, -INF], [NAN, 1, NAN, NAN]]],
  reciprocal: [reciprocal, [[0, 0, INF, NAN], [INF, 1, 0, 0], [2, 0, 0.5, 0], [NAN, 1, NAN, NAN]]],
};

/** Functions with their complex derivatives. */
const HOLOMORPHIC: Readonly<Record<string, readonly [f: (z: Tensor) => Tensor, derivative: (z: Tensor) => Tensor]>> = {
  square: [square, (z) => multiply(z, 2)],
  reciprocal: [reciprocal, (z) => divide(-1, square(z))],
  exp: [exp, exp],
  log: [log, reciprocal],
  sqrt: [sqrt, (z) => divide(0.5, sqrt(z))],
  "a quotient": [(z) => divide(3, multiply(z, 2)), (z) => divide(-1.5, square(z))],
};

describe("functions of complex numbers", () => {
  let device: Device;
  beforeAll(async () => {
    device = await (await testDevices())[0].open();
  });
  afterAll(() => device.dispose());

  const complex128 = (values: readonly number[]) =>
    device.tensor(Float64Array.from(values), [values.length / 2], "complex128");
  const valuesOf = async (f: () => Tensor) => {
    using result = device.scope(f);
    return Array.from(await result.data());
  };

  for (const [name, [f, rows]] of Object.entries(SPECIAL))
    it(`take the documented special values: ${name}`, async () => {
      for (const [re, im, ...expected] of rows) {
        const actual = await valuesOf(() => f(complex128([re, im])));
        for (const [part, value] of expected.entries()) {
          // The sign of a zero is part of the value, but of π it is the last bit that differs.
          if (value === 0 || !Number.isFinite(value)) expect(actual[part], `${name}(${re} + ${im}i)`).toBe(value);
          else expect(actual[part], `${name}(${re} + ${im}i)`).toBeCloseTo(value, 14);
        }
      }
    });

  it("take the documented special values: quotients and absolute values", async () => {
    const quotients = await valuesOf(() => divide(complex128([1, -1, 0, 0, 2, 4]), complex128([0, 0, 0, 0, INF, 1])));
    expect(quotients).toEqual([INF, -INF, NAN, NAN, 0, 0]);
    const narrow = (values: readonly number[]) => device.tensor(Float32Array.from(values), [3], "complex64");
    const single = await valuesOf(() => divide(narrow([1, -1, 0, 0, 2, 4]), narrow([0, 0, 0, 0, INF, 1])));
    expect(single).toEqual([INF, -INF, NAN, NAN, 0, 0]);
    const sizes = [INF, NAN, NAN, -INF, NAN, 1, 0, -0];
    expect(await valuesOf(() => abs(complex128(sizes)))).toEqual([INF, INF, NAN, 0]);
    expect(await valuesOf(() => angle(complex128([1, 0, -1, -0, 0, 2])))).toEqual([0, -Math.PI, Math.PI / 2]);
  });

  // Far from where products of two of them are below the normal numbers.
  const part = fc
    .tuple(fc.double({ min: 0.5, max: 1, noNaN: true }), fc.integer({ min: -400, max: 400 }), fc.constantFrom(-1, 0, 1))
    .map(([x, k, sign]) => sign * x * 2 ** k);
  const pairs = fc.tuple(part, part, part, part).filter(([, , c, d]) => Math.hypot(c, d) > 0);

  it("agree with their definitions over the whole range of numbers", async () => {
    await fc.assert(
      fc.asyncProperty(pairs, async ([a, b, c, d]) => {
        const [x, z] = [complex128([a, b]), complex128([c, d])];
        const [size] = await valuesOf(() => abs(x));
        expectAllClose([size], [Math.hypot(a, b)], { relative: 8 * U, absolute: 0 }, "abs");
        const [s, t] = await valuesOf(() => sqrt(z));
        expect(s).toBeGreaterThanOrEqual(0);
        expectAllClose(
          [s * s - t * t, 2 * s * t],
          [c, d],
          { relative: 0, absolute: 24 * U * Math.hypot(c, d) },
          "sqrt",
        );
        const logarithm = await valuesOf(() => log(z));
        const absolute = 8 * U * Math.hypot(...logarithm);
        expectAllClose(
          logarithm,
          [Math.log(Math.hypot(c, d)), Math.atan2(d, c)],
          { relative: 0, absolute: absolute + 4 * U },
          "log",
        );
        const [p, q] = await valuesOf(() => divide(x, z));
        const most = 16 * U * Math.hypot(a, b);
        expectAllClose([p * c - q * d, p * d + q * c], [a, b], { relative: 0, absolute: most }, "divide");
        x.dispose();
        z.dispose();
      }),
      { numRuns: 200 },
    );
  });

  it("do not lose the logarithm of a number near the unit circle", async () => {
    const [d, e] = [1e-10, 3e-9];
    const [re, im] = await valuesOf(() => log(complex128([1 + d, e])));
    const exact = 0.5 * Math.log1p(2 * (1 + d - 1) + (1 + d - 1) ** 2 + e * e);
    expectAllClose([re, im], [exact, Math.atan2(e, 1 + d)], { relative: 4 * U, absolute: 0 });
  });

  it("have no elements where there are none", async () => {
    for (const f of [abs, absSquare, angle, exp, log, sqrt, square, reciprocal])
      expect(await valuesOf(() => f(device.zeros([0, 3], "complex128")))).toEqual([]);
    expect(await valuesOf(() => sum(device.zeros([0], "complex128")))).toEqual([0, 0]);
    expect(await valuesOf(() => prod(device.zeros([0], "complex128")))).toEqual([1, 0]);
  });

  it("are reduced like pairs, and multiplied like numbers, over any axes", async () => {
    const data = [1, 2, 3, -1, 0, 1, 2, 2, -1, 1, 4, 0];
    const x = device.tensor(Float64Array.from(data), [2, 3], "complex128");
    expect(await valuesOf(() => sum(x))).toEqual([9, 5]);
    expect(await valuesOf(() => sum(x, { axes: 0 }))).toEqual([3, 4, 2, 0, 4, 1]);
    expect(await valuesOf(() => mean(x, { axes: -1 }))).toEqual([4 / 3, 2 / 3, 5 / 3, 1]);
    expect(await valuesOf(() => prod(x, { axes: 1 }))).toEqual([-5, 5, -16, 0]);
    expect(await valuesOf(() => prod(x))).toEqual([80, -80]);
    using kept = device.scope(() => prod(x, { axes: 0, keepDimensions: true }));
    expect(kept.shape).toEqual([1, 3]);
    expect(Array.from(await kept.data())).toEqual([-2, 6, -2, 4, 0, 4]);
    x.dispose();
  });

  for (const [name, [f, derivative]] of Object.entries(HOLOMORPHIC))
    it(`have the conjugate of the derivative as the gradient of the real part, i times that as the imaginary part's: ${name}`, async () => {
      const z = complex128([0.5, -1.5, -0.7, 0.2]);
      const expected = await valuesOf(() => derivative(z));
      const conjugate = expected.map((value, index) => (index % 2 ? -value : value));
      const close = { relative: 64 * U, absolute: 64 * U };
      const inReal = await valuesOf(() => grad((at: Tensor) => sum(real(f(at))))(z));
      expectAllClose(inReal, conjugate, close, "real part");
      const inImaginary = await valuesOf(() => grad((at: Tensor) => sum(imag(f(at))))(z));
      const turned = [-conjugate[1], conjugate[0], -conjugate[3], conjugate[2]];
      expectAllClose(inImaginary, turned, close, "imaginary part");
      z.dispose();
    });

  it("have second derivatives along complex directions", async () => {
    const [z, v] = [complex128([0.5, -1.5]), complex128([2, 3])];
    // |z|² has the Hessian 2 in both parts, Re z³ the one of x³ − 3xy².
    expect(await valuesOf(() => hvp((at: Tensor) => sum(absSquare(at)), z, v))).toEqual([4, 6]);
    const cubic = await valuesOf(() => hvp((at: Tensor) => sum(real(multiply(at, square(at)))), z, v));
    expectAllClose(cubic, [6 * (0.5 * 2 + 1.5 * 3), 6 * (1.5 * 2 - 0.5 * 3)], { relative: 16 * U, absolute: 0 });
    z.dispose();
    v.dispose();
  });

  it("have a derivative of the absolute value everywhere, at 0 too, and where both parts are equal", async () => {
    const z = complex128([0, 0, 1, 1]);
    const gradient = await valuesOf(() => grad((at: Tensor) => sum(abs(at)))(z));
    expectAllClose(gradient, [0, 0, Math.SQRT1_2, Math.SQRT1_2], { relative: 4 * U, absolute: 0 });
    const along = complex128([0, 0, 1, 0]);
    // ∂²|z|/∂x² = y²/|z|³, ∂²|z|/∂x∂y = −xy/|z|³.
    const second = await valuesOf(() => hvp((at: Tensor) => sum(abs(at)), z, along));
    expectAllClose(second.slice(2), [2 ** -1.5, -(2 ** -1.5)], { relative: 8 * U, absolute: 0 });
    z.dispose();
    along.dispose();
  });
});
