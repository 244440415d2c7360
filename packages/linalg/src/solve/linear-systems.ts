import {
  abs,
  broadcastTo,
  cast,
  type DType,
  divide,
  equal,
  isComplex,
  log,
  multiply,
  prod,
  type SliceRange,
  sign,
  slice,
  sum,
  type Tensor,
  where,
} from "@ansatz/tensor";
import { luKernel } from "../kernels/lu/index.ts";
import { solveTriangular } from "../kernels/solve-triangular/index.ts";
import { diagonal, identity, permuteRows } from "../matrix-parts.ts";
import { type RealOf, squareShape, systemShapes } from "../matrix-shape.ts";

/**
 * Solves A X = B by LU with partial pivoting. Differentiable in both to any order.
 *
 * Does not throw for what the values are: where A is singular, X has infinities or NaN. `factorLu` waits, throws, and solves many times with one factorisation; for symmetric or Hermitian positive definite A
 * `factorCholesky` takes half the time.
 *
 * @param a [..., n, n], float32, float64 or complex.
 * @param b [..., n, columns], of the same dtype; leading axes broadcast.
 * @returns X [..., n, columns].
 * @throws InvalidInputError when shapes or dtypes do not fit; UnsupportedError on tensorflow.
 */
export function solve<D extends DType>(a: Tensor<D>, b: Tensor<D>): Tensor<D> {
  squareShape("solve: a", a);
  systemShapes("solve", a, b);
  return a.device.scope(() => {
    const [factors, permutation] = luKernel.run([a], null);
    return solveWithLu(factors as Tensor<D>, permutation as Tensor<"int32">, b);
  });
}

/** A⁻¹ B from the outputs of `luKernel`, or with `transpose` A⁻ᵀ B. */
export function solveWithLu<D extends DType>(
  factors: Tensor<D>,
  permutation: Tensor<"int32">,
  b: Tensor<D>,
  transpose = false,
): Tensor<D> {
  const [, shape] = systemShapes("solve", factors, b);
  return b.device.scope(() => {
    const right = broadcastTo(b, shape);
    const lower = { unitDiagonal: true, transpose };
    const upper = { lower: false, transpose };
    if (!transpose)
      return solveTriangular(factors, solveTriangular(factors, permuted(right, permutation, "forth"), lower), upper);
    return permuted(solveTriangular(factors, solveTriangular(factors, right, upper), lower), permutation, "back");
  });
}

function permuted<D extends DType>(x: Tensor<D>, permutation: Tensor, direction: "forth" | "back"): Tensor<D> {
  const batched = broadcastTo(permutation, x.shape.slice(0, -1));
  return permuteRows(x, batched, direction) as Tensor<D>;
}

/**
 * A⁻¹. To multiply with an inverse, `solve` is faster and more accurate.
 *
 * @param a [..., n, n], float32, float64 or complex; singular matrices give infinities or NaN.
 * @throws InvalidInputError when the matrices are not square or of integers; UnsupportedError on tensorflow.
 */
export function inverse<D extends DType>(a: Tensor<D>): Tensor<D> {
  const { rows } = squareShape("inverse: a", a);
  return a.device.scope(() => solve(a, identity(a, rows)));
}

/** Sign and logarithm of the size of determinants. */
export interface SignedLogDeterminant<D extends DType = DType> {
  /** −1, 0 or 1; of complex matrices det A / |det A|, or 0; of the batch shape. */
  readonly sign: Tensor<D>;
  /** log |det A|, real, −∞ where it is zero; of the batch shape. */
  readonly logAbsolute: Tensor<RealOf<D>>;
}

/**
 * Sign and log |det A| by LU: the way to choose for all but small matrices, whose determinants stay in range.
 * The gradient of log |det A| is A⁻ᴴ, and NaN where A is singular.
 *
 * @param a [..., n, n], float32, float64 or complex.
 * @throws InvalidInputError when the matrices are not square or of integers; UnsupportedError on tensorflow.
 */
export function signedLogDeterminant<D extends DType>(a: Tensor<D>): SignedLogDeterminant<D> {
  squareShape("signedLogDeterminant: a", a);
  return a.device.scope(() => {
    const { pivots, parity } = pivotsOf(a);
    return {
      sign: multiply(prod(signOf(pivots), { axes: [-1] }), parity) as Tensor<D>,
      logAbsolute: sum(log(abs(pivots)), { axes: [-1] }) as Tensor<RealOf<D>>,
    };
  });
}

/**
 * det A by LU; it overflows and vanishes easily, see `signedLogDeterminant`. The derivative of a singular matrix is NaN although it exists.
 *
 * @param a [..., n, n], float32, float64 or complex.
 * @returns of the batch shape.
 * @throws InvalidInputError when the matrices are not square or of integers; UnsupportedError on tensorflow.
 */
export function determinant<D extends DType>(a: Tensor<D>): Tensor<D> {
  squareShape("determinant: a", a);
  return a.device.scope(() => {
    const { pivots, parity } = pivotsOf(a);
    return multiply(prod(pivots, { axes: [-1] }), parity) as Tensor<D>;
  });
}

/** The diagonal of U, and the sign of the permutation. */
function pivotsOf(a: Tensor): { pivots: Tensor; parity: Tensor } {
  const [factors, , status] = luKernel.run([a], null);
  const batchShape = a.shape.slice(0, -2);
  const signs = slice(status, [...batchShape.map((): SliceRange => null), [1, 2]]).reshape(batchShape);
  return { pivots: diagonal(factors), parity: cast(signs, a.dtype) };
}

/** x / |x|, or 0. */
function signOf(x: Tensor): Tensor {
  if (!isComplex(x.dtype)) return sign(x);
  const size = abs(x);
  // The number that is divided by must not be zero, or derivatives would be NaN.
  return divide(x, cast(where(equal(size, 0), 1, size), x.dtype));
}
