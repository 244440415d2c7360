import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { openDevice } from "../../device/open.ts";
import { vmap } from "../../differentiation/batching.ts";
import { jet } from "../../differentiation/transforms.ts";
import { InvalidInputError } from "../../errors.ts";
import { referenceArray } from "../../kernel.ts";
import type { Tensor } from "../../tensor.ts";
import { caseRandom, expectAllClose, testDerivatives, testDevices, testKernel } from "../../testing/index.ts";
import { exp } from "../map/unary.ts";
import { logSoftmax, type SoftmaxAlgorithm, softmax, softmaxKernel } from "./index.ts";
import { SOFTMAX_ALGORITHMS } from "./options.ts";
import { softmaxReference } from "./reference.ts";

await testKernel(softmaxKernel);

const POINT = [0.3, -1.2, 2.5, 0.7, -0.4, 1.9, -2.2, 0.8, 1.1, -0.9, 0.2, 1.4];
const matrix = [referenceArray("float64", [3, 4], POINT)];
await testDerivatives("softmax along rows", (x) => softmax(x), matrix, { jetOrder: 4 });
await testDerivatives("softmax along columns, tempered", (x) => softmax(x, { axis: 0, temperature: 0.7 }), matrix);
await testDerivatives("log softmax along rows", (x) => logSoftmax(x), matrix, { jetOrder: 4 });
await testDerivatives("log softmax along columns", (x) => logSoftmax(x, { axis: -2 }), matrix);

/** Half an ulp of 1. */
const U = 2 ** -24;

