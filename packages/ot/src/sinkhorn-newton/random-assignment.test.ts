import { describe, expect, it } from "vitest";
import { marginalErrorOf, randomAssignment } from "../fixtures/problems.ts";
import { sinkhorn } from "../sinkhorn/index.ts";
import { extrapolate } from "./experiment/baseline.ts";
import { sinkhornNewton } from "./index.ts";

const POINTS = 500;
const REGULARIZATION = 1 / 1200;

/** The paper's headline: 20 Sinkhorn sweeps and 9 Newton steps, where Sinkhorn alone takes 56 199 sweeps. */
describe("sinkhornNewton on the random assignment of 500 points at η = 1200", () => {
  it.each([1, 2, 3])("meets the marginals to 10⁻¹² in at most 12 Newton steps, seed %d", async (seed) => {
    const problem = { ...(await randomAssignment(POINTS, POINTS, seed)), regularization: REGULARIZATION };
    const result = await sinkhornNewton(problem, { tolerance: 1e-12 });
    expect(result.reason).toBe("converged");
    expect(result.iterations.sinkhornSweeps).toBe(20);
    expect(result.iterations.newtonSteps).toBeLessThanOrEqual(12);
    expect(marginalErrorOf(result.plan().data, problem)).toBeLessThanOrEqual(2e-12);
  });

  it("keeps few entries of the plan, more of them the nearer the solution, and converges faster than linearly", async () => {
    const problem = { ...(await randomAssignment(POINTS, POINTS, 1)), regularization: REGULARIZATION };
    const { history } = await sinkhornNewton(problem);
    const newton = history.filter(({ kind }) => kind === "newton");
    const kept = newton.map(({ keptEntries }) => keptEntries! / POINTS);
    expect(kept[0]).toBeLessThanOrEqual(8);
    expect(kept.at(-1)).toBeLessThanOrEqual(20);
    expect(kept).toEqual(kept.toSorted((a, b) => a - b));
    const [beforeLast, last] = newton.slice(-2).map(({ error }) => error);
    expect(last).toBeLessThanOrEqual(Math.max(1e-4 * beforeLast, 1e-14));
  });

  it("is at least 50 times cheaper than Sinkhorn extrapolated to 10⁻¹⁰, counted in passes over the costs", async () => {
    const problem = { ...(await randomAssignment(POINTS, POINTS, 1)), regularization: REGULARIZATION };
    const { iterations } = await sinkhornNewton(problem, { tolerance: 1e-10 });
    // A sweep is two passes; a Newton step selects entries in two, and evaluates the dual once per trial step.
    const passes = 2 * iterations.sinkhornSweeps + 3 * iterations.newtonSteps + iterations.lineSearchHalvings + 2;
    const { history } = await sinkhorn(problem, { maximumSweeps: 1000, checkInterval: 50 });
    expect(2 * extrapolate(history, 50, 1e-10)!).toBeGreaterThanOrEqual(50 * passes);
  });

  it("converges only linearly, or slower still, with a fixed 2 entries per row, and as fast as adaptively with 15", async () => {
    const problem = { ...(await randomAssignment(POINTS, POINTS, 1)), regularization: REGULARIZATION };
    const solve = (perRow: number) =>
      sinkhornNewton(problem, { sparsity: { fraction: perRow / POINTS }, maximumNewtonSteps: 44, tolerance: 1e-12 });
    const sparse = await solve(2);
    expect(sparse.reason).toBe("iteration-limit");
    const errors = sparse.history.slice(-10).map(({ error }) => error);
    for (const [index, error] of errors.entries())
      if (index > 0) expect(error / errors[index - 1]).toBeGreaterThan(0.4);
    const dense = await solve(15);
    expect(dense.reason).toBe("converged");
    expect(dense.iterations.newtonSteps).toBeLessThanOrEqual(12);
  });
});
