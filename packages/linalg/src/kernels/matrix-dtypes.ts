import type { DType } from "@ansatz/tensor";
import type { MatrixDType } from "../matrix-shape.ts";

export const MATRIX_DTYPES: readonly MatrixDType[] = ["float32", "float64", "complex64", "complex128"];

/** Whether numbers are of single precision. */
export function isSingle(dtype: DType): boolean {
  return dtype === "float32" || dtype === "complex64";
}

/** Half an ulp of 1. */
export function roundingUnit(dtype: DType): number {
  return isSingle(dtype) ? 2 ** -24 : 2 ** -53;
}

/** Values as an array of single precision holds them, or as they are. */
export function rounded(values: Float64Array, dtype: DType): Float64Array {
  return isSingle(dtype) ? values.map(Math.fround) : values;
}
