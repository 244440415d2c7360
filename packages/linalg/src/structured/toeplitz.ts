import {
  add,
  concatenate,
  divide,
  flip,
  InvalidInputError,
  irfft,
  isFloat,
  multiply,
  rfft,
  slice,
  type Tensor,
  transpose,
} from "@ansatz/tensor";
import type { LinearOperator, Preconditioner } from "../iterative/operator.ts";

/**
 * C x for the circulant matrix with this first column, C[i, j] = column[(i − j) mod n], in n log n operations by Fourier transforms. Differentiable in both.
 *
 * Source: Golub, Van Loan, "Matrix Computations" (2013), section 4.8.
 *
 * @param column [n], float32 or float64.
 * @param x [n] or [n, width], of the same dtype.
 * @throws InvalidInputError when shapes or dtypes do not fit.
 */
export function circulantProduct(column: Tensor, x: Tensor): Tensor {
  const n = checkColumn("circulantProduct: column", column);
  checkFactor("circulantProduct: x", x, n, column);
  return column.device.scope(() => cyclicConvolution(column, x, n));
}

/**
 * C⁻¹ b for such a circulant matrix: division of Fourier coefficients. Where C is singular, the result is infinite or not a number.
 *
 * @param column [n], float32 or float64.
 * @param b [n] or [n, width].
 * @throws InvalidInputError when shapes or dtypes do not fit.
 */
export function solveCirculant(column: Tensor, b: Tensor): Tensor {
  checkFactor("solveCirculant: b", b, checkColumn("solveCirculant: column", column), column);
  return column.device.scope(() => {
    const sides = b.rank === 2 ? transpose(b) : b;
    const solved = irfft(divide(rfft(sides), rfft(column)), { length: column.size });
    return b.rank === 2 ? transpose(solved) : solved;
  });
}

/**
 * T x for the Toeplitz matrix with this first column and row, T[i, j] = column[i − j] where i ≥ j, else row[j − i], in n log n operations: T is a corner of a circulant matrix. Differentiable in all three.
 *
 * Source: Golub, Van Loan, "Matrix Computations" (2013), section 4.8.
 *
 * @param column [m], float32 or float64.
 * @param row [n]; its first element counts as the column's, as in SciPy. Of a symmetric matrix: the column itself.
 * @param x [n] or [n, width].
 * @returns [m] or [m, width].
 * @throws InvalidInputError when shapes or dtypes do not fit.
 */
export function toeplitzProduct(column: Tensor, row: Tensor, x: Tensor): Tensor {
  const m = checkColumn("toeplitzProduct: column", column);
  const n = checkColumn("toeplitzProduct: row", row);
  checkSame("toeplitzProduct: row", row, column);
  checkFactor("toeplitzProduct: x", x, n, column);
  return column.device.scope(() => {
    const length = transformLength(m + n - 1);
    const embedded = embeddedColumn(column, row, length);
    const product = cyclicConvolution(embedded, lengthened(x, length), length);
    return slice(product, [[0, m]]);
  });
}

/** A Toeplitz matrix as an operator, for iterative methods; see `toeplitzProduct`. It does not own the tensors. @throws InvalidInputError when shapes or dtypes do not fit. */
export function toeplitzOperator(column: Tensor, row: Tensor): LinearOperator {
  const m = checkColumn("toeplitzOperator: column", column);
  const n = checkColumn("toeplitzOperator: row", row);
  checkSame("toeplitzOperator: row", row, column);
  return {
    shape: [m, n],
    apply: (x) => toeplitzProduct(column, row, x),
    // The corner counts as the column's; the transpose has the row as its column.
    applyTranspose: (x) => x.device.scope(() => toeplitzProduct(withCorner(row, column), column, x)),
  };
}

/**
 * The circulant matrix nearest to a square Toeplitz matrix, as a preconditioner: with it conjugate gradients take a number of iterations that does not grow with n for matrices of a positive smooth symbol.
 *
 * Source: T. Chan, "An optimal circulant preconditioner for Toeplitz systems" (1988).
 *
 * @throws InvalidInputError unless column and row have the same length and dtype.
 */
export function circulantPreconditioner(column: Tensor, row: Tensor): Preconditioner {
  const n = checkColumn("circulantPreconditioner: column", column);
  checkFactor("circulantPreconditioner: row", row, n, column);
  return (residual) =>
    residual.device.scope(() => {
      const { device, dtype } = column;
      const wrapped = device.tensor(
        Float64Array.from({ length: n }, (_, k) => k / n),
        [n],
        dtype,
      );
      const direct = device.tensor(
        Float64Array.from({ length: n }, (_, k) => 1 - k / n),
        [n],
        dtype,
      );
      const upper = concatenate([device.zeros([1], dtype), reversedTail(row)], { axis: 0 });
      return solveCirculant(add(multiply(direct, column), multiply(wrapped, upper)), residual);
    });
}

/** column ∗ x of equal lengths, cyclically. */
function cyclicConvolution(column: Tensor, x: Tensor, length: number): Tensor {
  // The last axis is the one that real transforms halve.
  const spectra = multiply(rfft(column), rfft(x.rank === 2 ? transpose(x) : x));
  const product = irfft(spectra, { length });
  return x.rank === 2 ? transpose(product) : product;
}

/** (column, zeros, row reversed but for its first element). */
function embeddedColumn(column: Tensor, row: Tensor, length: number): Tensor {
  const between = column.device.zeros([length - column.size - row.size + 1], column.dtype);
  return concatenate([column, between, reversedTail(row)], { axis: 0 });
}

function reversedTail(row: Tensor): Tensor {
  return flip(slice(row, [[1, row.size]]), { axes: [0] });
}

function withCorner(row: Tensor, column: Tensor): Tensor {
  return concatenate([slice(column, [[0, 1]]), slice(row, [[1, row.size]])], { axis: 0 });
}

function lengthened(x: Tensor, length: number): Tensor {
  const zeros = x.device.zeros([length - x.shape[0], ...x.shape.slice(1)], x.dtype);
  return concatenate([x, zeros], { axis: 0 });
}

/** The least of 2ᵏ, 3 · 2ᵏ, 5 · 2ᵏ that is not less. */
function transformLength(least: number): number {
  const lengths = [1, 3, 5].map((factor) => factor * 2 ** Math.max(0, Math.ceil(Math.log2(least / factor))));
  return Math.min(...lengths);
}

/** @throws InvalidInputError unless it is a vector of at least one float. */
function checkColumn(argument: string, column: Tensor): number {
  if (column.rank !== 1 || column.size === 0) throw new InvalidInputError(argument, "shape [n], n ≥ 1", column.shape);
  if (!isFloat(column.dtype)) throw new InvalidInputError(argument, "float32 or float64", column.dtype);
  return column.size;
}

function checkFactor(argument: string, x: Tensor, n: number, column: Tensor): void {
  if (x.rank < 1 || x.rank > 2 || x.shape[0] !== n)
    throw new InvalidInputError(argument, `shape [${n}] or [${n}, width]`, x.shape);
  checkSame(argument, x, column);
}

function checkSame(argument: string, x: Tensor, column: Tensor): void {
  if (x.dtype !== column.dtype) throw new InvalidInputError(argument, `dtype ${column.dtype}`, x.dtype);
}
