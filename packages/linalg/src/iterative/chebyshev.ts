import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import { IterationRun, replace } from "./iteration-run.ts";
import { checkSystem, type LinearOperator } from "./operator.ts";
import type { IterativeResult, PreconditionedOptions, StopReason } from "./result.ts";
import { dot, numbers, plusScaled } from "./vectors.ts";

export interface ChebyshevOptions extends PreconditionedOptions {
  /** Positive bounds of the eigenvalues of M⁻¹ A. */
  readonly eigenvalues: readonly [smallest: number, largest: number];
}

/**
 * Solves A x = b by Chebyshev's semi-iteration, for symmetric positive definite A and M whose eigenvalues are known to lie between bounds. No inner products: only the residual's norm is read.
 *
 * Source: Saad, "Iterative Methods for Sparse Linear Systems" (2003), algorithm 12.1.
 *
 * @param a matrix [n, n] or operator.
 * @param b [n], float32 or float64.
 * @throws InvalidInputError when shapes, dtypes, bounds or options do not fit.
 */
export async function chebyshevIteration(
  a: Tensor | LinearOperator,
  b: Tensor,
  options: ChebyshevOptions,
): Promise<IterativeResult> {
  const operator = checkSystem("chebyshevIteration", a, b, options.start, "square");
  const { preconditioner = (r: Tensor) => r.alias(), eigenvalues } = options;
  const [smallest, largest] = eigenvalues;
  if (!(smallest > 0 && largest >= smallest && Number.isFinite(largest)))
    throw new InvalidInputError("chebyshevIteration: options.eigenvalues", "0 < smallest ≤ largest", eigenvalues);
  const run = await IterationRun.begin("chebyshevIteration", operator, b, options);
  const { device } = b;
  const theta = (largest + smallest) / 2;
  const delta = (largest - smallest) / 2;

  let state = device.scope(() => {
    const { x, residual: r } = run.start();
    return { x, r, d: plusScaled(device.zeros(b.shape, b.dtype), 1 / theta, preconditioner(r)) };
  });
  const [first] = await numbers(dot(state.r, state.r));
  let reason: StopReason | undefined = run.note(Math.sqrt(first));
  // rho is T_(k−1)(σ) / T_k(σ) with σ = θ / δ; δ may be 0, then the first step is exact.
  let rho = delta / theta;
  while (!reason) {
    const rhoNext = 1 / ((2 * theta) / (delta || theta) - rho);
    const momentum = delta > 0 ? rhoNext * rho : 0;
    const gradient = delta > 0 ? (2 * rhoNext) / delta : 1 / theta;
    const { next, square } = device.scope(() => {
      const x = plusScaled(state.x, 1, state.d);
      const r = plusScaled(state.r, -1, operator.apply(state.d));
      const d = plusScaled(plusScaled(device.zeros(b.shape, b.dtype), momentum, state.d), gradient, preconditioner(r));
      return { next: { x, r, d }, square: dot(r, r) };
    });
    rho = rhoNext;
    const [norm] = await numbers(square);
    state = replace(state, next);
    reason = run.note(Math.sqrt(norm));
  }
  for (const each of [state.r, state.d]) each.dispose();
  return run.finish(state.x, reason);
}
