import { divide, multiply, neg, type Tensor } from "@ansatz/tensor";
import { IterationRun, replace } from "./iteration-run.ts";
import { checkSystem, type LinearOperator } from "./operator.ts";
import type { IterativeResult, PreconditionedOptions, StopReason } from "./result.ts";
import { dot, numbers, plusScaled } from "./vectors.ts";

/**
 * Solves A x = b by BiCGSTAB, for any square A, preconditioned from the right. Two products with A an iteration, memory that does not grow; it may break down.
 *
 * Source: van der Vorst, "Bi-CGSTAB" (1992), the preconditioned algorithm.
 *
 * @param a matrix [n, n] or operator.
 * @param b [n], float32 or float64.
 * @throws InvalidInputError when shapes, dtypes or options do not fit.
 */
export async function bicgstab(
  a: Tensor | LinearOperator,
  b: Tensor,
  options: PreconditionedOptions = {},
): Promise<IterativeResult> {
  const operator = checkSystem("bicgstab", a, b, options.start, "square");
  const { preconditioner = (r: Tensor) => r.alias() } = options;
  const run = await IterationRun.begin("bicgstab", operator, b, options);
  const { device } = b;

  let state = device.scope(() => {
    const { x, residual: r } = run.start();
    return { x, r, shadow: r.alias(), p: r.alias(), rho: dot(r, r) };
  });
  const [first] = await numbers(state.rho.alias());
  let reason: StopReason | undefined = run.note(Math.sqrt(first));
  while (!reason) {
    const { next, square } = device.scope(() => {
      const pHat = preconditioner(state.p);
      const v = operator.apply(pHat);
      const alpha = divide(state.rho, dot(state.shadow, v));
      const s = plusScaled(state.r, neg(alpha), v);
      const sHat = preconditioner(s);
      const t = operator.apply(sHat);
      const omega = divide(dot(t, s), dot(t, t));
      const x = plusScaled(plusScaled(state.x, alpha, pHat), omega, sHat);
      const r = plusScaled(s, neg(omega), t);
      const rho = dot(state.shadow, r);
      const beta = multiply(divide(rho, state.rho), divide(alpha, omega));
      const p = plusScaled(r, beta, plusScaled(state.p, neg(omega), v));
      return { next: { x, r, shadow: state.shadow, p, rho }, square: dot(r, r) };
    });
    const [norm] = await numbers(square);
    if (!Number.isFinite(norm)) {
      // A division by zero: s was zero, or the shadow residual has become orthogonal. The iterate before it is the last good one.
      for (const [name, each] of Object.entries(next)) if (name !== "shadow") each.dispose();
      reason = "breakdown";
      break;
    }
    state = replace(state, next);
    reason = run.note(Math.sqrt(norm));
  }
  for (const each of [state.r, state.shadow, state.p, state.rho]) each.dispose();
  return run.finish(state.x, reason);
}
