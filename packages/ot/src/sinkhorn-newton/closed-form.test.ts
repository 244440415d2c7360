import { describe, expect, it } from "vitest";
import { sinkhornNewton } from "./index.ts";

describe("sinkhornNewton where the plan is known", () => {
  it("moves the single mass of a 1 × 1 problem at any cost", async () => {
    for (const cost of [0, 3, -2]) {
      const problem = { costMatrix: [[cost]], rowMarginal: [1], columnMarginal: [1], regularization: 0.1 };
      const result = await sinkhornNewton(problem);
      expect(result.plan().data[0]).toBeCloseTo(1, 12);
      expect(result.transportCost).toBeCloseTo(cost, 12);
    }
  });

  it.each([0.1, 1, 30, 700])("splits uniform masses between two points at costs 0 and 1, η = %d", async (eta) => {
    const costMatrix = [
      [0, 1],
      [1, 0],
    ];
    const half = [0.5, 0.5];
    const problem = { costMatrix, rowMarginal: half, columnMarginal: half, regularization: 1 / eta };
    const { plan, transportCost } = await sinkhornNewton(problem);
    const same = 0.5 / (1 + Math.exp(-eta));
    const other = (0.5 * Math.exp(-eta)) / (1 + Math.exp(-eta));
    for (const [index, expected] of [same, other, other, same].entries())
      expect(Math.abs(plan().data[index] - expected)).toBeLessThanOrEqual(1e-12);
    expect(Math.abs(transportCost - 2 * other)).toBeLessThanOrEqual(1e-12);
  });

  it("gives the product of the marginals where all costs are equal", async () => {
    const row = [0.2, 0.3, 0.5];
    const column = [0.6, 0.4];
    const costMatrix = row.map(() => column.map(() => 7));
    const result = await sinkhornNewton({ costMatrix, rowMarginal: row, columnMarginal: column, regularization: 0.01 });
    const { data } = result.plan();
    for (const [i, r] of row.entries())
      for (const [j, c] of column.entries()) expect(Math.abs(data[2 * i + j] - r * c)).toBeLessThanOrEqual(1e-12);
  });
});
