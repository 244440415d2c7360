import type { FloatDType } from "@ansatz/tensor";
import { dot, type NewtonDirection, type PlanEvaluation } from "../device-problem.ts";
import { largestMagnitude } from "../potentials.ts";
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

const UNIT_ROUNDOFF: Readonly<Record<FloatDType, number>> = { float32: 2 ** -24, float64: 2 ** -53 };

/** How far rounding may move a computed value of the dual: r·x + c·y is summed in float64, the mass of the plan in the dtype. */
function roundingOfDual(run: SolverRun, { potentials, regularization, mass }: PlanEvaluation): number {
  const { marginals } = run.problem;
  const linear = potentials.reduce((total, potential, index) => total + Math.abs(potential) * marginals[index], 0);
  return 16 * (UNIT_ROUNDOFF.float64 * linear + UNIT_ROUNDOFF[run.on.dtype] * regularization * mass);
}

/**
 * Marginal error that rounding alone causes: potentials, exponents and sums are rounded to the dtype. Float32 potentials have two parts, so that only
 * the exponents, some 16 in size where the mass is, are.
 */
export function attainableError({ on }: SolverRun, { potentials, regularization }: PlanEvaluation): number {
  const exponents = on.dtype === "float64" ? 16 + largestMagnitude(potentials) / regularization : 16;
  return 2 * UNIT_ROUNDOFF[on.dtype] * exponents;
}
