import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { bestRelaxation } from "./best-relaxation.ts";
import { laplacian } from "./experiment/sequences.ts";
import { relaxationGrid } from "./policy.ts";
import { relaxedSolve } from "./relaxed-solve.ts";
import { optimalRelaxation } from "./theory.ts";

const edge = 10;
const b = Array.from({ length: edge * edge }, (_, k) => Math.sin(1 + k * k));

describe("bestRelaxation", () => {
  it("is within two iterations of the best of a fine grid, for SOR and conjugate gradients", async () => {
    const grid = relaxationGrid(191, 1, 1.95);
    for (const shift of [-0.1, 0, 0.5])
      for (const method of ["sor", "ssor-cg"] as const) {
        const matrix = laplacian(edge, 1, shift);
        const fine = Math.min(...(await relaxedSolve(matrix, b, grid, { method })).iterations);
        const found = await bestRelaxation(matrix, b, { method });
        expect(found.history).toHaveLength(17);
        expect(found.reason).toBe("finished");
        expect(found.iterations).toBeLessThanOrEqual(fine + 2);
        // Costs hardly have other minima, so that the middle of the best costs as little.
        const [{ iterations }] = [await relaxedSolve(matrix, b, [found.relaxation], { method })];
        expect(iterations[0]).toBeLessThanOrEqual(found.iterations + 1);
      }
  });

  it("is near the asymptotically best parameter of SOR", async () => {
    const jacobi = Math.cos(Math.PI / (edge + 1));
    const { relaxation } = await bestRelaxation(laplacian(edge), b, { method: "sor", evaluations: 20 });
    // A finite number of steps prefers a larger one, by a little.
    expect(Math.abs(relaxation - optimalRelaxation(jacobi))).toBeLessThan(0.08);
  });

  it("takes the middle where all cost the same, and stops when told to", async () => {
    const unit = laplacian(3).map((value, row, column) => (row === column ? value : 0));
    const side = new Array<number>(9).fill(1);
    const all = await bestRelaxation(unit, side, { relaxations: [0.5, 1, 1.5], evaluations: 0, tolerance: 0.99 });
    expect(all).toMatchObject({ iterations: 1, relaxation: 1 });
    const aborted = await bestRelaxation(laplacian(edge), b, { signal: AbortSignal.abort() });
    expect(aborted.reason).toBe("aborted");
    expect(aborted.history).toHaveLength(5);
  });

  it("refuses grids and numbers of evaluations that are none", async () => {
    for (const options of [{ relaxations: [1.5, 1] }, { relaxations: [] }, { evaluations: -1 }])
      await expect(bestRelaxation(laplacian(edge), b, options)).rejects.toThrow(InvalidInputError);
  });
});
