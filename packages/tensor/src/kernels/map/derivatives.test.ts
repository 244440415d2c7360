import { afterAll, describe, expect, it } from "vitest";
import { openDevice } from "../../device/open.ts";
import { grad, jet } from "../../differentiation/transforms.ts";
import { referenceArray } from "../../kernel.ts";
import type { Tensor } from "../../tensor.ts";
import { expectAllClose, testDerivatives } from "../../testing/index.ts";
import { sum } from "../reduce/index.ts";
import { elu, gelu, leakyRelu, relu, silu, softplus } from "./activations.ts";
import { add, atan2, divide, maximum, minimum, multiply, power, subtract } from "./binary.ts";
import { clamp } from "./clamp.ts";
import golden from "./derivatives.json" with { type: "json" };
import { acos, acosh, asin, asinh, atan, atanh, cosh, erf, erfc, exp2, log2, log10, sinh, tan } from "./functions.ts";
import { abs, cos, exp, expm1, log, log1p, neg, reciprocal, rsqrt, sigmoid, sin, sqrt, square, tanh } from "./unary.ts";

type Golden = Exclude<keyof typeof golden, "made">;

const FUNCTIONS: Readonly<Record<Golden, (x: Tensor) => Tensor>> = {
  tanh,
  sigmoid,
  softplus,
  relu,
  leakyRelu: (x) => leakyRelu(x),
  elu: (x) => elu(x, { alpha: 1.25 }),
  gelu: (x) => gelu(x),
  geluTanh: (x) => gelu(x, { approximate: "tanh" }),
  silu,
  sin,
  cos,
  exp,
  expm1,
  exp2,
  erf,
  erfc,
  tan,
  sinh,
  cosh,
  atan,
  asinh,
  asin,
  acos,
  atanh,
  acosh,
  log,
  log2,
  log10,
  log1p,
};

const device = await openDevice("cpu", { threads: 1 });
afterAll(() => device.dispose());

describe.each(Object.entries(FUNCTIONS) as [Golden, (x: Tensor) => Tensor][])("%s", (name, f) => {
  const rows: readonly (readonly number[])[] = golden[name];
  const points = () => device.tensor(Float64Array.from(rows, ([x]) => x));
  const expectDerivatives = async (derivatives: readonly Tensor[], how: string) => {
    for (const [order, derivative] of derivatives.entries()) {
      const exact = rows.map((row) => row[1 + order]);
      // Rounding of the few dozen operations of a derivative, relative to the terms they add up: to the derivative of the largest size within a unit.
      const actual = await derivative.data();
      for (const [index, [x]] of rows.entries()) {
        const scale = Math.max(
          ...rows
            .filter(([other]) => Math.abs(other - x) <= 1)
            .flatMap((row) => row.slice(1))
            .map(Math.abs),
        );
        expectAllClose(
          [actual[index]],
          [exact[index]],
          { relative: 1e-13, absolute: 1e-14 * scale },
          `${how} ${order} at ${x}`,
        );
      }
    }
  };

  it("has the high-precision derivatives of orders 1 to 4 by jet", async () => {
    const x = points();
    await expectDerivatives(jet(f, x, [device.full(x.shape, 1, "float64"), null, null, null]), "jet");
  });

  it("has them by gradients of gradients", async () => {
    const derivatives = [f];
    for (let order = 1; order <= 4; order++) {
      const previous = derivatives[order - 1];
      derivatives.push(grad((x: Tensor) => sum(previous(x))));
    }
    await expectDerivatives(
      derivatives.map((derivative) => derivative(points())),
      "grad",
    );
  });
});

