import type { Tensor } from "@ansatz/tensor";
import { IterationRun, replace } from "./iteration-run.ts";
import { checkSystem, type LinearOperator } from "./operator.ts";
import type { IterativeResult, PreconditionedOptions, StopReason } from "./result.ts";
import { dot, numbers, plusScaled } from "./vectors.ts";

/**
 * Solves A x = b by MINRES, for symmetric A, indefinite ones too, with a symmetric positive definite preconditioner. One product with A an iteration.
 *
 * With a preconditioner the method measures, and minimises, the residual in the norm of M⁻¹; `residual` of the result is the plain one.
 *
 * Source: Paige, Saunders, "Solution of sparse indefinite systems of linear equations" (1975); preconditioned as in Elman, Silvester, Wathen, "Finite Elements and Fast Iterative Solvers" (2014), algorithm 4.1.
 *
 * @param a matrix [n, n] or operator.
 * @param b [n], float32 or float64.
 * @returns reason `"indefinite"` when r · M⁻¹ r is not positive.
 * @throws InvalidInputError when shapes, dtypes or options do not fit.
 */
export async function minres(
  a: Tensor | LinearOperator,
  b: Tensor,
  options: PreconditionedOptions = {},
): Promise<IterativeResult> {
  const operator = checkSystem("minres", a, b, options.start, "square");
  const { preconditioner = (r: Tensor) => r.alias() } = options;
  const run = await IterationRun.begin("minres", operator, b, options);
  const { device } = b;
  const zeros = () => device.zeros(b.shape, b.dtype);

  // v: Lanczos vectors, not normalised; z = M⁻¹ v; w: directions.
  let state = device.scope(() => {
    const { x, residual: v } = run.start();
    return { x, vBefore: zeros(), v, z: preconditioner(v), wBefore: zeros(), w: zeros() };
  });
  const [square, plain] = await numbers(dot(state.z, state.v), dot(state.v, state.v));
  let gamma = Math.sqrt(square);
  let eta = gamma;
  // Residuals in the norm of M⁻¹, in units of the plain one at the start.
  const unit = gamma > 0 ? Math.sqrt(plain) / gamma : 1;
  let reason: StopReason | undefined = run.note(Math.sqrt(plain));
  if (!reason && !(square > 0)) reason = "indefinite";
  let gammaBefore = 1;
  let [sineBefore, sine, cosineBefore, cosine] = [0, 0, 1, 1];
  while (!reason) {
    const { z, az, delta } = device.scope(() => {
      const scaled = plusScaled(zeros(), 1 / gamma, state.z);
      const product = operator.apply(scaled);
      return { z: scaled, az: product, delta: dot(product, scaled) };
    });
    const [diagonal] = await numbers(delta);
    const { vNext, zNext, next } = device.scope(() => {
      const along = plusScaled(az, -diagonal / gamma, state.v);
      const v = plusScaled(along, -gamma / gammaBefore, state.vBefore);
      const mv = preconditioner(v);
      return { vNext: v, zNext: mv, next: dot(mv, v) };
    });
    const [nextSquare] = await numbers(next);
    const gammaNext = Math.sqrt(Math.max(0, nextSquare));
    const alpha0 = cosine * diagonal - cosineBefore * sine * gamma;
    const alpha1 = Math.hypot(alpha0, gammaNext);
    const alpha2 = sine * diagonal + cosineBefore * cosine * gamma;
    const alpha3 = sineBefore * gamma;
    const [cosineNext, sineNext] = [alpha0 / alpha1, gammaNext / alpha1];
    const after = device.scope(() => {
      const reduced = plusScaled(plusScaled(z, -alpha3, state.wBefore), -alpha2, state.w);
      const w = plusScaled(zeros(), 1 / alpha1, reduced);
      const x = plusScaled(state.x, cosineNext * eta, w);
      return { x, vBefore: state.v, v: vNext, z: zNext, wBefore: state.w, w };
    });
    z.dispose();
    az.dispose();
    if (!(nextSquare >= 0) || !(alpha1 > 0)) {
      for (const each of [after.x, after.v, after.z, after.w]) each.dispose();
      reason = nextSquare < 0 ? "indefinite" : "breakdown";
      break;
    }
    state = replace(state, after);
    eta = -sineNext * eta;
    reason = run.note(Math.abs(eta) * unit);
    if (!reason && gammaNext === 0) reason = "breakdown";
    [gammaBefore, gamma] = [gamma, gammaNext];
    [cosineBefore, cosine, sineBefore, sine] = [cosine, cosineNext, sine, sineNext];
  }
  for (const [name, each] of Object.entries(state)) if (name !== "x") each.dispose();
  return run.finish(state.x, reason);
}
