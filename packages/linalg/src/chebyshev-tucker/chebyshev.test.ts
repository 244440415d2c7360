import { openDevice } from "@ansatz/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chebyshevMatrix,
  chebyshevNodes,
  coefficientMatrix,
  coefficientsAlong,
  derivativeCoefficients,
} from "./chebyshev.ts";
import { splineValues } from "./spline.ts";

describe("Chebyshev coefficients", () => {
  it("are taken at symmetric nodes with exact ends and middle", () => {
    const nodes = chebyshevNodes(9, [2, 6]);
    expect([nodes[0], nodes[4], nodes[8]]).toEqual([6, 4, 2]);
    for (let j = 0; j < 9; j++) expect(nodes[j] + nodes[8 - j]).toBe(8);
    expect([...chebyshevNodes(1, [2, 6])]).toEqual([4]);
  });

  it("of T_k are the k-th unit vector, by the matrix", () => {
    const m = 12;
    const matrix = coefficientMatrix(m);
    const basis = chebyshevMatrix(chebyshevNodes(m), m);
    for (let i = 0; i < m; i++)
      for (let k = 0; k < m; k++) {
        let sum = 0;
        for (let j = 0; j < m; j++) sum += matrix[i * m + j] * basis[j * m + k];
        expect(Math.abs(sum - (i === k ? 1 : 0))).toBeLessThan(1e-14);
      }
  });

  it("by Fourier transforms are those by the matrix, along any axis", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    const m = 67;
    for (const axis of [0, 1, 2]) {
      const shape = [2, 3, 4].map((extent, at) => (at === axis ? m : extent));
      using values = device.tensor(
        Float64Array.from({ length: (m * 24) / [2, 3, 4][axis] }, (_, at) => Math.sin(at * at)),
        shape,
        "float64",
      );
      using coefficients = coefficientsAlong(values, axis);
      const got = (await coefficients.data()) as Float64Array;
      const given = (await values.data()) as Float64Array;
      const matrix = coefficientMatrix(m);
      const stride = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
      const base = axis === 0 ? 5 : axis === 1 ? m * 4 + 2 : m * 4;
      for (const i of [0, 1, 33, m - 1]) {
        let sum = 0;
        for (let j = 0; j < m; j++) sum += matrix[i * m + j] * given[base + j * stride];
        expect(Math.abs(got[base + i * stride] - sum)).toBeLessThan(1e-14);
      }
    }
  });

  it("of derivatives are exact for polynomials on any interval", () => {
    // x³ on [0, 4], by its values at 5 nodes.
    const interval = [0, 4] as const;
    const nodes = chebyshevNodes(5, interval);
    const matrix = coefficientMatrix(5);
    const cube = Float64Array.from({ length: 5 }, (_, i) =>
      nodes.reduce((sum, x, j) => sum + matrix[i * 5 + j] * x ** 3, 0),
    );
    const slope = derivativeCoefficients(cube, 5, interval);
    const at = [0, 0.3, 2, 4];
    const basis = chebyshevMatrix(at, 5, interval);
    for (const [row, x] of at.entries()) {
      let value = 0;
      for (let i = 0; i < 5; i++) value += basis[row * 5 + i] * slope[i];
      expect(Math.abs(value - 3 * x * x)).toBeLessThan(1e-12);
    }
    expect([...derivativeCoefficients(Float64Array.of(3), 1)]).toEqual([0]);
  });
});

describe("splines", () => {
  it("reproduce cubics from four samples on, half a cell beyond the last included", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 30 }),
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
        (count, c) => {
          const f = (x: number) => c[0] + x * (c[1] + x * (c[2] + x * c[3]));
          const h = 3 / count;
          const samples = Float64Array.from({ length: count }, (_, i) => f(-1 + (i + 0.5) * h));
          const at = [-1, -0.7, 0.123, 1.9, 2];
          const values = splineValues(samples, count, at, [-1, 2]);
          for (const [k, x] of at.entries()) expect(Math.abs(values[k] - f(x))).toBeLessThan(1e-10);
        },
      ),
    );
  });

  it("converge with the fourth power of the cell", () => {
    const errors = [16, 32, 64, 128].map((count) => {
      const h = 2 / count;
      const samples = Float64Array.from({ length: count }, (_, i) => Math.sin(3 * (-1 + (i + 0.5) * h)));
      const at = Float64Array.from({ length: 201 }, (_, i) => -1 + i / 100);
      return splineValues(samples, count, at, [-1, 1]).reduce(
        (worst, value, k) => Math.max(worst, Math.abs(value - Math.sin(3 * at[k]))),
        0,
      );
    });
    const slope = Math.log2(errors[0] / errors[3]) / 3;
    expect(slope).toBeGreaterThan(3.7);
    expect(slope).toBeLessThan(4.6);
  });
});
