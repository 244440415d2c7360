import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { grad } from "../../differentiation/transforms.ts";
import { referenceArray } from "../../kernel.ts";
import type { Tensor } from "../../tensor.ts";
import { expectAllClose, testDerivatives, testDevices } from "../../testing/index.ts";
import { norm, standardDeviation, variance } from "./statistics.ts";

const POINT = [0.3, -1.2, 2.5, 0.7, -0.4, 1.9, -2.2, 0.8, 1.1, -0.9, 0.2, 1.4];
const matrix = [referenceArray("float64", [3, 4], POINT)];
const complexPoint = [referenceArray("complex128", [2, 3], POINT)];

await testDerivatives("variance over rows", (x) => variance(x, { axes: 1, correction: 1 }), matrix);
await testDerivatives("standard deviation over columns", (x) => standardDeviation(x, { axes: 0 }), matrix);
await testDerivatives("2-norm over rows", (x) => norm(x, { axes: 1 }), matrix);
await testDerivatives("1-norm of all", (x) => norm(x, { order: 1 }), matrix);
await testDerivatives("3-norm over columns", (x) => norm(x, { axes: 0, order: 3, keepDimensions: true }), matrix);
await testDerivatives("largest magnitude", (x) => norm(x, { axes: 1, order: Number.POSITIVE_INFINITY }), matrix);
await testDerivatives("2-norm of complex numbers", (x) => norm(x, { axes: 1 }), complexPoint);
await testDerivatives("variance of complex numbers", (x) => variance(x), complexPoint);

/** A dozen roundings of float32. */
const TOLERANCE = { relative: 1e-6, absolute: 0 };

for (const { label, open } of await testDevices())
  describe(`statistics on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("are those of NumPy, with and without correction", async () => {
      // numpy.var, numpy.std and numpy.linalg.norm of these numbers, checked by hand.
      using x = device.tensor([1, 2, 4, 8, -3, 3], [2, 3]);
      using population = variance(x, { axes: 1 });
      using sample = variance(x, { axes: 1, correction: 1, keepDimensions: true });
      using deviation = standardDeviation(x, { correction: 1 });
      expectAllClose(await population.data(), [14 / 9, 182 / 9], TOLERANCE);
      expect(sample.shape).toEqual([2, 1]);
      expectAllClose(await sample.data(), [7 / 3, 91 / 3], TOLERANCE);
      expectAllClose(await deviation.data(), [Math.sqrt(13.1)], TOLERANCE);
    });

    it("are norms of every order", async () => {
      using x = device.tensor([3, -4, 0, 1, 2, -2], [2, 3]);
      const norms: [number, number[]][] = [
        [1, [7, 5]],
        [2, [5, 3]],
        [3, [91 ** (1 / 3), 17 ** (1 / 3)]],
        [200, [4 * (1 + 0.75 ** 200) ** (1 / 200), 2 * (2 + 0.5 ** 200) ** (1 / 200)]],
        [Number.POSITIVE_INFINITY, [4, 2]],
      ];
      for (const [order, expected] of norms) {
        using y = norm(x, { axes: 1, order });
        expectAllClose(await y.data(), expected, { relative: 5e-6, absolute: 0 }, `order ${order}`);
      }
    });

    it("lose no digits where the mean is large", async () => {
      using x = device.tensor([10_001, 10_002, 10_003, 10_004], [4]);
      using y = variance(x);
      expectAllClose(await y.data(), [1.25], TOLERANCE);
    });

    it("neither overflow nor underflow", async () => {
      using x = device.tensor([3e30, -4e30, 3e-30, 4e-30, 0, 0], [3, 2]);
      for (const order of [2, 5]) {
        using y = norm(x, { axes: 1, order });
        const unit = (3 ** order + 4 ** order) ** (1 / order);
        expectAllClose(await y.data(), [unit * 1e30, unit * 1e-30, 0], { relative: 2e-6, absolute: 0 });
      }
      using deviation = standardDeviation(x, { axes: 1 });
      expectAllClose(await deviation.data(), [3.5e30, 0.5e-30, 0], { relative: 2e-6, absolute: 0 });
    });

    it("pass on what is not finite", async () => {
      const infinity = Number.POSITIVE_INFINITY;
      using x = device.tensor([infinity, 1, -infinity, infinity, Number.NaN, 1], [3, 2]);
      for (const order of [1, 2, 3, infinity]) {
        using y = norm(x, { axes: 1, order });
        expect([...(await y.data())]).toEqual([infinity, infinity, Number.NaN]);
      }
    });

    it("have gradient 0 where they have none: at zeros, and where nothing varies", async () => {
      using zeros = device.zeros([3], "float32");
      using same = device.full([3], 2, "float32");
      for (const order of [1, 2, 3, Number.POSITIVE_INFINITY]) {
        using slope = grad((x: Tensor) => norm(x, { order }))(zeros);
        expect([...(await slope.data())]).toEqual([0, 0, 0]);
      }
      using slope = grad((x: Tensor) => standardDeviation(x))(same);
      expect([...(await slope.data())]).toEqual([0, 0, 0]);
    });

    it("are 0 for a norm of nothing, and refused for what has no value", () => {
      using nothing = device.zeros([2, 0], "float32");
      using integers = device.tensor(Int32Array.of(1, 2));
      using x = device.tensor([1, 2], [2]);
      using y = norm(nothing, { axes: 1 });
      expect(y.shape).toEqual([2]);
      expect(() => norm(nothing, { axes: 1, order: Number.POSITIVE_INFINITY })).toThrow("at least one element");
      expect(() => norm(x, { order: 0.5 })).toThrow("norm: order: expected a number ≥ 1, or Infinity, got 0.5");
      expect(() => norm(x, { axes: 1 })).toThrow("norm: axis");
      expect(() => norm(integers)).toThrow("norm: x: expected a tensor of floats or complex numbers");
      expect(() => variance(integers)).toThrow("variance: x");
      expect(() => variance(x, { correction: 2 })).toThrow("variance: correction: expected a number below 2");
      expect(() => standardDeviation(nothing, { axes: 1 })).toThrow("standardDeviation: correction");
    });

    it("leave nothing behind", () => {
      const before = device.memory().tensors;
      using x = device.tensor([1, 2, 4], [3]);
      for (const statistic of [variance, standardDeviation, norm]) statistic(x).dispose();
      x.dispose();
      expect(device.memory().tensors).toBe(before);
    });
  });
