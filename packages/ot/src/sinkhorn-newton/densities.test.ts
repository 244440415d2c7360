import { describe, expect, it } from "vitest";
import { gaussians } from "../fixtures/problems.ts";
import { sinkhorn } from "../sinkhorn/index.ts";
import { sinkhornNewton } from "./index.ts";

/** N(0.3, 0.05²) to N(0.6, 0.1²): the squared distance is 0.3² + 0.05² = 0.0925, and entropy adds about 1/(2η). */
describe("sinkhornNewton on densities", () => {
  it("finds the squared distance of two Gaussians with the bias of the entropy", async () => {
    const problem = { ...gaussians(512, 2), regularization: 1 / 1000 };
    const result = await sinkhornNewton(problem, { warmUpSweeps: 50 });
    expect(result.reason).toBe("converged");
    expect(result.marginalError).toBeLessThanOrEqual(1e-13);
    expect(result.iterations.newtonSteps).toBeLessThanOrEqual(12);
    // Own run in NumPy: 0.0929768, which is 0.0925 + 0.477/η.
    expect(Math.abs(result.transportCost - 0.0929768)).toBeLessThanOrEqual(5e-8);
  });

  it("finds the distance W₁ of two Gaussians, Σ |difference of the distributions| times the width of the cells", async () => {
    const { costMatrix, rowMarginal, columnMarginal } = gaussians(512, 1);
    const result = await sinkhornNewton({ costMatrix, rowMarginal, columnMarginal, regularization: 1 / 2000 });
    let difference = 0;
    let distance = 0;
    for (const [index, mass] of rowMarginal.entries()) {
      difference += mass - columnMarginal[index];
      distance += Math.abs(difference) / 512;
    }
    expect(result.marginalError).toBeLessThanOrEqual(1e-12);
    // Here the entropy costs next to nothing: transport in one direction is not unique.
    expect(Math.abs(result.transportCost - distance)).toBeLessThanOrEqual(1e-8);
    expect(Math.abs(distance - 0.2999866)).toBeLessThanOrEqual(1e-7);
  });

  it("is not needed for W₁ of these, where 300 sweeps alone converge", async () => {
    const result = await sinkhorn({ ...gaussians(512, 1), regularization: 1 / 2000 }, { maximumSweeps: 300 });
    expect(result.marginalError).toBeLessThanOrEqual(1e-8);
    expect(Math.abs(result.transportCost - 0.2999866)).toBeLessThanOrEqual(1e-7);
  });

  it("succeeds by continuation at large η with the steps in which a cold start gets nowhere near", async () => {
    const problem = { ...gaussians(512, 2), regularization: 1e-4 };
    const result = await sinkhornNewton(problem);
    expect(result.reason).toBe("converged");
    expect(result.marginalError).toBeLessThanOrEqual(5e-13);
    const stages = new Set(result.history.map(({ regularization }) => regularization));
    expect(stages.size).toBeGreaterThanOrEqual(5);

    const maximumNewtonSteps = result.iterations.newtonSteps;
    expect(maximumNewtonSteps).toBeLessThanOrEqual(40);
    const cold = await sinkhornNewton(problem, { continuation: false, warmUpSweeps: 50, maximumNewtonSteps });
    expect(cold.reason).not.toBe("converged");
    expect(cold.marginalError).toBeGreaterThan(1e-5);
    expect(cold.remedy).toMatch(/regularization/);
    // Own run in NumPy: 0.0925392.
    expect(Math.abs(result.transportCost - 0.0925392)).toBeLessThanOrEqual(5e-8);
  });

  it("halves the bias with ε", async () => {
    const costs: number[] = [];
    for (const eta of [500, 1000, 2000, 4000]) {
      const result = await sinkhornNewton({ ...gaussians(256, 2), regularization: 1 / eta });
      costs.push(result.transportCost);
    }
    const gaps = costs.slice(1).map((cost, index) => costs[index] - cost);
    for (const ratio of [gaps[0] / gaps[1], gaps[1] / gaps[2]]) expect(Math.abs(ratio - 2)).toBeLessThanOrEqual(0.1);
  });
});
