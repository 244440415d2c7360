import {
  type DType,
  divide,
  greater,
  InvalidInputError,
  matmul,
  max,
  multiply,
  stopGradient,
  type Tensor,
  where,
} from "@ansatz/tensor";
import { isSingle } from "../kernels/matrix-dtypes.ts";
import { svd } from "../kernels/svd/index.ts";
import { adjoint, castLike } from "../matrix-parts.ts";
import { matrixShape } from "../matrix-shape.ts";

export interface PseudoInverseOptions {
  /** Singular values of at most this multiple of the largest count as zero. Default: max(rows, columns) times the precision of the dtype, as in NumPy's `matrix_rank`. */
  readonly rankTolerance?: number;
}

/**
 * Moore–Penrose inverses by singular values. A⁺ B is the shortest of the least-squares solutions, for matrices of any shape and rank; where A has full rank, `leastSquares` is far faster.
 * Derivatives need distinct, positive singular values, see `svd`.
 *
 * @param a [..., rows, columns], float32, float64 or complex.
 * @returns [..., columns, rows].
 * @throws InvalidInputError when `a` holds no matrices, or integers, or the tolerance is negative; UnsupportedError on webgpu and tensorflow.
 */
export function pseudoInverse<D extends DType>(a: Tensor<D>, options: PseudoInverseOptions = {}): Tensor<D> {
  const { rows, columns, batchShape, dtype } = matrixShape("pseudoInverse: a", a);
  const precision = isSingle(dtype) ? 2 ** -23 : 2 ** -52;
  const { rankTolerance = Math.max(rows, columns) * precision } = options;
  if (!(rankTolerance >= 0)) throw new InvalidInputError("pseudoInverse: rankTolerance", "a number ≥ 0", rankTolerance);
  return a.device.scope(() => {
    if (a.size === 0) return adjoint(a);
    const { u, s, vt } = svd(a);
    const bound = multiply(max(stopGradient(s) as Tensor, { axes: [-1] }), rankTolerance).reshape([...batchShape, 1]);
    const isKept = greater(s, bound);
    // The number that is divided by must not be zero, or derivatives would be NaN.
    const inverse = where(isKept, divide(1, where(isKept, s, 1)), 0);
    const scale = castLike(inverse.reshape([...inverse.shape, 1]), a);
    return matmul(adjoint(vt), multiply(adjoint(u), scale));
  });
}
