import {
  broadcastShapes,
  type ComplexDType,
  type DType,
  type FloatDType,
  InvalidInputError,
  isComplex,
  isFloat,
  partDType,
  type Shape,
  sizeOf,
  type TensorSpec,
} from "@ansatz/tensor";

/** Element types of matrices. */
export type MatrixDType = FloatDType | ComplexDType;

/** The dtype of real parts: of singular values, absolute values and so on. */
export type RealOf<D extends DType> = D extends "complex64" ? "float32" : D extends "complex128" ? "float64" : D;

export function realDType(dtype: MatrixDType): FloatDType {
  return isComplex(dtype) ? partDType(dtype) : dtype;
}

/** Matrices along the last two axes, and how many. */
export interface MatrixShape {
  readonly rows: number;
  readonly columns: number;
  /** Extents of the axes before. */
  readonly batchShape: Shape;
  readonly batches: number;
  readonly dtype: MatrixDType;
}

/** @throws InvalidInputError unless `spec` holds matrices of floats or complex numbers. */
export function matrixShape(argument: string, { shape, dtype }: TensorSpec): MatrixShape {
  if (!isFloat(dtype) && !isComplex(dtype)) throw new InvalidInputError(argument, "float32, float64 or complex", dtype);
  if (shape.length < 2)
    throw new InvalidInputError(argument, "a matrix, or matrices along the last two axes", `shape [${shape}]`);
  const batchShape = shape.slice(0, -2);
  const [rows, columns] = shape.slice(-2);
  return { rows, columns, batchShape, batches: sizeOf(batchShape), dtype };
}

/** @throws InvalidInputError unless `spec` holds square matrices of floats or complex numbers. */
export function squareShape(argument: string, spec: TensorSpec): MatrixShape {
  const matrix = matrixShape(argument, spec);
  if (matrix.rows !== matrix.columns) throw new InvalidInputError(argument, "square matrices", `shape [${spec.shape}]`);
  return matrix;
}

/** @throws InvalidInputError unless `b` has the dtype of `a` and as many rows as it, in as many matrices. */
export function rightSideShape(argument: string, a: MatrixShape, spec: TensorSpec): MatrixShape {
  const b = matrixShape(argument, spec);
  if (b.dtype !== a.dtype) throw new InvalidInputError(argument, `dtype ${a.dtype}, like a`, b.dtype);
  if (b.rows !== a.rows || b.batchShape.join() !== a.batchShape.join())
    throw new InvalidInputError(argument, `shape [${[...a.batchShape, a.rows, "columns"]}]`, `shape [${spec.shape}]`);
  return b;
}

/**
 * The shapes of A and of right-hand sides B with their batch axes broadcast against each other.
 * @throws InvalidInputError unless B has the dtype of A, and as many rows.
 */
export function systemShapes(operation: string, a: TensorSpec, b: TensorSpec): readonly [Shape, Shape] {
  const left = matrixShape(`${operation}: a`, a);
  const right = matrixShape(`${operation}: b`, b);
  if (right.dtype !== left.dtype)
    throw new InvalidInputError(`${operation}: b`, `dtype ${left.dtype}, like a`, right.dtype);
  if (right.rows !== left.rows)
    throw new InvalidInputError(`${operation}: b`, `${left.rows} rows, as a has`, `shape [${b.shape}]`);
  const batch = broadcastShapes(operation, [left.batchShape, right.batchShape]);
  return [
    [...batch, left.rows, left.columns],
    [...batch, right.rows, right.columns],
  ];
}

/** Real multiplications, or additions, that one takes: of complex numbers four. */
export function realFlops(dtype: MatrixDType): number {
  return isComplex(dtype) ? 4 : 1;
}
