import { InvalidInputError } from "@ansatz/tensor";
import type { PlanEvaluation } from "../device-problem.ts";
import { dot } from "../dual-evaluation.ts";
import type { TransportProblem } from "../problem.ts";
import { attainableError } from "../rounding.ts";
import { lineSearch } from "../sinkhorn-newton/line-search.ts";
import { type SolverOptions, type SolverRun, withSolverRun } from "../solver-run.ts";
import type { StopReason, TransportResult } from "../transport-result.ts";

export interface DualLbfgsOptions extends SolverOptions {
  /** Sinkhorn sweeps before the first step. Default 20. */
  readonly warmUpSweeps?: number;
  /** Default 1000. */
  readonly maximumSteps?: number;
  /** Pairs of steps and gradient changes that are remembered. Default 10. */
  readonly memory?: number;
}

/** A step s and the change y of the negative gradient over it. */
interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** 1 / sᵀy. */
  readonly inverse: number;
}

/**
 * Solves entropic optimal transport by limited-memory BFGS on the dual, preconditioned by the marginals: needs no linear solver and one pass over the plan per step,
 * but converges linearly only. For comparison with `sinkhornNewton`.
 *
 * @throws InvalidInputError as `sinkhornNewton`.
 */
export async function dualLbfgs(problem: TransportProblem, options: DualLbfgsOptions = {}): Promise<TransportResult> {
  const { warmUpSweeps = 20, maximumSteps = 1000, memory = 10 } = options;
  if (!Number.isInteger(warmUpSweeps) || warmUpSweeps < 0)
    throw new InvalidInputError("options.warmUpSweeps", "an integer ≥ 0", warmUpSweeps);
  if (!Number.isInteger(maximumSteps) || maximumSteps < 0)
    throw new InvalidInputError("options.maximumSteps", "an integer ≥ 0", maximumSteps);
  if (!Number.isInteger(memory) || memory < 1) throw new InvalidInputError("options.memory", "an integer ≥ 1", memory);
  return withSolverRun(problem, options, async (run) => {
    await run.sinkhorn(run.problem.regularization, warmUpSweeps);
    const reason = await ascend(run, maximumSteps, memory);
    return run.finish(reason, run.problem.regularization);
  });
}

async function ascend(run: SolverRun, maximumSteps: number, memory: number): Promise<StopReason> {
  const { regularization, marginals } = run.problem;
  // Near the solution the Hessian's diagonal is the marginals over ε.
  const scale = marginals.map((marginal) => regularization / marginal);
  const pairs: Pair[] = [];
  let current = await run.evaluate(regularization);
  for (;;) {
    run.potentials = current.potentials;
    if (current.error <= run.tolerance) return "converged";
    if (run.aborted) return "aborted";
    if (run.counts.quasiNewtonSteps >= maximumSteps) return "iteration-limit";
    const accepted = await lineSearch(run, current, quasiNewtonDirection(current, pairs, scale));
    if (!accepted) {
      // What the memory says may be wrong; without it the direction is that of the scaled gradient.
      if (pairs.length > 0) {
        pairs.length = 0;
        continue;
      }
      return current.error <= attainableError(run, current) ? "converged" : "stalled";
    }
    remember(pairs, current, accepted.evaluation, memory);
    current = accepted.evaluation;
    run.counts.quasiNewtonSteps++;
    await run.record({ kind: "quasi-newton", error: current.error, regularization, stepSize: accepted.stepSize });
  }
}

/** The two-loop recursion. */
function quasiNewtonDirection({ gradient }: PlanEvaluation, pairs: readonly Pair[], scale: Float64Array): Float64Array {
  const direction = Float64Array.from(gradient);
  const weights = pairs.toReversed().map(({ step, change, inverse }) => {
    const weight = inverse * dot(step, direction);
    addScaled(direction, -weight, change);
    return weight;
  });
  const last = pairs.at(-1);
  const size = last ? 1 / (last.inverse * dot(last.change, multiply(scale, last.change))) : 1;
  for (let index = 0; index < direction.length; index++) direction[index] *= size * scale[index];
  for (const { step, change, inverse } of pairs) {
    const weight = weights.pop()!;
    addScaled(direction, weight - inverse * dot(change, direction), step);
  }
  return direction;
}

/** Adds a pair, unless the curvature along it is not positive, as rounding can make it. */
function remember(pairs: Pair[], from: PlanEvaluation, to: PlanEvaluation, memory: number): void {
  const step = to.potentials.map((potential, index) => potential - from.potentials[index]);
  const change = from.gradient.map((entry, index) => entry - to.gradient[index]);
  const curvature = dot(step, change);
  if (!(curvature > 0)) return;
  pairs.push({ step, change, inverse: 1 / curvature });
  if (pairs.length > memory) pairs.shift();
}

function addScaled(target: Float64Array, factor: number, vector: Float64Array): void {
  for (let index = 0; index < target.length; index++) target[index] += factor * vector[index];
}

function multiply(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, index) => value * b[index]);
}
