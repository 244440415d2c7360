import { describe, expect, it } from "vitest";
import { type CanonicalFunction, chebyshevTuckerFromCanonical } from "./canonical.ts";
import { gridError } from "./experiment/grid-error.ts";
import { gaussianSumAt, newtonGaussians, particleCanonical, separateRanges, voxelCanonical } from "./newton-kernel.ts";

const BOX = [
  [-1, 1],
  [-1, 1],
  [-1, 1],
] as const;

describe("chebyshevTuckerFromCanonical, the long-range part of the Newton kernel", () => {
  // The specification's own run: errors are those before the second compression, which may add up to the tolerance.
  it.each([
    { largest: 8, terms: 17, nodes: 33, error: 4.6e-4, initial: 12, rank: 9 },
    { largest: 8, terms: 17, nodes: 65, error: 1.1e-9, initial: 13, rank: 9 },
    { largest: 8, terms: 17, nodes: 129, error: 1.7e-11, initial: 13, rank: 9 },
    { largest: 16, terms: 21, nodes: 65, error: 4e-4, initial: 16, rank: 11 },
    { largest: 16, terms: 21, nodes: 129, error: 4e-10, initial: 16, rank: 11 },
    { largest: 4, terms: 13, nodes: 33, error: 8e-9, initial: 9, rank: 7 },
  ])(
    "T ≤ $largest at $nodes nodes has the ranks and errors expected",
    async ({ largest, terms, nodes, error, initial, rank }) => {
      const { longRange } = separateRanges(newtonGaussians(), largest);
      expect(longRange.exponents).toHaveLength(terms);
      const canonical = particleCanonical({ positions: [0, 0, 0], charges: [1] }, longRange);
      const exact = (x: number, y: number, z: number) => gaussianSumAt(longRange, Math.hypot(x, y, z));
      const rough = await chebyshevTuckerFromCanonical(canonical, { nodes, recompression: false });
      const compressed = await chebyshevTuckerFromCanonical(canonical, { nodes });
      expect(await gridError(rough.approximation, exact, 63)).toBeLessThan(2 * error);
      expect(await gridError(compressed.approximation, exact, 63)).toBeLessThan(2 * Math.max(error, 1e-7));
      expect(compressed.initialRanks).toEqual(rough.approximation.ranks);
      for (const axis of [0, 1, 2]) {
        expect(Math.abs(rough.approximation.ranks[axis] - initial)).toBeLessThanOrEqual(1);
        expect(Math.abs(compressed.approximation.ranks[axis] - rank)).toBeLessThanOrEqual(1);
      }
      expect(compressed.truncationError).toBeLessThan(2e-7);
    },
  );
});

describe("chebyshevTuckerFromCanonical", () => {
  const waves: CanonicalFunction = {
    weights: Float64Array.of(1, -2, 0.5),
    columns: (axis, coordinates) =>
      Float64Array.from([...coordinates].flatMap((x) => [Math.sin(x + axis), Math.exp(x / (axis + 1)), 1])),
  };
  const exact = (x: number, y: number, z: number) =>
    Math.sin(x) * Math.sin(y + 1) * Math.sin(z + 2) - 2 * Math.exp(x + y / 2 + z / 3) + 0.5;

  it("agrees with the full algorithm, and with refinement", async () => {
    for (const options of [{ algorithm: "full" }, { algorithm: "reduced" }, { refinementSweeps: 5 }] as const) {
      const { approximation, coreNorms } = await chebyshevTuckerFromCanonical(waves, {
        nodes: 20,
        tolerance: 1e-10,
        ...options,
      });
      expect(approximation.ranks).toEqual([3, 3, 3]);
      expect(await gridError(approximation, exact, 15)).toBeLessThan(1e-9);
      for (let sweep = 1; sweep < coreNorms.length; sweep++)
        expect(coreNorms[sweep]).toBeGreaterThanOrEqual(coreNorms[sweep - 1] * (1 - 1e-14));
    }
  });

  it("copes with repeated terms, and with terms that cancel", async () => {
    const twice: CanonicalFunction = {
      weights: Float64Array.of(1e8, -1e8, 1),
      columns: (axis, coordinates) =>
        Float64Array.from([...coordinates].flatMap((x) => [Math.cos(x), Math.cos(x), axis + x])),
    };
    const { approximation } = await chebyshevTuckerFromCanonical(twice, { nodes: 16, tolerance: 1e-7 });
    // The tolerance is one relative to what cancels, as nothing else can be known of the sum in its canonical form.
    expect(await gridError(approximation, (x, y, z) => x * (1 + y) * (2 + z), 9)).toBeLessThan(2e-7);
    const nothing: CanonicalFunction = { ...twice, weights: Float64Array.of(1, -1, 0) };
    const zero = await chebyshevTuckerFromCanonical(nothing, { nodes: 16 });
    expect(zero.approximation.ranks).toEqual([1, 1, 1]);
    expect(Math.abs((await zero.approximation.evaluate([0.3, 0.2, 0.1]))[0])).toBeLessThan(1e-14);
  });

  it("takes samples on a grid: averages over voxels of a Gaussian sum", async () => {
    const { longRange } = separateRanges(newtonGaussians(), 4);
    const canonical = voxelCanonical(longRange, [256, 256, 256], BOX);
    const { approximation } = await chebyshevTuckerFromCanonical(canonical, { nodes: 33 });
    // A voxel's average differs from its middle by h² / 24 of the Laplacian, 6 T² of the value and less: 1.5e-4 with h = 1/128.
    expect(await gridError(approximation, (x, y, z) => gaussianSumAt(longRange, Math.hypot(x, y, z)), 15)).toBeLessThan(
      3e-4,
    );
    expect(approximation.ranks[0]).toBeLessThanOrEqual(8);
  });

  it("uses ranks that are given", async () => {
    const { approximation } = await chebyshevTuckerFromCanonical(waves, { nodes: 12, ranks: [2, 3, 2] });
    expect(approximation.ranks).toEqual([2, 3, 2]);
  });

  it("refuses terms that do not fit or are not finite, with their place", async () => {
    const refused = (part: object, message: RegExp) =>
      expect(chebyshevTuckerFromCanonical({ ...waves, ...part } as CanonicalFunction, { nodes: 5 })).rejects.toThrow(
        message,
      );
    await refused({ weights: new Float64Array(0) }, /weights/);
    await refused({ weights: Float64Array.of(1, Number.NaN, 1) }, /weights\[1\]/);
    await refused({ columns: () => new Float64Array(4) }, /columns\(0\)/);
    await refused({ columns: () => new Float64Array(15).fill(1).fill(Number.NaN, 4, 5) }, /axis 0, term 1/);
    const tensor = {
      weights: Float64Array.of(1),
      factors: [1, 2, 3].map(() => new Float64Array(5)) as never,
      extents: [5, 4, 5] as const,
    };
    await expect(chebyshevTuckerFromCanonical(tensor)).rejects.toThrow(/factors\[1\]/);
  });
});
