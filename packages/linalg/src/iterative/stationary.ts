import type { Tensor } from "@ansatz/tensor";
import { IterationRun, replace } from "./iteration-run.ts";
import { checkSystem, type LinearOperator } from "./operator.ts";
import type { IterativeResult, PreconditionedOptions, StopReason } from "./result.ts";
import { dot, numbers, plusScaled } from "./vectors.ts";

/**
 * Solves A x = b by x ← x + M⁻¹ (b − A x), M⁻¹ being the preconditioner: Jacobi's method with `jacobiPreconditioner`, Gauss–Seidel and SOR with `sorPreconditioner`, SSOR with `ssorPreconditioner`,
 * multigrid with `multigridPreconditioner`. It converges where all eigenvalues of I − M⁻¹ A are within the unit circle.
 *
 * Choose it to study a splitting, or for a few smoothing steps; as a solver, conjugate gradients and GMRES with the same preconditioner are always at least as fast.
 *
 * Source: Saad, "Iterative Methods for Sparse Linear Systems" (2003), section 4.1.
 *
 * @param a matrix [n, n] or operator.
 * @param b [n], float32 or float64.
 * @returns reason `"breakdown"` when the iterates overflow.
 * @throws InvalidInputError when shapes, dtypes or options do not fit.
 */
export async function stationaryIteration(
  a: Tensor | LinearOperator,
  b: Tensor,
  options: PreconditionedOptions = {},
): Promise<IterativeResult> {
  const operator = checkSystem("stationaryIteration", a, b, options.start, "square");
  const { preconditioner = (r: Tensor) => r.alias() } = options;
  const run = await IterationRun.begin("stationaryIteration", operator, b, options);
  const { device } = b;
  let state = device.scope(() => {
    const { x, residual } = run.start();
    return { x, residual };
  });
  const [first] = await numbers(dot(state.residual, state.residual));
  let reason: StopReason | undefined = run.note(Math.sqrt(first));
  while (!reason) {
    const { next, square } = device.scope(() => {
      const x = plusScaled(state.x, 1, preconditioner(state.residual));
      const residual = run.residualAt(x);
      return { next: { x, residual }, square: dot(residual, residual) };
    });
    const [norm] = await numbers(square);
    state = replace(state, next);
    reason = run.note(Math.sqrt(norm));
  }
  state.residual.dispose();
  return run.finish(state.x, reason);
}
