import { type Device, type FloatDType, InvalidInputError, multiply, type Tensor } from "@ansatz/tensor";
import type { DisposablePreconditioner } from "../iterative/operator.ts";
import { csrTriangularSolveKernel } from "../kernels/csr-triangular-solve/index.ts";
import type { CsrMatrix } from "./csr-matrix.ts";
import { incompleteCholesky, incompleteLu } from "./incomplete-factors.ts";
import { multicolorSweep } from "./multicolor.ts";
import type { SparseOperatorOptions } from "./sparse-operator.ts";

/**
 * Incomplete LU factors without fill-in, ILU(0), as a preconditioner.
 *
 * Source: Saad, "Iterative Methods for Sparse Linear Systems" (2003), algorithm 10.4.
 *
 * @throws InvalidInputError unless A is square; SingularMatrixError when a pivot is zero; UnsupportedError but on cpu.
 */
export function incompleteLuPreconditioner(a: CsrMatrix, options: SparseOperatorOptions): DisposablePreconditioner {
  const { lower, upper } = incompleteLu(a);
  return preconditionerOf(lower, upper, undefined, options);
}

/**
 * Incomplete Cholesky factors without fill-in, IC(0), as a preconditioner for symmetric positive definite A, whose lower triangle is read.
 *
 * Source: Meijerink, van der Vorst, "An iterative solution method for linear systems of which the coefficient matrix is a symmetric M-matrix" (1977).
 *
 * @throws InvalidInputError unless A is square; NotPositiveDefiniteError when a pivot is not positive, which can happen to positive definite matrices that are no M-matrices; UnsupportedError but on cpu.
 */
export function incompleteCholeskyPreconditioner(
  a: CsrMatrix,
  options: SparseOperatorOptions,
): DisposablePreconditioner {
  const lower = incompleteCholesky(a);
  return preconditionerOf(lower, lower.transpose(), undefined, options);
}

export interface RelaxationOptions extends SparseOperatorOptions {
  /**
   * In which order rows are swept: as they are numbered, one after the other, on cpu only; or by colours, rows of one colour at once, on every device that multiplies sparse matrices. The two are
   * different splittings; for matrices that are consistently ordered, such as Laplacians on grids, SOR converges as fast with both. Default: "natural".
   */
  readonly ordering?: "natural" | "multicolor";
}

/**
 * One forward sweep of successive over-relaxation as a preconditioner: M = D/ω + L, where A = L + D + U. With `stationaryIteration` it is the method SOR, with ω = 1 that of Gauss and Seidel. It is not
 * symmetric: for conjugate gradients use `ssorPreconditioner`.
 *
 * Source: Saad, "Iterative Methods for Sparse Linear Systems" (2003), section 4.1.
 *
 * @param relaxation ω in (0, 2).
 * @throws InvalidInputError unless A is square with a diagonal that has no zero, and ω within bounds; UnsupportedError but on cpu in natural order, and on tensorflow.
 */
export function sorPreconditioner(
  a: CsrMatrix,
  relaxation: number,
  options: RelaxationOptions,
): DisposablePreconditioner {
  checkRelaxation("sorPreconditioner", a, relaxation, options);
  if (options.ordering === "multicolor") return multicolorSweep(a, relaxation, false, options);
  return preconditionerOf(
    a
      .map((value, row, column) => (row === column ? value / relaxation : value))
      .filter((_, row, column) => column <= row),
    undefined,
    undefined,
    options,
  );
}

/**
 * Symmetric successive over-relaxation as a preconditioner: M = ω / (2 − ω) (D/ω + L) D⁻¹ (D/ω + U), where A = L + D + U.
 *
 * Source: Saad, "Iterative Methods for Sparse Linear Systems" (2003), section 10.2.
 *
 * @param relaxation ω in (0, 2). 1 is the symmetric Gauss–Seidel method.
 * @throws InvalidInputError unless A is square with a diagonal that has no zero, and ω within bounds; UnsupportedError but on cpu in natural order, and on tensorflow.
 */
export function ssorPreconditioner(
  a: CsrMatrix,
  relaxation: number,
  options: RelaxationOptions,
): DisposablePreconditioner {
  const diagonal = checkRelaxation("ssorPreconditioner", a, relaxation, options);
  if (options.ordering === "multicolor") return multicolorSweep(a, relaxation, true, options);
  const scaled = a.map((value, row, column) => (row === column ? value / relaxation : value));
  const lower = scaled.filter((_, row, column) => column <= row);
  const upper = scaled.filter((_, row, column) => column >= row);
  return preconditionerOf(
    lower,
    upper,
    diagonal.map((value) => (value * (2 - relaxation)) / relaxation),
    options,
  );
}

function preconditionerOf(
  lower: CsrMatrix,
  upper: CsrMatrix | undefined,
  between: Float64Array<ArrayBuffer> | undefined,
  { device, dtype = device.defaultFloat }: SparseOperatorOptions,
): DisposablePreconditioner {
  const down = upload(lower, device, dtype);
  const up = upper && upload(upper, device, dtype);
  const factors = between && device.tensor(between, [between.length], dtype);
  const all = [...down, ...(up ?? []), ...(factors ? [factors] : [])];
  const solve = ([values, ...indices]: readonly Tensor[], b: Tensor, isLower: boolean) =>
    csrTriangularSolveKernel.run([values, b, ...indices], { lower: isLower, transpose: false })[0];
  const apply = (residual: Tensor) =>
    device.scope(() => {
      const half = solve(down, residual, true);
      return up ? solve(up, factors ? multiply(half, factors) : half, false) : half;
    });
  const dispose = () => {
    for (const each of all) each.dispose();
  };
  return Object.assign(apply, { dispose, [Symbol.dispose]: dispose });
}

/** Values, row pointers, column indices. */
function upload(matrix: CsrMatrix, device: Device, dtype: FloatDType): Tensor[] {
  return [
    device.tensor(matrix.values, [matrix.entries], dtype),
    device.tensor(matrix.rowPointers),
    device.tensor(matrix.columnIndices, [matrix.entries], "int32"),
  ];
}

/** The diagonal. @throws InvalidInputError unless it has no zeros, the matrix is square and 0 < ω < 2. */
function checkRelaxation(
  method: string,
  a: CsrMatrix,
  relaxation: number,
  { ordering = "natural" }: RelaxationOptions,
): Float64Array<ArrayBuffer> {
  if (ordering !== "natural" && ordering !== "multicolor")
    throw new InvalidInputError(`${method}: options.ordering`, '"natural" or "multicolor"', ordering);
  if (a.shape[0] !== a.shape[1]) throw new InvalidInputError(`${method}: a`, "a square matrix", `[${a.shape}]`);
  if (!(relaxation > 0 && relaxation < 2))
    throw new InvalidInputError(`${method}: relaxation`, "a number between 0 and 2", relaxation);
  const diagonal = a.diagonal();
  const zero = diagonal.indexOf(0);
  if (zero >= 0) throw new InvalidInputError(`${method}: a`, "a diagonal without zeros", `row ${zero}`);
  return diagonal;
}
