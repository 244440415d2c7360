import {
  add,
  broadcastTo,
  cast,
  conj,
  type DType,
  isComplex,
  matmul,
  multiply,
  scatterAlongAxis,
  sum,
  type Tensor,
  takeAlongAxis,
  transpose,
  where,
} from "@ansatz/tensor";

/** The elements of matrices on and below a diagonal (`"lower"`), or on and above it; zero elsewhere. `diagonal` counts from the main one to the right. */
export function triangle(x: Tensor, part: "lower" | "upper", diagonal = 0): Tensor {
  const [rows, columns] = x.shape.slice(-2);
  const kept = new Uint8Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      kept[i * columns + j] = (part === "lower" ? j - i <= diagonal : j - i >= diagonal) ? 1 : 0;
  return where(x.device.tensor(kept, [rows, columns], "bool"), x, 0);
}

/** Transposes of matrices. */
export function transposed<D extends DType>(x: Tensor<D>): Tensor<D> {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

/** Conjugates; of real tensors these themselves, not another handle. */
export function conjugate<D extends DType>(x: Tensor<D>): Tensor<D> {
  return isComplex(x.dtype) ? (conj(x) as Tensor<D>) : x;
}

/** Adjoints: conjugate transposes. */
export function adjoint<D extends DType>(x: Tensor<D>): Tensor<D> {
  return conjugate(transposed(x));
}

/** Half of the sum of matrices and their adjoints. */
export function hermitianPart(x: Tensor): Tensor {
  return multiply(add(x, adjoint(x)), 0.5);
}

/** Aᴴ B. */
export function adjointTimes<D extends DType>(a: Tensor<D>, b: Tensor<D>): Tensor<D> {
  return matmul(conjugate(a), b, { transposeA: true });
}

/** A Bᴴ. */
export function timesAdjoint<D extends DType>(a: Tensor<D>, b: Tensor<D>): Tensor<D> {
  return matmul(a, conjugate(b), { transposeB: true });
}

/** Real numbers in the dtype of another tensor, which may be complex. */
export function castLike<D extends DType>(x: Tensor, like: Tensor<D>): Tensor<D> {
  return x.dtype === like.dtype ? (x as Tensor<D>) : cast(x, like.dtype);
}

/** A matrix with ones on the diagonal and zeros elsewhere, of the device and dtype of another tensor. */
export function identity<D extends DType>({ device, dtype }: Tensor<D>, rows: number, columns = rows): Tensor<D> {
  const parts = isComplex(dtype) ? 2 : 1;
  const values = new Float64Array(rows * columns * parts);
  for (let i = 0; i < Math.min(rows, columns); i++) values[i * (columns + 1) * parts] = 1;
  return device.tensor(values, [rows, columns], dtype);
}

/** Row i of the result is row permutation[i] of x; or `"back"`, the other way round. `permutation` is int32 [..., rows]. */
export function permuteRows(x: Tensor, permutation: Tensor, direction: "forth" | "back" = "forth"): Tensor {
  const indices = broadcastTo(permutation.reshape([...permutation.shape, 1]), x.shape);
  if (direction === "forth") return takeAlongAxis(x, indices, { axis: -2 });
  const target = x.device.zeros(x.shape, x.dtype);
  return scatterAlongAxis(target, indices, x, { axis: -2, mode: "add" });
}

/** The diagonals of square matrices [..., n, n], as [..., n]. */
export function diagonal<D extends DType>(x: Tensor<D>): Tensor<D> {
  const n = x.shape[x.shape.length - 1];
  const kept = Uint8Array.from({ length: n * n }, (_, index) => (index % (n + 1) === 0 ? 1 : 0));
  return sum(where(x.device.tensor(kept, [n, n], "bool"), x, 0), { axes: [-1] }) as Tensor<D>;
}

/** Square matrices with the given diagonals [..., n], and zeros beside them. */
export function diagonalMatrix<D extends DType>(x: Tensor<D>): Tensor<D> {
  const n = x.shape[x.shape.length - 1];
  return multiply(x.reshape([...x.shape, 1]), identity(x, n));
}
