import { openDevice } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { exactTransport } from "./index.ts";
import golden from "./pot-emd.json" with { type: "json" };

/** The generator of peers/pot_emd.py. */
function generator(seed: number): () => number {
  let state = Math.imul(2654435761, seed + 1) >>> 0;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The problem of a seed as peers/pot_emd.py draws it. */
function draw(seed: number, kind: string) {
  const next = generator(seed);
  const integer = (below: number) => Math.floor(next() * below);
  const rows = 1 + integer(60);
  const columns = kind === "uniform masses" ? rows : 1 + integer(60);
  const list = <T>(length: number, make: () => T) => Array.from({ length }, make);
  const points = kind === "points" ? [rows, columns].map((count) => list(count, () => [next(), next()])) : undefined;
  const costMatrix = points
    ? points[0].map((p) => points[1].map((q) => (p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1])))
    : list(rows, () => list(columns, () => (kind === "whole costs" ? integer(8) : next())));
  const masses = (count: number) => {
    if (kind === "uniform masses" || kind === "whole costs") return list(count, () => 1 / count);
    const drawn = list(count, next).map((mass, index) => (kind === "zero masses" && index % 3 === 1 ? 0 : mass));
    const total = drawn.reduce((sum, mass) => sum + mass, 0);
    return drawn.map((mass) => mass / total);
  };
  return { costMatrix, rowMarginal: masses(rows), columnMarginal: masses(columns) };
}

describe("exactTransport and POT's emd", () => {
  it("agree to 10⁻¹² on the cost of 50 random problems, and the potentials prove it optimal", async () => {
    expect(golden.problems.length).toBe(50);
    await using device = await openDevice("cpu", { threads: 1 });
    for (const { seed, kind, shape, cost } of golden.problems) {
      const problem = draw(seed, kind);
      expect([problem.costMatrix.length, problem.costMatrix[0].length]).toEqual(shape);
      const result = await exactTransport(problem, { device });
      expect(result.reason).toBe("converged");
      expect(Math.abs(result.transportCost - cost), `${kind}, seed ${seed}`).toBeLessThanOrEqual(
        1e-12 * Math.max(1, cost),
      );
      // Costs are below 8 and potentials too: sums of a few dozen of them are off by less than this.
      expect(Math.abs(result.dualObjective - cost)).toBeLessThan(1e-13);
      expect(result.marginalError).toBeLessThan(1e-14);
      for (const [row, costs] of problem.costMatrix.entries())
        for (const [column, value] of costs.entries())
          expect(result.rowPotential[row] + result.columnPotential[column]).toBeLessThanOrEqual(value + 1e-13);
    }
  });
});
