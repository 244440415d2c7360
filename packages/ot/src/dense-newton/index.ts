import { DivergedError, InvalidInputError } from "@ansatz/tensor";
import type { PlanEvaluation } from "../device-problem.ts";
import { removeGauge } from "../dual-evaluation.ts";
import type { TransportProblem } from "../problem.ts";
import { type AscentDirection, newtonStage, type StageEnd } from "../sinkhorn-newton/newton-stage.ts";
import { type SolverOptions, type SolverRun, withSolverRun } from "../solver-run.ts";
import { densePlan, type TransportResult } from "../transport-result.ts";
import { choleskySolve } from "./cholesky.ts";

export interface DenseNewtonOptions extends SolverOptions {
  /** Sinkhorn sweeps before the first step. Default 20. */
  readonly warmUpSweeps?: number;
  /** Default 100. */
  readonly maximumNewtonSteps?: number;
}

/** Largest number of rows or columns: a step takes some n³ operations in plain TypeScript. */
const LARGEST_EXTENT = 500;

/**
 * Solves entropic optimal transport by Newton's method with the whole Hessian and a Cholesky factorisation, up to 500 rows and columns: the method that `sinkhornNewton`
 * makes affordable, for comparison. The linear algebra runs in float64 on the calling thread, evaluations of the dual on the device.
 *
 * @throws InvalidInputError as `sinkhornNewton`, and for a problem that is too large.
 */
export async function denseNewton(
  problem: TransportProblem,
  options: DenseNewtonOptions = {},
): Promise<TransportResult> {
  const { warmUpSweeps = 20, maximumNewtonSteps = 100 } = options;
  if (!Number.isInteger(warmUpSweeps) || warmUpSweeps < 0)
    throw new InvalidInputError("options.warmUpSweeps", "an integer ≥ 0", warmUpSweeps);
  if (!Number.isInteger(maximumNewtonSteps) || maximumNewtonSteps < 0)
    throw new InvalidInputError("options.maximumNewtonSteps", "an integer ≥ 0", maximumNewtonSteps);
  return withSolverRun(problem, options, async (run) => {
    const { rows, columns, regularization } = run.problem;
    if (Math.max(rows, columns) > LARGEST_EXTENT)
      throw new InvalidInputError("costMatrix", `at most ${LARGEST_EXTENT} rows and columns`, [rows, columns]);
    await run.sinkhorn(regularization, warmUpSweeps);
    const { tolerance } = run;
    const settings = { regularization, tolerance, maximumNewtonSteps, mayStruggle: false, direction: denseDirection };
    const reason = await newtonStage(run, settings);
    return run.finish(reason as Exclude<StageEnd, "struggling">, regularization);
  });
}

/**
 * Solves [[D₁, P], [Pᵀ, D₂]] w = g. The rows are eliminated; what is left, D₂ − Pᵀ D₁⁻¹ P, is singular along constants (the gauge), which a multiple of 11ᵀ mends
 * without changing the solution, since the right-hand side is orthogonal to them.
 */
async function denseDirection(run: SolverRun, at: PlanEvaluation): Promise<AscentDirection | undefined> {
  const { rows, columns, cost } = run.problem;
  const { regularization, gradient, sums } = at;
  const { data: plan } = densePlan({
    costMatrix: { data: cost, shape: [rows, columns] },
    rowPotential: at.potentials.subarray(0, rows),
    columnPotential: at.potentials.subarray(rows),
    regularization,
    dtype: run.on.dtype,
  });
  const matrix = new Float64Array(columns * columns);
  const solution = gradient.slice(rows);
  let trace = 0;
  for (let column = 0; column < columns; column++) {
    matrix[column * columns + column] = sums[rows + column];
    trace += sums[rows + column];
  }
  for (let row = 0; row < rows; row++) {
    const entries = plan.subarray(row * columns, (row + 1) * columns);
    for (let i = 0; i < columns; i++) {
      const factor = entries[i] / sums[row];
      solution[i] -= factor * gradient[row];
      for (let j = 0; j <= i; j++) matrix[i * columns + j] -= factor * entries[j];
    }
  }
  const gauge = trace / columns ** 2;
  for (let index = 0; index < matrix.length; index++) matrix[index] += gauge;
  if (!choleskySolve(matrix, solution)) return undefined;

  const values = new Float64Array(rows + columns);
  for (let row = 0; row < rows; row++) {
    let rest = gradient[row];
    for (let column = 0; column < columns; column++) rest -= plan[row * columns + column] * solution[column];
    values[row] = (regularization * rest) / sums[row];
  }
  for (let column = 0; column < columns; column++) values[rows + column] = regularization * solution[column];
  removeGauge(values, rows);
  if (!values.every(Number.isFinite))
    throw new DivergedError("denseNewton", run.counts.newtonSteps, "the Newton direction is not finite", at.potentials);
  return { values, keptEntries: rows * columns, conjugateGradientIterations: 0 };
}
