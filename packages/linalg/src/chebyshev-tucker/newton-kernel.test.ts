import { describe, expect, it } from "vitest";
import { chebyshevTuckerFromCanonical } from "./canonical.ts";
import { uniformGrid } from "./experiment/grid-error.ts";
import {
  exponentForRadius,
  gaussianSumAt,
  joinCanonical,
  latticeCanonical,
  newtonGaussians,
  particleCanonical,
  separateRanges,
} from "./newton-kernel.ts";

/** Largest relative error of 1/r for r in [10⁻³, 2√3]. */
function quadratureError(terms: number, step: number): number {
  const sum = newtonGaussians({ terms, step });
  let worst = 0;
  for (let k = 0; k <= 3000; k++) {
    const r = 1e-3 * (2000 * Math.sqrt(3)) ** (k / 3000);
    worst = Math.max(worst, Math.abs(gaussianSumAt(sum, r) * r - 1));
  }
  return worst;
}

const canonicalAt = (canonical: ReturnType<typeof latticeCanonical>, point: readonly number[]) => {
  const columns = point.map((x, axis) => canonical.columns(axis, Float64Array.of(x)));
  return canonical.weights.reduce((sum, weight, k) => sum + weight * columns[0][k] * columns[1][k] * columns[2][k], 0);
};

describe("the Newton kernel as a sum of Gaussians", () => {
  it("is exact to 5·10⁻¹⁰ from a thousandth of the box on", () => {
    expect(quadratureError(64, 0.17)).toBeLessThan(5e-10);
    // The other choices of the specification, whose errors are 1.2e-8 and 3.6e-4.
    expect(quadratureError(60, 0.2)).toBeLessThan(1.3e-8);
    expect(quadratureError(30, 0.35)).toBeLessThan(3.8e-4);
  });

  it("scales with the unit of length", () => {
    const sum = newtonGaussians({ scale: 20 });
    for (const r of [0.02, 1, 69]) expect(Math.abs(gaussianSumAt(sum, r) * r - 1)).toBeLessThan(5e-10);
  });

  it("is separated by exponent, and by radius", () => {
    const whole = newtonGaussians();
    const { longRange, shortRange } = separateRanges(whole, 8);
    expect(longRange.exponents.length + shortRange.exponents.length).toBe(65);
    expect(Math.max(...longRange.exponents)).toBeLessThanOrEqual(8);
    const exponent = exponentForRadius(0.5, 1e-10);
    expect(Math.exp(-((exponent * 0.5) ** 2))).toBeCloseTo(1e-10, 16);
    expect(() => separateRanges(whole, -1)).toThrow(/largestExponent/);
  });

  it("refuses options out of range", () => {
    expect(() => newtonGaussians({ terms: 0 })).toThrow(/terms/);
    expect(() => newtonGaussians({ step: 0 })).toThrow(/step/);
    expect(() => newtonGaussians({ scale: Number.NaN })).toThrow(/scale/);
    expect(() => exponentForRadius(0, 0.1)).toThrow(/radius/);
  });
});

describe("lattices", () => {
  const { longRange } = separateRanges(newtonGaussians(), 8);
  const lattice = { counts: [8, 8, 8], origin: [-0.875, -0.875, -0.875], spacing: [0.25, 0.25, 0.25] } as const;
  const sites = Array.from({ length: 512 }, (_, at) =>
    [at >> 6, (at >> 3) & 7, at & 7].map((index) => -0.875 + 0.25 * index),
  );

  it("of 512 charges are as many terms as one charge, and equal direct summation to 10⁻¹²", () => {
    const assembled = latticeCanonical(lattice, longRange);
    expect(assembled.weights).toHaveLength(longRange.exponents.length);
    for (const point of [
      [0, 0, 0],
      [0.31, -0.2, 0.9],
      [-1, 1, 0.125],
    ]) {
      const direct = sites.reduce(
        (sum, site) => sum + gaussianSumAt(longRange, Math.hypot(...site.map((x, axis) => x - point[axis]))),
        0,
      );
      expect(Math.abs(canonicalAt(assembled, point) / direct - 1)).toBeLessThan(1e-12);
    }
  });

  it("of two species with a vacancy are joined", () => {
    const vacancy = particleCanonical({ positions: sites[100], charges: [-1] }, longRange);
    const other = latticeCanonical({ ...lattice, origin: [-0.75, -0.75, -0.75], charge: -1 }, longRange);
    const joined = joinCanonical([latticeCanonical(lattice, longRange), other, vacancy]);
    expect(joined.weights).toHaveLength(3 * longRange.exponents.length);
    const point = [0.1, 0.2, 0.3];
    let direct = 0;
    for (const [index, site] of sites.entries()) {
      const distance = (shift: number) => Math.hypot(...site.map((x, axis) => x + shift - point[axis]));
      direct += (index === 100 ? 0 : gaussianSumAt(longRange, distance(0))) - gaussianSumAt(longRange, distance(0.125));
    }
    expect(Math.abs(canonicalAt(joined, point) - direct)).toBeLessThan(1e-10);
  });

  it("are approximated at ranks far below the nodes, while the whole kernel is not at all", async () => {
    const { approximation } = await chebyshevTuckerFromCanonical(latticeCanonical(lattice, longRange), { nodes: 129 });
    expect(Math.max(...approximation.ranks)).toBeLessThanOrEqual(17);
    const grid = uniformGrid(7, -0.93, 0.95);
    const values = await approximation.evaluateGrid(grid, grid, grid);
    const direct = (point: number[]) =>
      sites.reduce(
        (sum, site) => sum + gaussianSumAt(longRange, Math.hypot(...site.map((x, axis) => x - point[axis]))),
        0,
      );
    const middle = direct([grid[3], grid[3], grid[3]]);
    expect(Math.abs(values[(3 * 7 + 3) * 7 + 3] / middle - 1)).toBeLessThan(1e-6);

    const whole = newtonGaussians();
    const kernel = await chebyshevTuckerFromCanonical(
      particleCanonical({ positions: [0, 0, 0], charges: [1] }, whole),
      { nodes: 129 },
    );
    expect(kernel.reason).toBe("unresolved");
    const [near] = await kernel.approximation.evaluate([0.005, 0, 0]);
    expect(Math.abs(near / gaussianSumAt(whole, 0.005) - 1)).toBeGreaterThan(0.5);
  });
});
