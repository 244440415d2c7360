import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { randomTransport } from "../fixtures/problems.ts";
import { sinkhorn } from "./index.ts";

describe("sinkhorn", () => {
  it("never increases the marginal error from one sweep to the next", async () => {
    const problem = await randomTransport(17, 29, 3);
    const { history } = await sinkhorn({ ...problem, regularization: 0.02 }, { checkInterval: 1, maximumSweeps: 200 });
    for (const [index, { error }] of history.entries())
      if (index > 0) expect(error).toBeLessThanOrEqual(history[index - 1].error + 1e-15);
  });

  it("stops at the limit of sweeps and says what to do", async () => {
    const problem = await randomTransport(17, 29, 3);
    const result = await sinkhorn({ ...problem, regularization: 1e-3 }, { maximumSweeps: 7, checkInterval: 5 });
    expect(result.reason).toBe("iteration-limit");
    expect(result.iterations.sinkhornSweeps).toBe(7);
    expect(result.remedy).toMatch(/raise/);
  });

  it("neither overflows nor underflows at tiny regularization from a cold start", async () => {
    const problem = await randomTransport(17, 29, 3);
    const result = await sinkhorn({ ...problem, regularization: 1e-6 }, { maximumSweeps: 50 });
    expect(result.rowPotential.every(Number.isFinite)).toBe(true);
    expect(result.columnPotential.every(Number.isFinite)).toBe(true);
    // After a column half-sweep the columns are exact.
    expect(result.plan().data.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 9);
  });

  it("solves with forbidden pairs, given as costs far above all others", async () => {
    const costMatrix = [
      [1e9, 0.2, 0.3],
      [0.1, 1e9, 0.3],
      [0.1, 0.2, 1e9],
    ];
    const third = [1 / 3, 1 / 3, 1 / 3];
    const problem = { costMatrix, rowMarginal: third, columnMarginal: third, regularization: 0.05 };
    for (const dtype of ["float64", "float32"] as const) {
      const result = await sinkhorn(problem, { dtype, tolerance: 1e-6 });
      expect(result.reason).toBe("converged");
      const { data } = result.plan();
      expect([data[0], data[4], data[8]]).toEqual([0, 0, 0]);
    }
  });

  it("refuses limits that are not whole numbers", async () => {
    const problem = { ...(await randomTransport(2, 2)), regularization: 1 };
    await expect(sinkhorn(problem, { maximumSweeps: 0 })).rejects.toThrow(InvalidInputError);
    await expect(sinkhorn(problem, { checkInterval: 1.5 })).rejects.toThrow(InvalidInputError);
  });
});
