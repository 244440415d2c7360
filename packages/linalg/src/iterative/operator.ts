import { divide, InvalidInputError, isFloat, matmul, Tensor } from "@ansatz/tensor";
import { matrixShape } from "../matrix-shape.ts";

/** A linear map by what it does to vectors, of rank 1. */
export interface LinearOperator {
  readonly shape: readonly [rows: number, columns: number];
  /** A x, a new tensor [rows]. */
  apply(x: Tensor): Tensor;
  /** Aᵀ x, a new tensor [columns]; for methods that say so. */
  applyTranspose?(x: Tensor): Tensor;
}

/** An approximate inverse: M⁻¹ r, a new tensor. */
export type Preconditioner = (residual: Tensor) => Tensor;

/** A preconditioner that keeps tensors on a device. Dispose of it when done. */
export interface DisposablePreconditioner extends Disposable {
  (residual: Tensor): Tensor;
  dispose(): void;
}

/** A matrix [rows, columns] as an operator. @throws InvalidInputError unless it is one matrix of floats. */
export function matrixOperator(a: Tensor): LinearOperator {
  if (!isFloat(a.dtype)) throw new InvalidInputError("matrixOperator: a", "float32 or float64", a.dtype);
  const { rows, columns, batchShape } = matrixShape("matrixOperator: a", a);
  if (batchShape.length > 0) throw new InvalidInputError("matrixOperator: a", "one matrix", `shape [${a.shape}]`);
  const product = (x: Tensor, extent: number, transposeA: boolean) =>
    matmul(a, x.reshape([x.size, 1]), { transposeA }).reshape([extent]);
  return {
    shape: [rows, columns],
    apply: (x) => a.device.scope(() => product(x, rows, false)),
    applyTranspose: (x) => a.device.scope(() => product(x, columns, true)),
  };
}

/** Division by the diagonal. @param diagonal [n], without zeros. */
export function jacobiPreconditioner(diagonal: Tensor): Preconditioner {
  return (residual) => residual.device.scope(() => divide(residual, diagonal));
}

/** A right-hand side and what is to be solved, checked. @throws InvalidInputError naming the argument. */
export function checkSystem(
  method: string,
  a: Tensor | LinearOperator,
  b: Tensor,
  start: Tensor | undefined,
  kind: "square" | "any",
): LinearOperator {
  const operator = kind === "square" ? checkOperator(method, a) : asOperator(a);
  const [rows, columns] = operator.shape;
  if (!isFloat(b.dtype)) throw new InvalidInputError(`${method}: b`, "float32 or float64", b.dtype);
  checkVector(`${method}: b`, b, rows, b);
  if (start) checkVector(`${method}: options.start`, start, columns, b);
  return operator;
}

/** A square one. @throws InvalidInputError when it is not. */
export function checkOperator(method: string, a: Tensor | LinearOperator): LinearOperator {
  const operator = asOperator(a);
  const [rows, columns] = operator.shape;
  if (rows !== columns)
    throw new InvalidInputError(`${method}: a`, "a square matrix or operator", `[${rows}, ${columns}]`);
  return operator;
}

function asOperator(a: Tensor | LinearOperator): LinearOperator {
  return a instanceof Tensor ? matrixOperator(a) : a;
}

function checkVector(argument: string, x: Tensor, size: number, like: Tensor): void {
  if (x.rank !== 1 || x.size !== size) throw new InvalidInputError(argument, `shape [${size}]`, `shape [${x.shape}]`);
  if (x.dtype !== like.dtype) throw new InvalidInputError(argument, `dtype ${like.dtype}, like b`, x.dtype);
  if (x.device !== like.device) throw new InvalidInputError(argument, "a tensor on the device of b", x.device.kind);
}
