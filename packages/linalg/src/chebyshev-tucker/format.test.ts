import { InvalidInputError, openDevice, UnsupportedError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { uniformGrid } from "./experiment/grid-error.ts";
import { ChebyshevTucker } from "./format.ts";
import { chebyshevTucker, type TrivariateFunction } from "./index.ts";

const f: TrivariateFunction = (x, y, z) => Math.sin(x + 2 * y) * Math.exp(z) + x * y * z;
const { approximation } = await chebyshevTucker(f, { nodes: 20, tolerance: 1e-12 });
const points = Float64Array.from({ length: 60 }, (_, at) => Math.sin(at * at));

describe("ChebyshevTucker", () => {
  it("has the same values at points and on grids", async () => {
    const [x, y, z] = [uniformGrid(3), uniformGrid(4), uniformGrid(5)];
    const onGrid = await approximation.evaluateGrid(x, y, z);
    const scattered = [...x].flatMap((a) => [...y].flatMap((b) => [...z].flatMap((c) => [a, b, c])));
    const values = await approximation.evaluate(scattered);
    for (const [at, value] of values.entries()) {
      expect(Math.abs(value - onGrid[at])).toBeLessThan(1e-12);
      expect(Math.abs(value - f(scattered[3 * at], scattered[3 * at + 1], scattered[3 * at + 2]))).toBeLessThan(1e-10);
    }
  });

  it("has the gradient of the function", async () => {
    const gradients = await approximation.gradient(points);
    for (let at = 0; at < 20; at++) {
      const [x, y, z] = points.subarray(3 * at, 3 * at + 3);
      const [wave, slope] = [Math.sin(x + 2 * y), Math.cos(x + 2 * y)];
      const exact = [slope * Math.exp(z) + y * z, 2 * slope * Math.exp(z) + x * z, wave * Math.exp(z) + x * y];
      // A derivative loses m² of the relative error.
      for (let axis = 0; axis < 3; axis++) expect(Math.abs(gradients[3 * at + axis] - exact[axis])).toBeLessThan(1e-9);
    }
  });

  it("becomes a Tucker tensor with orthonormal factors on any grid", async () => {
    const grids = [uniformGrid(30), uniformGrid(25), uniformGrid(20)] as const;
    const tucker = await approximation.toGridTucker(...grids);
    const values = await approximation.evaluateGrid(...grids);
    const [r1, r2, r3] = tucker.ranks;
    const [u, v, w] = tucker.factors;
    for (const [i, j, k] of [
      [0, 0, 0],
      [29, 3, 7],
      [11, 24, 19],
    ]) {
      let sum = 0;
      for (let p = 0; p < r1; p++)
        for (let q = 0; q < r2; q++)
          for (let s = 0; s < r3; s++)
            sum += tucker.core[(p * r2 + q) * r3 + s] * u[i * r1 + p] * v[j * r2 + q] * w[k * r3 + s];
      expect(Math.abs(sum - values[(i * 25 + j) * 20 + k])).toBeLessThan(1e-12);
    }
    for (let p = 0; p < r1; p++)
      for (let q = 0; q <= p; q++) {
        let inner = 0;
        for (let i = 0; i < 30; i++) inner += u[i * r1 + p] * u[i * r1 + q];
        expect(Math.abs(inner - (p === q ? 1 : 0))).toBeLessThan(1e-13);
      }
    await expect(approximation.toGridTucker(uniformGrid(2), uniformGrid(25), uniformGrid(20))).rejects.toThrow(
      /axis 0/,
    );
  });

  it("refuses points outside of the box, or moves them to it", async () => {
    await expect(approximation.evaluate([0, 0, 0, 0, 1.5, 0])).rejects.toThrow(/number 1, axis 1/);
    await expect(approximation.evaluate([0, Number.NaN, 0], { outside: "clamp" })).rejects.toThrow(InvalidInputError);
    await expect(approximation.evaluate([0, 0])).rejects.toThrow(/points/);
    const [clamped] = await approximation.evaluate([0, 1.5, 0], { outside: "clamp" });
    expect(Math.abs(clamped - f(0, 1, 0))).toBeLessThan(1e-10);
    expect(await approximation.evaluate([])).toHaveLength(0);
  });

  it("evaluates in float32, on GPUs too, and leaves nothing there", async () => {
    const exact = await approximation.evaluate(points);
    for (const kind of ["cpu", "webgpu", "tensorflow"] as const) {
      const device = await openDevice(kind).catch(() => undefined);
      if (!device) continue;
      await using opened = device;
      const before = opened.memory().tensors;
      const values = await approximation.evaluate(points, { device: opened, dtype: "float32" });
      // 2⁻²⁴ times the rounding errors of 20 coefficients, values up to 4.
      for (const [at, value] of values.entries()) expect(Math.abs(value - exact[at])).toBeLessThan(2e-5);
      expect(opened.memory().tensors).toBe(before);
      if (kind === "webgpu") {
        await expect(approximation.evaluate(points, { device: opened, dtype: "float64" })).rejects.toThrow(
          UnsupportedError,
        );
        await expect(chebyshevTucker(f, { nodes: 5, device: opened })).rejects.toThrow(/chebyshevTucker/);
      }
    }
  });

  it("refuses parts that do not fit", () => {
    const parts = { ...approximation, domain: approximation.domain };
    expect(() => new ChebyshevTucker({ ...parts, core: new Float64Array(2) })).toThrow(/core/);
    expect(() => new ChebyshevTucker({ ...parts, coefficientCounts: [21, 20, 20] })).toThrow(/factors\[0\]/);
    expect(approximation.size).toBe(
      approximation.core.length + 20 * (approximation.ranks[0] + approximation.ranks[1] + approximation.ranks[2]),
    );
  });
});