describe("slopes", () => {
  const slopeAt = (f: (x: Tensor) => Tensor, x: number) => grad(f)(device.tensor(Float64Array.of(x), [])).item();

  it("are infinite at the ends of domains, and NaN beyond where the function is a root's", async () => {
    expect(await slopeAt(asin, 1)).toBe(Number.POSITIVE_INFINITY);
    expect(await slopeAt(asin, -1)).toBe(Number.POSITIVE_INFINITY);
    expect(await slopeAt(acos, 1)).toBe(Number.NEGATIVE_INFINITY);
    expect(await slopeAt(acosh, 1)).toBe(Number.POSITIVE_INFINITY);
    expect(await slopeAt(atanh, 1)).toBe(Number.POSITIVE_INFINITY);
    expect(await slopeAt(atanh, -1)).toBe(Number.POSITIVE_INFINITY);
    expect(await slopeAt(asin, 1.5)).toBeNaN();
    expect(await slopeAt(acosh, 0.5)).toBeNaN();
    expect(await slopeAt(acosh, -5)).toBeNaN();
  });

  it("at kinks are those of the left for rectifiers, and 1 at the limits of clamp", async () => {
    expect(await slopeAt(relu, 0)).toBe(0);
    expect(await slopeAt((x) => leakyRelu(x, { slope: 0.25 }), 0)).toBe(0.25);
    expect(await slopeAt((x) => elu(x, { alpha: 0.5 }), 0)).toBe(0.5);
    for (const [x, slope] of [
      [-1.5, 0],
      [-1, 1],
      [0.3, 1],
      [2, 1],
      [2.5, 0],
    ])
      expect(await slopeAt((at) => clamp(at, -1, 2), x)).toBe(slope);
  });

  it("of clamp go to the argument that is the result", async () => {
    const [x, lower, upper] = [
      [-3, 0.5, 3, 0.5],
      [-1, -1, -1, 2],
      [1, 1, 1, 1],
    ].map((values) => device.tensor(Float64Array.from(values)));
    const slopes = grad((at: Tensor[]) => sum(clamp(at[0], at[1], at[2])))([x, lower, upper]);
    const [inX, inLower, inUpper] = await Promise.all(slopes.map((slope) => slope.data()));
    expect([...inX]).toEqual([0, 1, 0, 0]);
    expect([...inLower]).toEqual([1, 0, 0, 0]);
    // In the wrong order the upper limit is the result.
    expect([...inUpper]).toEqual([0, 0, 1, 1]);
    expect(await slopeAt((limit) => clamp(3, -1, limit), 2)).toBe(1);
    expect(await slopeAt((limit) => clamp(0, limit, 1), -2)).toBe(0);
  });

  it("of exponential functions keep their relative accuracy far on the left", async () => {
    for (const [f, exact] of [
      [silu, (x: number) => Math.exp(x) * (1 + x)],
      [softplus, Math.exp],
      [sigmoid, Math.exp],
    ] as const)
      expectAllClose([await slopeAt(f, -300)], [exact(-300)], { relative: 1e-14, absolute: 0 });
  });
});

const point = (values: readonly number[], shape = [values.length]) => referenceArray("float64", shape, values);
const ANY = point([-2.1, -0.7, 0.4, 1.6]);
const INSIDE = point([-0.8, -0.3, 0.25, 0.6]);
const POSITIVE = point([0.3, 0.8, 1.7, 3.2]);
const ABOVE_ONE = point([1.2, 1.7, 2.5, 4]);

// Slopes are compiled anew on webgpu, where software adapters are slow at it: there the activations stand for all.
const NOT_WEBGPU = { devices: ["tensorflow"] } as const;
const EVERYWHERE = { neg, abs, square, exp, expm1, sin, cos, tanh, sigmoid, exp2, sinh, cosh, atan, asinh, erf, erfc };
const LOGARITHMS = { log, log1p, log2, log10, sqrt, rsqrt, reciprocal };
// Half of asin, as the sine that the tests take of it would leave nothing to differentiate.
const BETWEEN = { "half of asin": (x: Tensor) => multiply(asin(x), 0.5), acos, atanh, tan };
for (const [name, f] of Object.entries(EVERYWHERE)) await testDerivatives(name, (x) => f(x), [ANY], NOT_WEBGPU);
for (const [name, f] of Object.entries(LOGARITHMS)) await testDerivatives(name, (x) => f(x), [POSITIVE], NOT_WEBGPU);
for (const [name, f] of Object.entries(BETWEEN)) await testDerivatives(name, (x) => f(x), [INSIDE], NOT_WEBGPU);
await testDerivatives("acosh", (x) => acosh(x), [ABOVE_ONE], NOT_WEBGPU);
for (const [name, f] of Object.entries({ relu, softplus, silu, gelu })) await testDerivatives(name, (x) => f(x), [ANY]);
await testDerivatives("gelu, approximate", (x) => gelu(x, { approximate: "tanh" }), [ANY]);
await testDerivatives("leakyRelu", (x) => leakyRelu(x), [ANY]);
await testDerivatives("leakyRelu by a tensor", (x, slope) => leakyRelu(x, { slope }), [ANY, point([0.2])]);
await testDerivatives("elu", (x) => elu(x), [ANY]);
await testDerivatives("elu by a tensor", (x, alpha) => elu(x, { alpha }), [ANY, point([0.7, 1.3, 0.9, 1])]);
await testDerivatives("clamp by numbers", (x) => clamp(x, -1, 1), [ANY]);
await testDerivatives("clamp by tensors", (x, lower, upper) => clamp(x, lower, upper), [
  ANY,
  point([-1]),
  point([1, 2], [2, 1]),
]);
for (const [name, f] of Object.entries({ add, subtract, multiply, divide, power, atan2, minimum, maximum })) {
  await testDerivatives(name, (a, b) => f(a, b), [POSITIVE, point([1.3, -0.6], [2, 1])], NOT_WEBGPU);
  await testDerivatives(`${name} by a number`, (a) => f(a, 1.3), [POSITIVE], { devices: [] });
  await testDerivatives(`${name} of a number`, (b) => f(1.3, b), [POSITIVE], { devices: [] });
}
