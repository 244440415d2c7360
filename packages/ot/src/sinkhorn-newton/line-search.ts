import { dot, type NewtonDirection, type PlanEvaluation } from "../device-problem.ts";
import { roundingOfDual } from "../rounding.ts";
import type { SolverRun } from "../solver-run.ts";

export interface AcceptedStep {
  readonly evaluation: PlanEvaluation;
  readonly stepSize: number;
}

/** Armijo's constant. */
const SUFFICIENT_INCREASE = 1e-4;

const SMALLEST_STEP = 1e-10;

/**
 * Backtracking along a direction of ascent of the dual: halves the step until the dual increases enough. An overflow counts as no increase.
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
    const potentials = from.potentials.map((potential, index) => potential + stepSize * direction[index]);
    const evaluation = await run.on.evaluate(potentials, from.regularization);
    const expected = stepSize * slope;
    // Where the increase drowns in rounding, the gradient, which is known better, decides.
    const blind = expected < noise;
    const better = blind
      ? evaluation.error < from.error
      : evaluation.dualObjective >= from.dualObjective + SUFFICIENT_INCREASE * expected - noise;
    if (Number.isFinite(evaluation.dualObjective) && better) return { evaluation, stepSize };
    if (blind) return undefined;
    run.counts.lineSearchHalvings++;
  }
  return undefined;
}