for (const { label, open } of await testDevices())
  describe(`softmax on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("divides by the temperature first", async () => {
      using x = device.tensor([1, 2, 3, 4, 5, 7], [2, 3]);
      using warm = softmax(x, { temperature: 2 });
      using half = device.tensor([0.5, 1, 1.5, 2, 2.5, 3.5], [2, 3]);
      using expected = softmax(half);
      expectAllClose(await warm.data(), await expected.data(), { relative: 4 * U, absolute: 0 });
      using logarithm = logSoftmax(x, { temperature: 2 });
      using back = exp(logarithm);
      expectAllClose(await back.data(), await expected.data(), { relative: 32 * U, absolute: 0 });
    });

    it("is the same for examples one by one and together", async () => {
      const values = caseRandom(5).array([3, 4, 5], "float32");
      using x = device.tensor(Float32Array.from(values.data), values.shape);
      using together = softmax(x, { axis: 1 });
      using apart = vmap((each: Tensor) => softmax(each, { axis: 0 }))(x);
      expect(await apart.data()).toEqual(await together.data());
    });

    for (const algorithm of SOFTMAX_ALGORITHMS)
      it(`does not mind a shift (${algorithm})`, async () => {
        // Multiples of 2⁻¹⁰, so that the shift is exact.
        const values = Float32Array.from(
          caseRandom(6).array([5000], "float32", { scale: 3 }).data,
          (value) => Math.round(value * 1024) / 1024,
        );
        using x = device.tensor(values, [5000]);
        using y = softmax(x, { algorithm });
        const expected = await y.data();
        for (const shift of [-1000, 1000]) {
          using shifted = device.tensor(
            values.map((value) => value + shift),
            [5000],
          );
          using z = softmax(shifted, { algorithm });
          expectAllClose(await z.data(), expected, { relative: 4e-6, absolute: 0 });
        }
        using large = device.tensor([1000, 1000.5, 999], [3]);
        using three = softmax(large, { algorithm });
        expectAllClose(await three.data(), [0.33149896, 0.54654939, 0.12195165], { relative: 2e-7, absolute: 5e-9 });
      });

    it("does lines that need more than two rounds of merging", async () => {
      const x = caseRandom(7).array([1 << 19], "float32", { scale: 5 });
      using input = device.tensor(Float32Array.from(x.data), x.shape);
      for (const algorithm of ["two-pass", "online"] as const) {
        using y = softmax(input, { algorithm });
        const options = { axis: 0, algorithm, logarithm: false };
        expectAllClose(
          await y.data(),
          softmaxReference(x, options).data,
          softmaxKernel.tolerance("float32", [x], options),
        );
      }
    });

    it("is refused for what has no softmax", () => {
      using x = device.tensor([1, 2], [1, 2]);
      using scalar = device.tensor([1], []);
      using nothing = device.zeros([2, 0], "float32");
      using integers = device.tensor(Int32Array.of(1, 2)) as never;
      expect(() => softmax(integers)).toThrow('softmax: x: expected a tensor of float32, float64, got "int32"');
      expect(() => logSoftmax(integers)).toThrow("logSoftmax: x");
      expect(() => softmax(scalar)).toThrow("softmax: x: expected a tensor of rank 1 or more");
      expect(() => softmax(nothing)).toThrow("softmax: x: expected at least one element along the axis");
      expect(() => softmax(x, { axis: 2 })).toThrow("softmax: axis: expected an integer in [-2, 2), got 2");
      for (const temperature of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
        expect(() => softmax(x, { temperature })).toThrow("softmax: temperature");
      expect(() => softmax(x, { algorithm: "four-pass" as never })).toThrow("softmax: algorithm");
      const logarithm = { axis: 0, algorithm: "two-pass", logarithm: true } as const;
      expect(() => softmaxKernel.run([x], logarithm)).toThrow(InvalidInputError);
    });
  });

describe("softmax on cpu", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 2 });
  });
  afterAll(() => device.dispose());

  /** Relative error of an entry above 1e-37 in half ulps of 1, the largest of (error − slope · |x − μ|) over all; and |Σ y − 1|. */
  async function errorsOf(length: number, algorithm: SoftmaxAlgorithm, slope: number) {
    const x = caseRandom(length).array([length], "float32", { scale: 10 });
    const options = { axis: 0, algorithm, logarithm: false };
    const { data: expected } = softmaxReference(x, options);
    using input = device.tensor(Float32Array.from(x.data), x.shape);
    using output = softmax(input, { algorithm });
    const largest = Array.from(x.data).reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    let excess = 0;
    let total = 0;
    for (const [index, value] of (await output.data()).entries()) {
      total += value;
      if (expected[index] <= 1e-37) continue;
      const error = Math.abs(value / expected[index] - 1) / U;
      excess = Math.max(excess, error - slope * (largest - x.data[index]));
    }
    return { excess, sumError: Math.abs(total - 1) };
  }

  it("is accurate to 1e-6 by the two-pass algorithm, however small the entry", async () => {
    for (const length of [1e3, 1e4, 1e5, 1e6]) {
      const { excess, sumError } = await errorsOf(length, "two-pass", 0);
      expect(excess * U).toBeLessThan(1e-6);
      expect(sumError).toBeLessThan(1e-6);
    }
  });

  it("loses what rounding x − μ costs by the others", async () => {
    for (const algorithm of ["three-pass-recompute", "three-pass-reload", "online"] as const) {
      const { excess, sumError } = await errorsOf(1e5, algorithm, 1);
      expect(excess).toBeLessThan(16);
      expect(sumError).toBeLessThan(1e-6);
    }
  });

  it("adds up millions of equal terms without losing digits", async () => {
    const length = 1 << 21;
    using x = device.full([length], 0.37, "float32");
    for (const algorithm of SOFTMAX_ALGORITHMS) {
      using y = softmax(x, { algorithm });
      const values = await y.data();
      expect(Math.abs(values[0] * length - 1)).toBeLessThan(8 * U);
      expect(values[length - 1]).toBe(values[0]);
    }
  });

  it("sums up a slowly rising line without rounding it away", async () => {
    const x = referenceArray(
      "float32",
      [300_000],
      Float32Array.from({ length: 300_000 }, (_, index) => index / 1000),
    );
    for (const algorithm of SOFTMAX_ALGORITHMS) {
      const options = { axis: 0, algorithm, logarithm: false };
      using input = device.tensor(Float32Array.from(x.data), x.shape);
      using y = softmax(input, { algorithm });
      expectAllClose(
        await y.data(),
        softmaxReference(x, options).data,
        softmaxKernel.tolerance("float32", [x], options),
      );
    }
  });

  it("gives the same bits whatever the number of threads", async () => {
    await using one = await openDevice("cpu", { threads: 1 });
    await using three = await openDevice("cpu", { threads: 3 });
    for (const shape of [[300_007], [20_000, 17], [3, 100_001]])
      for (const algorithm of SOFTMAX_ALGORITHMS)
        for (const large of [1, 200]) {
          const values = Float32Array.from(
            { length: shape.reduce((a, b) => a * b) },
            (_, index) => Math.sin(index) * 10 * large,
          );
          const results = [];
          for (const each of [one, three]) {
            using x = each.tensor(values, shape);
            using y = softmax(x, { axis: shape.length === 2 && shape[0] > 3 ? 0 : -1, algorithm });
            results.push(await y.data());
          }
          expect(results[0]).toEqual(results[1]);
        }
  });

  it("takes the place of its argument", async () => {
    const shapes: [number[], number][] = [
      [[7, 5], 1],
      [[3, 301], 1],
      [[100_003], 0],
      [[40, 22], 0],
      [[600, 3], 0],
    ];
    for (const [shape, axis] of shapes)
      for (const options of [...SOFTMAX_ALGORITHMS, "auto" as const].map((algorithm) => ({
        axis,
        algorithm,
        logarithm: false,
      }))) {
        const array = caseRandom(9).array(shape, "float32", { scale: 4 });
        using x = device.tensor(Float32Array.from(array.data), shape);
        using y = softmaxKernel.run([x], options)[0];
        softmaxKernel.runInto([x], [x], options);
        expect(await x.data()).toEqual(await y.data());
      }
  });

  it("has Taylor coefficients of high order at a cost that does not double with each", () => {
    using x = device.tensor(Float64Array.of(0.3, -0.2, 0.9), [3]);
    using v = device.tensor(Float64Array.of(1, -0.5, 0.25), [3]);
    for (const f of [softmax, logSoftmax]) {
      const evaluations = countOf(device, () => jet((each) => f(each), x, [v, ...new Array<null>(11).fill(null)]));
      // Order²: 144 times a handful of operations, where nesting would take 4096 times as many.
      expect(evaluations).toBeLessThan(1500);
    }
  });
});

/** Kernels run by a function. */
function countOf(device: Device, body: () => unknown): number {
  const original = device.runKernel;
  let count = 0;
  device.runKernel = ((...parameters: Parameters<typeof original>) => {
    count++;
    return original.apply(device, parameters);
  }) as typeof original;
  try {
    device.scope(() => {
      body();
    });
  } finally {
    device.runKernel = original;
  }
  return count;
}
