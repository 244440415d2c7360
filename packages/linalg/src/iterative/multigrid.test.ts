import { type Device, InvalidInputError, key, normal, openDevice } from "@ansatz/tensor";
import { expectAllClose, testDevices } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  conjugateGradient,
  gridLaplacian,
  multigridPreconditioner,
  SparseOperator,
  stationaryIteration,
} from "../index.ts";

const devices = (await testDevices()).filter(({ label }) => label === "webgpu" || label === "cpu, 1 thread");

const SHAPES = [[15], [15, 15], [15, 31], [7, 15, 7], [10, 12], [1], [6, 5, 4]];

for (const { label, open } of devices)
  describe(`multigridPreconditioner on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());
    const isExact = label.startsWith("cpu");

    it.each(SHAPES.slice(0, isExact ? SHAPES.length : 2).map((shape) => ({ shape, label: shape.join(" × ") })))(
      "makes conjugate gradients converge in a few iterations on $label",
      async ({ shape }) => {
        using preconditioner = multigridPreconditioner(shape, { device });
        using operator = SparseOperator.from(gridLaplacian(shape), { device });
        using b = normal(key(1), [operator.shape[0]], { device, dtype: device.defaultFloat });
        const { bytes } = device.memory();
        const { x, reason, iterations } = await conjugateGradient(operator, b, { preconditioner });
        expect(reason).toBe("converged");
        expect(iterations).toBeLessThanOrEqual(shape.some((extent) => extent % 2 === 0) ? 2 : 12);
        x.dispose();
        expect(device.memory().bytes).toBe(bytes);
      },
    );

    it("is symmetric: u · M⁻¹ v = v · M⁻¹ u", async () => {
      using preconditioner = multigridPreconditioner([15, 7], { device, smoothings: 1 });
      const [u, v] = [1, 2].map((seed) => normal(key(seed), [105], { device, dtype: device.defaultFloat }));
      const [mu, mv] = [preconditioner(u), preconditioner(v)];
      const [a, b, c, d] = await Promise.all([u, mv, v, mu].map((each) => each.data()));
      const product = (x: ArrayLike<number>, y: ArrayLike<number>) =>
        Array.from(x).reduce((sum, value, k) => sum + value * y[k], 0);
      expectAllClose(Float64Array.of(product(a, b)), Float64Array.of(product(c, d)), {
        absolute: isExact ? 1e-11 : 1e-3,
        relative: 0,
      });
      for (const each of [u, v, mu, mv]) each.dispose();
    });

    it("refuses what it cannot halve or solve", () => {
      for (const shape of [[], [3, 3, 3, 3], [0], [2.5], [4096]])
        expect(() => multigridPreconditioner(shape, { device })).toThrow(InvalidInputError);
      expect(() => multigridPreconditioner([7], { device, smoothings: 0 })).toThrow(InvalidInputError);
      using preconditioner = multigridPreconditioner([7], { device });
      using b = device.zeros([8], device.defaultFloat);
      expect(() => preconditioner(b)).toThrow(InvalidInputError);
    });
  });

it("shrinks errors by the same factor on grids of any size", async () => {
  await using device = await openDevice("cpu");
  const rates: number[] = [];
  for (const edge of [31, 63, 127]) {
    using preconditioner = multigridPreconditioner([edge, edge], { device });
    using operator = SparseOperator.from(gridLaplacian([edge, edge]), { device });
    using b = normal(key(1), [edge ** 2], { device, dtype: "float64" });
    const { x, residuals } = await stationaryIteration(operator, b, {
      preconditioner,
      maximumIterations: 9,
      tolerance: 0,
    });
    x.dispose();
    rates.push((residuals[9] / residuals[5]) ** (1 / 4));
  }
  // Two grids and four smoothing steps leave 0.137 (Trottenberg, Oosterlee, Schüller, table 4.1). A V-cycle solves on the second grid no better than that: 0.166 to 0.178 after 13 cycles, by size.
  for (const rate of rates) expect(rate).toBeLessThan(0.137 * (4 / 3));
  expect(Math.max(...rates) - Math.min(...rates)).toBeLessThan(0.05);
});
