import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { gaussians, marginalErrorOf, randomTransport } from "../fixtures/problems.ts";
import { imageProblem } from "../images/index.ts";
import { automaticStages, plannedStages } from "./continuation.ts";
import { sinkhornNewton } from "./index.ts";

describe("sinkhornNewton", () => {
  it("solves problems whose plan falls into parts that are hardly connected", async () => {
    // Two groups of points, far apart, each with half of the mass: what flows between them is e⁻²⁰⁰.
    const near = await randomTransport(12, 12, 2);
    const far = (i: number, j: number) => i < 6 !== j < 6;
    const data = near.costMatrix.data.map((cost, index) => cost + (far(Math.floor(index / 12), index % 12) ? 2 : 0));
    const twelfth = new Float64Array(12).fill(1 / 12);
    const problem = {
      costMatrix: { data, shape: [12, 12] },
      rowMarginal: twelfth,
      columnMarginal: twelfth,
      regularization: 0.01,
    };
    const result = await sinkhornNewton(problem);
    expect(result.reason).toBe("converged");
    expect(marginalErrorOf(result.plan().data, problem)).toBeLessThanOrEqual(1e-12);
  });

  it("solves the paper's hardest kind, images under l1 costs, where optimal plans are not unique", async () => {
    const edge = 12;
    const blob = (x: number, y: number) =>
      Float64Array.from({ length: edge * edge }, (_, index) =>
        Math.exp(-(((index % edge) - x) ** 2 + (Math.floor(index / edge) - y) ** 2) / 6),
      );
    const image = (pixels: Float64Array) => ({ width: edge, height: edge, pixels });
    const problem = imageProblem(image(blob(3, 3)), image(blob(8, 7)), { metric: "l1" });
    const result = await sinkhornNewton({ ...problem, regularization: 1 / 600 });
    expect(result.reason).toBe("converged");
    expect(result.marginalError).toBeLessThanOrEqual(1e-12);
  });

  it("takes forbidden pairs, given as costs far above all others, without stages for their sake", async () => {
    const problem = await randomTransport(30, 30, 12);
    const data = problem.costMatrix.data.map((cost, index) =>
      (3 * Math.floor(index / 30) + 7 * index) % 10 < 3 ? 1e9 : cost,
    );
    const forbidden = { ...problem, costMatrix: { data, shape: [30, 30] }, regularization: 0.01 };
    for (const dtype of ["float64", "float32"] as const) {
      const result = await sinkhornNewton(forbidden, { dtype });
      expect(result.reason).toBe("converged");
      expect(new Set(result.history.map(({ regularization }) => regularization)).size).toBe(1);
      const plan = result.plan().data;
      expect(marginalErrorOf(plan, forbidden)).toBeLessThanOrEqual(dtype === "float64" ? 1e-12 : 5e-6);
      expect(plan.every((mass, index) => data[index] < 1e9 || mass === 0)).toBe(true);
    }
    await expect(sinkhornNewton({ ...forbidden, regularization: 1e-29 }, { dtype: "float32" })).rejects.toThrow(
      InvalidInputError,
    );
  });

  it("starts with no sweep at all, or with five", async () => {
    const problem = { ...(await randomTransport(50, 50, 6)), regularization: 0.005 };
    for (const warmUpSweeps of [0, 5]) {
      const result = await sinkhornNewton(problem, { warmUpSweeps });
      expect(result.reason).toBe("converged");
    }
  });

  it("meets the column marginals to rounding after a final scaling", async () => {
    const problem = await randomTransport(20, 30, 3);
    const { plan } = await sinkhornNewton(
      { ...problem, regularization: 0.01 },
      { tolerance: 1e-6, finalScaling: true },
    );
    const columns = new Float64Array(30);
    for (const [index, mass] of plan().data.entries()) columns[index % 30] += mass;
    for (const [index, sum] of columns.entries())
      expect(Math.abs(sum - problem.columnMarginal[index])).toBeLessThanOrEqual(1e-15);
  });

  it("accepts the smallest error that rounding allows where the tolerance asks for more", async () => {
    const result = await sinkhornNewton({ ...gaussians(128, 2), regularization: 2e-4 }, { tolerance: 0 });
    expect(result.reason).toBe("converged");
    expect(result.marginalError).toBeLessThanOrEqual(1e-12);
  });

  it("stops at the limit of Newton steps, with the best iterate", async () => {
    const problem = { ...(await randomTransport(50, 50, 6)), regularization: 0.005 };
    const result = await sinkhornNewton(problem, { maximumNewtonSteps: 2 });
    expect(result.reason).toBe("iteration-limit");
    expect(result.iterations.newtonSteps).toBe(2);
    expect(result.marginalError).toBeLessThanOrEqual(Math.min(...result.history.map(({ error }) => error)) + 1e-15);
  });

  it("refuses options out of range, naming them", async () => {
    const problem = { ...(await randomTransport(3, 3)), regularization: 1 };
    const refuses = (options: object, argument: string) =>
      expect(sinkhornNewton(problem, options)).rejects.toThrow(
        expect.objectContaining({ name: InvalidInputError.name, argument }),
      );
    await refuses({ warmUpSweeps: -1 }, "options.warmUpSweeps");
    await refuses({ warmUpSweeps: 0, sparsity: { fraction: 0.5 } }, "options.warmUpSweeps");
    await refuses({ maximumNewtonSteps: 1.5 }, "options.maximumNewtonSteps");
    for (const fraction of [0, -0.1, 1.1, Number.NaN]) await refuses({ sparsity: { fraction } }, "options.sparsity");
    await refuses({ sparsity: "dense" }, "options.sparsity");
    await refuses({ continuation: "always" }, "options.continuation");
    await refuses({ continuation: [3, 4] }, "options.continuation[1]");
    await refuses({ continuation: [3, 0.5] }, "options.continuation[1]");
  });
});

describe("stages of continuation", () => {
  const problem = (regularization: number) => ({ regularization, costRange: 2 }) as Parameters<typeof plannedStages>[1];

  it("are planned from a range of costs of 2000 ε on", () => {
    expect(plannedStages("auto", problem(2 / 1999), false)).toEqual([2 / 1999]);
    expect(plannedStages("auto", problem(2 / 2000), false).length).toBe(3);
    expect(plannedStages("auto", problem(2 / 2000), true)).toEqual([2 / 2000]);
    expect(plannedStages(false, problem(1e-6), false)).toEqual([1e-6]);
  });

  it("fall from a 500th of the range by at most half a stage, to the problem's own", () => {
    const stages = automaticStages(problem(2 / 10_000));
    expect(stages[0]).toBeCloseTo(2 / 500, 15);
    expect(stages.at(-1)).toBe(2 / 10_000);
    for (const [index, stage] of stages.entries())
      if (index > 0) expect(stage / stages[index - 1]).toBeGreaterThanOrEqual(0.5);
  });

  it("end with the problem's own when given as a list", () => {
    expect(plannedStages([0.1, 0.01], problem(1e-3), false)).toEqual([0.1, 0.01, 1e-3]);
    expect(plannedStages([0.1, 1e-3], problem(1e-3), true)).toEqual([0.1, 1e-3]);
  });
});
