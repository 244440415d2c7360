import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device, DeviceKind } from "../../device/device.ts";
import { openDevice } from "../../device/open.ts";
import { InvalidInputError } from "../../errors.ts";
import { expectAllClose, testDevices, testKernel } from "../../testing/index.ts";
import { logSumExp, max, mean, min, prod, reduceKernel, sum } from "./index.ts";

await testKernel(reduceKernel);

/** Half an ulp of 1. */
const U = 2 ** -24;

/** Bounds on |error| / (u Σ|x|) of two passes; on tensorflow, of running totals of 512 and what is left. */
const SUM_BOUNDS: Readonly<Record<DeviceKind, number>> = { cpu: 10, webgpu: 60, tensorflow: 1030 };

for (const { label, open } of await testDevices())
  describe(`reductions on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("add a million numbers of one sign within the stated bound", async () => {
      const values = new Float32Array(1_000_002).fill(0.1);
      for (const columns of [1, 3]) {
        using x = device.tensor(values, [values.length / columns, columns]);
        using y = sum(x, { axes: 0 });
        const exact = (values.length / columns) * Math.fround(0.1);
        for (const value of await y.data())
          expect(Math.abs(value - exact)).toBeLessThanOrEqual(SUM_BOUNDS[device.kind] * U * exact);
      }
    });

    it("take the logarithm of a long, slowly rising row without losing digits", async () => {
      const values = Float32Array.from({ length: 300_000 }, (_, index) => index / 1000);
      // Σ exp(i h) for i < n, as a geometric series: exp((n − 1) h) / (1 − exp(−h)), but for e⁻³⁰⁰.
      const expected = 299.999 - Math.log(-Math.expm1(-0.001));
      using x = device.tensor(values, [values.length]);
      using y = logSumExp(x);
      // The rounding of the values themselves comes on top of the kernel's tolerance: an ulp of 300.
      expectAllClose(await y.data(), [expected], { relative: 0, absolute: 2 ** -15 + 40 * U });
    });

    it("keep reduced axes when asked to, and take negative ones", async () => {
      using x = device.tensor([1, 2, 3, 4, 5, 6], [1, 2, 3]);
      using flat = sum(x, { axes: -1 });
      using kept = sum(x, { axes: [0, 2], keepDimensions: true });
      expect([flat.shape, kept.shape]).toEqual([
        [1, 2],
        [1, 2, 1],
      ]);
      expect(await kept.data()).toEqual(Float32Array.of(6, 15));
    });

    it("count, find any and find all of bools", async () => {
      using x = device.tensor(Uint8Array.of(1, 0, 1, 1, 1, 1), [2, 3]);
      using count = sum(x, { axes: 1 });
      using any = max(x, { axes: 0 });
      using all = min(x, { axes: 1 });
      expect(await count.data()).toEqual(Int32Array.of(2, 3));
      expect(await any.data()).toEqual(Uint8Array.of(1, 1, 1));
      expect(await all.data()).toEqual(Uint8Array.of(0, 1));
    });

    it("read inputs that were reshaped and outputs of each other", async () => {
      using x = device.tensor([3, 1, 2, 6], [4]);
      using square = x.reshape([2, 2]);
      using column = mean(square, { axes: 0 });
      using product = prod(column);
      expect(await product.item()).toBe(2.5 * 3.5);
    });

    it("are refused for wrong axes, dtypes and nothing to reduce", () => {
      using x = device.tensor([1, 2], [1, 2]);
      using integers = device.tensor(Int32Array.of(1, 2));
      using bools = device.tensor(Uint8Array.of(1, 0));
      using none = device.zeros([2, 0], "float32");
      expect(() => sum(x, { axes: 2 })).toThrow("sum: axis: expected an integer in [-2, 2), got 2");
      expect(() => max(x, { axes: [0, -2] })).toThrow("max: axis: expected distinct axes");
      expect(() => mean(integers)).toThrow('mean: x: expected a tensor of float32, float64, got "int32"');
      expect(() => logSumExp(bools)).toThrow(InvalidInputError);
      expect(() => prod(bools)).toThrow(InvalidInputError);
      for (const reduce of [max, min, mean])
        expect(() => reduce(none, { axes: 1 })).toThrow("at least one element to reduce");
      expect(() => reduceKernel.run([x], { operation: "median" as never })).toThrow(InvalidInputError);
    });
  });

describe("reductions on cpu", () => {
  it("give the same bits whatever the number of threads", async () => {
    await using one = await openDevice("cpu", { threads: 1 });
    await using three = await openDevice("cpu", { threads: 3 });
    const values = Float32Array.from({ length: 700_007 }, (_, index) => Math.sin(index) * 10);
    for (const reduce of [sum, logSumExp])
      for (const columns of [1, 7]) {
        const results = [];
        for (const device of [one, three]) {
          using x = device.tensor(values, [values.length / columns, columns]);
          using y = reduce(x, { axes: 0 });
          results.push(await y.data());
        }
        expect(results[0]).toEqual(results[1]);
      }
  });
});
