import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { grad } from "../differentiation/transforms.ts";
import { InvalidInputError } from "../errors.ts";
import { add, multiply } from "../kernels/map/binary.ts";
import { square } from "../kernels/map/unary.ts";
import { sum } from "../kernels/reduce/index.ts";
import { child, key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose, testDevices } from "../testing/index.ts";
import { adaHessian, disposeTree, hutchinsonDiagonal } from "./index.ts";

/** Coordinates 1 and 4 of ½ Σ h_i x_i² with h = 1, 10, 100, 1000 from x = 1, by steps of the paper's defaults: two lines of arithmetic per step, as the diagonal is exact. */
function expectedPath(curvature: number, steps: number): number {
  let [x, m, v] = [1, 0, 0];
  for (let t = 1; t <= steps; t++) {
    m = 0.9 * m + 0.1 * curvature * x;
    v = 0.999 * v + 0.001 * curvature ** 2;
    x -= (0.15 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-4);
  }
  return x;
}

for (const { label, open } of await testDevices())
  describe(`AdaHessian on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());
    const values = (list: readonly number[], shape: readonly number[] = [list.length]) =>
      device.tensor(list, shape, device.defaultFloat);

    it("goes the same way whatever the curvature, and leaves no memory behind", async () => {
      const curvatures = values([1, 10, 100, 1000]);
      const bowl = (p: { x: Tensor }) => multiply(sum(multiply(square(p.x), curvatures)), 0.5);
      const optimiser = adaHessian();
      let parameters = { x: values([1, 1, 1, 1]) };
      let state = optimiser.init(parameters);
      const settled = device.memory().tensors;
      for (let k = 1; k <= 50; k++) {
        const next = device.scope(() => {
          const { gradient, diagonal } = hutchinsonDiagonal(bowl, parameters, child(key(4), k));
          return optimiser.update(gradient, diagonal, state, parameters);
        });
        disposeTree(parameters, state);
        ({ parameters, state } = next);
        expect(device.memory().tensors).toBe(settled);
        if (![1, 2, 10, 50].includes(k)) continue;
        const expected = [1, 10, 100, 1000].map((curvature) => expectedPath(curvature, k));
        const tolerance = parameters.x.dtype === "float64" ? 1e-12 : 2e-6;
        expectAllClose(await parameters.x.data(), expected, { relative: 0, absolute: tolerance }, `step ${k}`);
      }
      disposeTree(parameters, state, curvatures);
    });

    it("estimates the diagonal without bias, exactly for diagonal Hessians, with value and gradient", async () => {
      // f = x₀² + x₀ x₁ + 2 x₁²: diagonal 2, 4; each estimate errs by ±1 in both.
      const mix = values([1, 0.5, 0.5, 2], [2, 2]);
      const f = (x: Tensor) => sum(multiply(multiply(x.reshape([2, 1]), x.reshape([1, 2])), mix));
      const x = values([3, -1]);
      const { value, gradient, diagonal } = hutchinsonDiagonal(f, x, key(1), 4);
      expect(await value.item()).toBeCloseTo(8, 4);
      expectAllClose(await gradient.data(), await grad(f)(x).data(), { relative: 1e-5, absolute: 0 });
      const errors = (await diagonal.data()).map((each, index) => each - [2, 4][index]);
      expect(errors[0]).toBeCloseTo(errors[1], 4);
      expect(Math.abs(errors[0])).toBeLessThan(1 + 1e-5);
      const one = await hutchinsonDiagonal(f, x, key(2)).diagonal.data();
      expect(Math.abs(one[0] - 2)).toBeCloseTo(1, 4);
    });

    it("averages magnitudes of the diagonal over the window of each filter", async () => {
      const filter = values([0, 0, 0, 0], [1, 2, 2]);
      const gradients = values([1, 1, 1, 1], [1, 2, 2]);
      const diagonal = values([1, -3, 5, 5], [1, 2, 2]);
      const [together, apart] = [true, false].map((spatialAveraging) => {
        const optimiser = adaHessian({ spatialAveraging, learningRate: 1, epsilon: 0, firstDecay: 0, secondDecay: 0 });
        return optimiser.update(gradients, diagonal, optimiser.init(filter), filter).parameters;
      });
      const close = { relative: 1e-5, absolute: 0 };
      expectAllClose(await together.data(), [-1 / 2, -1 / 2, -1 / 5, -1 / 5], close);
      expectAllClose(await apart.data(), [-1, -1 / 3, -1 / 5, -1 / 5], close);
    });

    it("is gradient descent for a power of 0, and decays weights by themselves", async () => {
      const x = values([2]);
      const optimiser = adaHessian({ hessianPower: 0, epsilon: 0, learningRate: 0.5, weightDecay: 0.1 });
      const { parameters } = optimiser.update(values([3]), values([100]), optimiser.init(x), x);
      expectAllClose(await parameters.data(), [2 - 0.5 * (3 + 0.1 * 2)], { relative: 1e-5, absolute: 0 });
    });
  });

describe("AdaHessian", () => {
  it("refuses options and trees that make no sense, naming them", async () => {
    const refuses = (run: () => unknown, argument: string) =>
      expect(run, argument).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
    refuses(() => adaHessian({ hessianPower: 2 }), "adaHessian: options.hessianPower");
    refuses(() => adaHessian({ firstDecay: 1 }), "adaHessian: options.firstDecay");
    const [{ open }] = await testDevices();
    await using device = await open();
    const x = device.zeros([2], "float64");
    const optimiser = adaHessian();
    refuses(() => optimiser.update(x, device.zeros([3], "float64"), optimiser.init(x), x), "update: diagonal");
    refuses(() => hutchinsonDiagonal((p) => sum(add(p, 0)), x, key(0), 0), "hutchinsonDiagonal: probes");
    refuses(() => hutchinsonDiagonal(() => x, [], key(0)), "hutchinsonDiagonal: parameters");
  });
});
