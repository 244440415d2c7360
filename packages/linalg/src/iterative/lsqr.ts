import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import { IterationRun, replace } from "./iteration-run.ts";
import { checkSystem, type LinearOperator } from "./operator.ts";
import type { IterativeOptions, IterativeResult, StopReason } from "./result.ts";
import { dot, numbers, plusScaled } from "./vectors.ts";

export interface LsqrOptions extends IterativeOptions {
  /** λ of min ‖A x − b‖² + λ² ‖x‖². Default: 0. */
  readonly damping?: number;
  /** Smallest ‖Aᵀ r‖ / (‖A‖ ‖r‖) of a least-squares solution. Default: 10⁻¹⁰ in float64, 10⁻⁵ in float32. */
  readonly normalTolerance?: number;
}

/**
 * Least squares min ‖A x − b‖₂ by LSQR, for A of any shape; the shortest solution where there are many and the start is zero. Converges like conjugate gradients on AᵀA, without squaring the condition number in
 * its rounding. One product with A and one with Aᵀ an iteration. Stops as `"converged"` when the residual, or what is left of Aᵀ r, is within its tolerance.
 *
 * Source: Paige, Saunders, "LSQR: An algorithm for sparse linear equations and sparse least squares" (1982), sections 4 and 5.
 *
 * @param a matrix [rows, columns], or an operator with `applyTranspose`.
 * @param b [rows], float32 or float64.
 * @throws InvalidInputError when shapes, dtypes or options do not fit, or the operator has no transpose.
 */
export async function lsqr(a: Tensor | LinearOperator, b: Tensor, options: LsqrOptions = {}): Promise<IterativeResult> {
  const operator = checkSystem("lsqr", a, b, options.start, "any");
  const { applyTranspose } = operator;
  if (!applyTranspose) throw new InvalidInputError("lsqr: a", "an operator with applyTranspose", "one without");
  const { damping = 0, normalTolerance = b.dtype === "float64" ? 1e-10 : 1e-5 } = options;
  if (!(damping >= 0)) throw new InvalidInputError("lsqr: options.damping", "a number ≥ 0", damping);
  const run = await IterationRun.begin("lsqr", operator, b, options);
  const { device } = b;
  const zerosOf = (size: number) => device.zeros([size], b.dtype);
  const scaled = (x: Tensor, length: number) => plusScaled(zerosOf(x.size), length > 0 ? 1 / length : 0, x);

  const first = device.scope(() => run.start());
  let [square] = await numbers(dot(first.residual, first.residual));
  let beta = Math.sqrt(square);
  let reason: StopReason | undefined = run.note(beta);
  const begun = device.scope(() => {
    const u = scaled(first.residual, beta);
    return { u, v: applyTranspose.call(operator, u) };
  });
  first.residual.dispose();
  [square] = await numbers(dot(begun.v, begun.v));
  let alpha = Math.sqrt(square);
  let state = device.scope(() => {
    const v = scaled(begun.v, alpha);
    return { x: first.x, u: begun.u, v, w: v.alias() };
  });
  begun.v.dispose();
  // b is orthogonal to what A reaches: nothing can be improved.
  if (!reason && alpha === 0) reason = "converged";
  let [rhoBar, phiBar, residualOfDamping, frobenius] = [alpha, beta, 0, alpha * alpha];
  while (!reason) {
    const uNext = device.scope(() => plusScaled(operator.apply(state.v), -alpha, state.u));
    [square] = await numbers(dot(uNext, uNext));
    beta = Math.sqrt(square);
    const half = device.scope(() => {
      const u = scaled(uNext, beta);
      return { u, v: plusScaled(applyTranspose.call(operator, u), -beta, state.v) };
    });
    uNext.dispose();
    [square] = await numbers(dot(half.v, half.v));
    alpha = Math.sqrt(square);
    frobenius += alpha ** 2 + beta ** 2 + damping ** 2;
    // Rotates the damping away, then the subdiagonal.
    const damped = Math.hypot(rhoBar, damping);
    const psi = damped > 0 ? (damping / damped) * phiBar : 0;
    const phiDamped = damped > 0 ? (rhoBar / damped) * phiBar : 0;
    residualOfDamping = Math.hypot(residualOfDamping, psi);
    const rho = Math.hypot(damped, beta);
    const [cosine, sine] = [damped / rho, beta / rho];
    const theta = sine * alpha;
    rhoBar = -cosine * alpha;
    const phi = cosine * phiDamped;
    phiBar = sine * phiDamped;
    state = replace(
      state,
      device.scope(() => {
        const v = scaled(half.v, alpha);
        return {
          x: plusScaled(state.x, phi / rho, state.w),
          u: half.u,
          v,
          w: plusScaled(v, -theta / rho, state.w),
        };
      }),
    );
    half.v.dispose();
    const norm = Math.hypot(phiBar, residualOfDamping);
    reason = run.note(norm);
    const ofNormalEquations = (Math.abs(phiBar) * alpha * Math.abs(cosine)) / (Math.sqrt(frobenius) * (norm || 1));
    if (reason === undefined || reason === "iterations") if (ofNormalEquations <= normalTolerance) reason = "converged";
  }
  for (const each of [state.u, state.v, state.w]) each.dispose();
  return run.finish(state.x, reason);
}
