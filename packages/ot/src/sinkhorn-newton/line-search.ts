import type { NewtonDirection, PlanEvaluation } from "../device-problem.ts";
import { dot } from "../dual-evaluation.ts";
import { roundingOfDual } from "../rounding.ts";
import type { SolverRun } from "../solver-run.ts";

export interface AcceptedStep {
  readonly evaluation: PlanEvaluation;
  /** Share of the direction that was taken; may exceed 1. */
  readonly stepSize: number;
}

/** Armijo's constant. */
const SUFFICIENT_INCREASE = 1e-4;

const SMALLEST_STEP = 1e-10;
const LARGEST_STEP = 64;

/** Where the dual still rises at this share of its first slope, a longer step is tried. */
const STEEP = 0.25;

/**
 * Line search along a direction of ascent of the dual: halves the step until the dual increases enough, an overflow counting as no increase, or doubles it while that helps.
 * @returns undefined when no step of useful size does.
 */
export async function lineSearch(
  run: SolverRun,
  from: PlanEvaluation,
  direction: NewtonDirection["values"],
): Promise<AcceptedStep | undefined> {
  const slope = dot(from.gradient, direction);
  if (!(slope > 0)) return undefined;
  const noise = roundingOfDual(run, from);
  for (let stepSize = 1; stepSize >= SMALLEST_STEP; stepSize /= 2) {
    const evaluation = await evaluateAt(run, from, direction, stepSize);
    const expected = stepSize * slope;
    // Where the increase drowns in rounding, the gradient, which is known better, decides.
    const blind = expected < noise;
    const better = blind
      ? evaluation.error < from.error
      : evaluation.dualObjective >= from.dualObjective + SUFFICIENT_INCREASE * expected - noise;
    if (Number.isFinite(evaluation.dualObjective) && better) {
      const isSteep = stepSize === 1 && dot(evaluation.gradient, direction) > STEEP * slope;
      return isSteep ? lengthen(run, from, direction, evaluation) : { evaluation, stepSize };
    }
    if (blind) return undefined;
    run.counts.lineSearchHalvings++;
  }
  return undefined;
}

/**
 * Doubles the full step while both the dual and the marginal error improve. Where a part of the plan holds e^k times the mass it should, Newton's method, which takes the
 * exponential for its tangent, would need k steps.
 */
async function lengthen(
  run: SolverRun,
  from: PlanEvaluation,
  direction: Float64Array,
  fullStep: PlanEvaluation,
): Promise<AcceptedStep> {
  let best: AcceptedStep = { evaluation: fullStep, stepSize: 1 };
  for (let stepSize = 2; stepSize <= LARGEST_STEP; stepSize *= 2) {
    const evaluation = await evaluateAt(run, from, direction, stepSize);
    const { dualObjective, error } = best.evaluation;
    if (!(evaluation.dualObjective > dualObjective && evaluation.error < error)) break;
    best = { evaluation, stepSize };
  }
  return best;
}

function evaluateAt(
  run: SolverRun,
  { potentials, regularization }: PlanEvaluation,
  direction: Float64Array,
  stepSize: number,
): Promise<PlanEvaluation> {
  const moved = potentials.map((potential, index) => potential + stepSize * direction[index]);
  return run.on.evaluate(moved, regularization);
}
