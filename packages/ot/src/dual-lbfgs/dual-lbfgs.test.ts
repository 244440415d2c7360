import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { gaussians, randomTransport } from "../fixtures/problems.ts";
import { dualLbfgs } from "./index.ts";

describe("dualLbfgs", () => {
  it("solves a smooth problem to machine precision", async () => {
    const result = await dualLbfgs({ ...gaussians(128, 2), regularization: 1 / 300 });
    expect(result.reason).toBe("converged");
    expect(result.marginalError).toBeLessThanOrEqual(1e-13);
    expect(result.iterations.quasiNewtonSteps).toBeLessThanOrEqual(60);
  });

  it("never lets the dual fall", async () => {
    const problem = { ...(await randomTransport(30, 30, 2)), regularization: 0.01 };
    const duals: number[] = [];
    for (const maximumSteps of [0, 5, 10, 20, 40])
      duals.push((await dualLbfgs(problem, { maximumSteps })).dualObjective);
    for (const [index, dual] of duals.entries()) if (index > 0) expect(dual).toBeGreaterThanOrEqual(duals[index - 1]);
  });

  it("remembers as few pairs as one", async () => {
    const problem = { ...(await randomTransport(20, 20, 2)), regularization: 0.1 };
    const result = await dualLbfgs(problem, { memory: 1, tolerance: 1e-10 });
    expect(result.reason).toBe("converged");
  });

  it("refuses limits that are not whole numbers", async () => {
    const problem = { ...(await randomTransport(2, 2)), regularization: 1 };
    for (const options of [{ maximumSteps: -1 }, { memory: 0 }, { warmUpSweeps: 0.5 }])
      await expect(dualLbfgs(problem, options)).rejects.toThrow(InvalidInputError);
  });
});
