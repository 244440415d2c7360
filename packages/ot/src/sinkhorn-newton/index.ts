import { InvalidInputError } from "@ansatz/tensor";
import type { PlanEvaluation } from "../device-problem.ts";
import type { TransportProblem } from "../problem.ts";
import { type SolverOptions, type SolverRun, withSolverRun } from "../solver-run.ts";
import type { TransportResult } from "../transport-result.ts";
import { automaticStages, type Continuation, plannedStages } from "./continuation.ts";
import { type AscentDirection, newtonStage, type StageEnd, type StageOptions } from "./newton-stage.ts";
import { checkSparsity, type Sparsity, selectEntries } from "./sparsity.ts";

export interface SinkhornNewtonOptions extends SolverOptions {
  /** N₁, Sinkhorn sweeps before the first Newton step. Default 20 (paper, random assignment). */
  readonly warmUpSweeps?: number;
  /** N₂, over all stages. Default 200. */
  readonly maximumNewtonSteps?: number;
  /** Default `"adaptive"`. */
  readonly sparsity?: Sparsity;
  /** Default `"auto"`. */
  readonly continuation?: Continuation;
  /** One more sweep at the end, so that the column marginals hold to rounding. Default false. */
  readonly finalScaling?: boolean;
}

/** Sweeps at the beginning of every stage of continuation but the first. */
const STAGE_SWEEPS = 10;

/** Marginal error at which an intermediate stage is good enough to start the next from. */
const STAGE_TOLERANCE = 1e-6;

/**
 * Solves entropic optimal transport to the precision of the dtype in tens of iterations: a few Sinkhorn sweeps, then Newton steps on the dual in which the Hessian
 * keeps only the largest entries of the plan and the linear system is solved by conjugate gradients.
 *
 * Choose it when the marginals must hold to more than a few digits or the regularization is small (costs ranging over 100 ε and more). At large
 * regularization the plan has few negligible entries and `sinkhorn` converges in tens of sweeps itself.
 *
 * Names and symbols of the paper: `costMatrix` C, `rowMarginal` r, `columnMarginal` c, `regularization` 1/η, `warmUpSweeps` N₁, `maximumNewtonSteps` N₂, `sparsity` λ,
 * potentials x and y; P = exp((x + y − C)/ε − 1).
 *
 * @throws InvalidInputError naming the argument (and index) at fault: masses that are not positive or do not sum to 1, costs that are not finite, shapes that do
 * not fit, options out of range; UnsupportedError when the device does not hold the dtype; DivergedError when potentials overflow.
 *
 * Source: "Accelerating Sinkhorn Algorithm with Sparse Newton Iterations", algorithm 1; the adaptive sparsity, the elimination of the row unknowns and the
 * continuation are additions.
 */
export async function sinkhornNewton(
  problem: TransportProblem,
  options: SinkhornNewtonOptions = {},
): Promise<TransportResult> {
  const { warmUpSweeps = 20, maximumNewtonSteps = 200, sparsity = "adaptive", continuation = "auto" } = options;
  checkSparsity(sparsity);
  const fewestSweeps = sparsity === "adaptive" ? 0 : 1;
  if (!Number.isInteger(warmUpSweeps) || warmUpSweeps < fewestSweeps)
    throw new InvalidInputError("options.warmUpSweeps", `an integer ≥ ${fewestSweeps}`, warmUpSweeps);
  if (!Number.isInteger(maximumNewtonSteps) || maximumNewtonSteps < 0)
    throw new InvalidInputError("options.maximumNewtonSteps", "an integer ≥ 0", maximumNewtonSteps);

  return withSolverRun(problem, options, async (run) => {
    const isWarm = options.initialPotentials !== undefined;
    const planned = plannedStages(continuation, run.problem, isWarm);
    const spare = continuation === "auto" && !isWarm && planned.length === 1 ? automaticStages(run.problem) : [];
    const direction = (run: SolverRun, at: PlanEvaluation) => sparseDirection(run, at, sparsity);
    const settings = { direction, maximumNewtonSteps, warmUpSweeps };
    let end = await runStages(run, planned, { ...settings, mayStruggle: spare.length > 1 });
    if (end.reason === "struggling") {
      run.potentials.fill(0);
      end = await runStages(run, spare, { ...settings, mayStruggle: false });
    }
    if (options.finalScaling) await scaleMarginals(run, end.regularization);
    return run.finish(end.reason as Exclude<StageEnd, "struggling">, end.regularization);
  });
}

type StagesOptions = Omit<StageOptions, "regularization" | "tolerance"> & { readonly warmUpSweeps: number };

/** Solves at one regularization after the other; ends early with a reason other than "converged". */
async function runStages(
  run: SolverRun,
  stages: readonly number[],
  { warmUpSweeps, ...options }: StagesOptions,
): Promise<{ readonly reason: StageEnd; readonly regularization: number }> {
  let reason: StageEnd = "converged";
  let regularization = stages[0];
  for (const [index, stage] of stages.entries()) {
    regularization = stage;
    const isLast = index === stages.length - 1;
    const tolerance = isLast ? run.tolerance : Math.max(STAGE_TOLERANCE, 10 * run.tolerance);
    await run.sinkhorn(regularization, index === 0 ? warmUpSweeps : STAGE_SWEEPS);
    reason = await newtonStage(run, { ...options, regularization, tolerance });
    // An intermediate stage need not converge: the next one starts from where it got.
    if (reason === "aborted" || reason === "struggling" || reason === "iteration-limit") break;
  }
  return { reason, regularization };
}

/** Relative shift of the diagonal, against exact singularity where the kept entries fall into unconnected parts. */
const DIAGONAL_SHIFT = 1e-12;

/** The Newton direction with the Hessian's off-diagonal blocks reduced to their largest entries. */
async function sparseDirection(
  run: SolverRun,
  at: PlanEvaluation,
  sparsity: Sparsity,
): Promise<AscentDirection | undefined> {
  const selection = selectEntries(sparsity, at, run.problem.rows * run.problem.columns);
  if (!selection) return undefined;
  const tolerance = Math.min(1e-2, at.error);
  const { values, iterations } = await run.on.newtonDirection(at, { selection, tolerance, shift: DIAGONAL_SHIFT });
  return { values, keptEntries: selection.count, conjugateGradientIterations: iterations };
}

/** A last sweep, unless it makes the marginal error larger. */
async function scaleMarginals(run: SolverRun, regularization: number): Promise<void> {
  const before = await run.evaluate(regularization);
  await run.sinkhorn(regularization, 1);
  const after = await run.evaluate(regularization);
  if (after.error > before.error) run.potentials = before.potentials;
}
