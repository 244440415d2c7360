import { type DType, InvalidInputError, type Tensor } from "@ansatz/tensor";
import { qr } from "../kernels/qr/index.ts";
import { solveTriangular } from "../kernels/solve-triangular/index.ts";
import { adjointTimes } from "../matrix-parts.ts";
import { matrixShape, systemShapes } from "../matrix-shape.ts";

/**
 * The X with the least ‖A X − B‖ in the 2-norm, column by column, by QR: for A of full column rank with at least as many rows as columns. Differentiable in both to any order.
 *
 * A of deficient rank gives infinities, or numbers as large as rounding allows.
 *
 * @param a [..., rows, columns], float32, float64 or complex; rows ≥ columns.
 * @param b [..., rows, k], of the same dtype; leading axes broadcast.
 * @returns X [..., columns, k].
 * @throws InvalidInputError when shapes or dtypes do not fit; UnsupportedError on tensorflow.
 */
export function leastSquares<D extends DType>(a: Tensor<D>, b: Tensor<D>): Tensor<D> {
  const { rows, columns } = matrixShape("leastSquares: a", a);
  if (rows < columns)
    throw new InvalidInputError("leastSquares: a", "at least as many rows as columns", `shape [${a.shape}]`);
  systemShapes("leastSquares", a, b);
  return a.device.scope(() => {
    const { q, r } = qr(a);
    return solveTriangular(r, adjointTimes(q, b), { lower: false });
  });
}
