import { divide, neg, type Tensor } from "@ansatz/tensor";
import { IterationRun, replace } from "./iteration-run.ts";
import { checkSystem, type LinearOperator } from "./operator.ts";
import type { IterativeResult, PreconditionedOptions, StopReason } from "./result.ts";
import { dot, numbers, plusScaled } from "./vectors.ts";

/**
 * Solves A x = b by preconditioned conjugate gradients, for symmetric positive definite A and M. One product with A an iteration, and one transfer of three numbers from the device.
 *
 * Source: Saad, "Iterative Methods for Sparse Linear Systems" (2003), algorithm 9.1.
 *
 * @param a matrix [n, n] or operator.
 * @param b [n], float32 or float64.
 * @returns reason `"indefinite"` when p · A p or r · M⁻¹ r is not positive.
 * @throws InvalidInputError when shapes, dtypes or options do not fit.
 */
export async function conjugateGradient(
  a: Tensor | LinearOperator,
  b: Tensor,
  options: PreconditionedOptions = {},
): Promise<IterativeResult> {
  const operator = checkSystem("conjugateGradient", a, b, options.start, "square");
  const { preconditioner = (r: Tensor) => r.alias() } = options;
  const run = await IterationRun.begin("conjugateGradient", operator, b, options);
  const { device } = b;

  let state = device.scope(() => {
    const { x, residual: r } = run.start();
    const z = preconditioner(r);
    return { x, r, p: z, rz: dot(r, z) };
  });
  const [first, firstProduct] = await numbers(dot(state.r, state.r), state.rz.alias());
  let reason: StopReason | undefined = run.note(Math.sqrt(first));
  if (!reason && !(firstProduct > 0)) reason = "indefinite";
  while (!reason) {
    const { next, curvature, square } = device.scope(() => {
      const q = operator.apply(state.p);
      const pq = dot(state.p, q);
      const step = divide(state.rz, pq);
      const x = plusScaled(state.x, step, state.p);
      const r = plusScaled(state.r, neg(step), q);
      const z = preconditioner(r);
      const rz = dot(r, z);
      const p = plusScaled(z, divide(rz, state.rz), state.p);
      return { next: { x, r, p, rz }, curvature: pq, square: dot(r, r) };
    });
    const [norm, pq, rz] = await numbers(square, curvature, next.rz.alias());
    if (!(pq > 0) && Number.isFinite(pq)) {
      // The step went nowhere: the iterate before it is the last good one.
      for (const each of Object.values(next)) each.dispose();
      reason = "indefinite";
      break;
    }
    state = replace(state, next);
    reason = run.note(Math.sqrt(norm));
    if (!reason && !(rz > 0)) reason = "indefinite";
  }
  for (const each of [state.r, state.p, state.rz]) each.dispose();
  return run.finish(state.x, reason);
}
