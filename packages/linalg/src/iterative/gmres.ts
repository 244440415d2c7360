import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import { IterationRun } from "./iteration-run.ts";
import { checkSystem, type LinearOperator } from "./operator.ts";
import { orthogonalise } from "./orthogonalise.ts";
import type { IterativeResult, PreconditionedOptions, StopReason } from "./result.ts";
import { dot, numbers, plusScaled } from "./vectors.ts";

export interface GmresOptions extends PreconditionedOptions {
  /** Iterations between restarts: as many vectors are kept. Default: 30. */
  readonly restart?: number;
}

/**
 * Solves A x = b by restarted GMRES, for any square A, preconditioned from the right, so that residuals are the system's own. One product with A an iteration; the basis is orthogonalised twice.
 *
 * Source: Saad, "Iterative Methods for Sparse Linear Systems" (2003), algorithm 9.5, with classical Gram–Schmidt done twice.
 *
 * @param a matrix [n, n] or operator.
 * @param b [n], float32 or float64.
 * @throws InvalidInputError when shapes, dtypes or options do not fit.
 */
export async function gmres(
  a: Tensor | LinearOperator,
  b: Tensor,
  options: GmresOptions = {},
): Promise<IterativeResult> {
  const operator = checkSystem("gmres", a, b, options.start, "square");
  const { restart = 30, preconditioner = (r: Tensor) => r.alias() } = options;
  if (!Number.isInteger(restart) || restart < 1)
    throw new InvalidInputError("gmres: options.restart", "an integer ≥ 1", restart);
  const run = await IterationRun.begin("gmres", operator, b, options);
  const { device } = b;

  let { x, residual } = device.scope(() => run.start());
  let [square] = await numbers(dot(residual, residual));
  let reason: StopReason | undefined = run.note(Math.sqrt(square));
  while (!reason) {
    const norm = Math.sqrt(square);
    const basis = [device.scope(() => plusScaled(device.zeros(b.shape, b.dtype), 1 / norm, residual))];
    const least = new LeastSquares(norm);
    while (!reason && basis.length <= restart) {
      const { next, column } = device.scope(() => orthogonalise(operator.apply(preconditioner(basis.at(-1)!)), basis));
      const entries = await numbers(column);
      const size = least.add(entries);
      reason = run.note(size);
      // The next vector is zero when the space holds the solution, and NaN then.
      basis.push(next);
      if (!reason && !(entries.at(-1)! > 0)) reason = "breakdown";
    }
    const after = device.scope(() => {
      let sum: Tensor = device.zeros(b.shape, b.dtype);
      for (const [index, weight] of least.solve().entries()) sum = plusScaled(sum, weight, basis[index]);
      return plusScaled(x, 1, preconditioner(sum));
    });
    for (const each of [x, residual, ...basis]) each.dispose();
    x = after;
    residual = run.residualAt(x);
    [square] = await numbers(dot(residual, residual));
    // Where the recurrence and the residual itself have drifted apart.
    if (
      reason === "converged" &&
      Math.sqrt(square) > 2 * run.tolerance * run.scale &&
      run.residuals.length <= run.maximumIterations
    )
      reason = undefined;
  }
  residual.dispose();
  return run.finish(x, reason);
}

/** min ‖β e₁ − H y‖ for a Hessenberg matrix that grows by columns, by Givens rotations. */
class LeastSquares {
  readonly #columns: number[][] = [];
  readonly #rotations: (readonly [cosine: number, sine: number])[] = [];
  readonly #right: number[];

  constructor(beta: number) {
    this.#right = [beta];
  }

  /** Adds a column of the Hessenberg matrix; returns the size of the residual. */
  add(entries: readonly number[]): number {
    const column = [...entries];
    for (const [index, [cosine, sine]] of this.#rotations.entries()) {
      const [upper, lower] = [column[index], column[index + 1]];
      column[index] = cosine * upper + sine * lower;
      column[index + 1] = cosine * lower - sine * upper;
    }
    const last = this.#rotations.length;
    const length = Math.hypot(column[last], column[last + 1]);
    const rotation = length > 0 ? ([column[last] / length, column[last + 1] / length] as const) : ([1, 0] as const);
    this.#rotations.push(rotation);
    column[last] = length;
    this.#columns.push(column.slice(0, last + 1));
    const carried = this.#right[last];
    this.#right[last] = rotation[0] * carried;
    this.#right.push(-rotation[1] * carried);
    return Math.abs(this.#right[last + 1]);
  }

  /** Coefficients of the basis. A column that is zero, which a singular matrix gives, gets none. */
  solve(): number[] {
    const y = this.#right.slice(0, this.#columns.length);
    for (let row = y.length - 1; row >= 0; row--) {
      for (let column = row + 1; column < y.length; column++) y[row] -= this.#columns[column][row] * y[column];
      y[row] = this.#columns[row][row] === 0 ? 0 : y[row] / this.#columns[row][row];
    }
    return y;
  }
}
