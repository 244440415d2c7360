import type { FloatDType } from "@ansatz/tensor";
import type { DualEvaluation, DualOnDevice } from "./dual-evaluation.ts";
import { largestMagnitude } from "./potentials.ts";
import type { SolverRun } from "./solver-run.ts";

const UNIT_ROUNDOFF: Readonly<Record<FloatDType, number>> = { float32: 2 ** -24, float64: 2 ** -53 };

/** How far rounding may move a computed value of the dual: r·x + c·y is summed in float64, the mass of the plan in the dtype. */
export function roundingOfDual(
  run: SolverRun<DualOnDevice>,
  { potentials, regularization, mass }: DualEvaluation,
): number {
  const { marginals } = run.problem;
  const linear = potentials.reduce((total, potential, index) => total + Math.abs(potential) * marginals[index], 0);
  return 16 * (UNIT_ROUNDOFF.float64 * linear + UNIT_ROUNDOFF[run.on.dtype] * regularization * mass);
}

/**
 * Marginal error that rounding alone causes: potentials, exponents and sums are rounded to the dtype. Float32 potentials have two parts, so that only
 * the exponents, some 16 in size where the mass is, are.
 */
export function attainableError(
  { on }: SolverRun<DualOnDevice>,
  { potentials, regularization }: DualEvaluation,
): number {
  const exponents = on.dtype === "float64" ? 16 + largestMagnitude(potentials) / regularization : 16;
  return 2 * UNIT_ROUNDOFF[on.dtype] * exponents;
}
