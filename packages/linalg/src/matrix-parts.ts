import { add, multiply, type Tensor, transpose, where } from "@ansatz/tensor";

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
export function transposed(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

/** Half of the sum of matrices and their transposes. */
export function symmetricPart(x: Tensor): Tensor {
  return multiply(add(x, transposed(x)), 0.5);
}

/** Identity matrices of the shape. */
export function identity(like: Tensor, n: number): Tensor {
  const values = new Float64Array(n * n);
  for (let i = 0; i < n; i++) values[i * (n + 1)] = 1;
  return like.device.tensor(values, [n, n], like.dtype);
}
