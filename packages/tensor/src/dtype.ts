import { InvalidInputError } from "./errors.ts";

/** Element types. `bool` is one byte (0 or 1) on the host and on cpu. */
export type DType = "float32" | "float64" | "int32" | "uint32" | "bool";

/** Element types of real numbers. */
export type FloatDType = "float32" | "float64";

/** The host array that holds a dtype. */
export interface TypedArrays {
  float32: Float32Array<ArrayBuffer>;
  float64: Float64Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  uint32: Uint32Array<ArrayBuffer>;
  bool: Uint8Array<ArrayBuffer>;
}

export type TypedArray = TypedArrays[DType];

interface DTypeFacts {
  readonly bytes: number;
  readonly array: new (lengthOrBuffer: number | ArrayBufferLike, offset?: number, length?: number) => TypedArray;
  readonly float: boolean;
}

const FACTS: Readonly<Record<DType, DTypeFacts>> = {
  float32: { bytes: 4, array: Float32Array as unknown as DTypeFacts["array"], float: true },
  float64: { bytes: 8, array: Float64Array as unknown as DTypeFacts["array"], float: true },
  int32: { bytes: 4, array: Int32Array as unknown as DTypeFacts["array"], float: false },
  uint32: { bytes: 4, array: Uint32Array as unknown as DTypeFacts["array"], float: false },
  bool: { bytes: 1, array: Uint8Array as unknown as DTypeFacts["array"], float: false },
};

export const DTYPES = Object.keys(FACTS) as readonly DType[];

/** Bytes per element on the host and on cpu. */
export function bytesPerElement(dtype: DType): number {
  return FACTS[dtype].bytes;
}

export function isFloat(dtype: DType): dtype is FloatDType {
  return FACTS[dtype].float;
}

/** A zeroed host array of `length` elements. */
export function hostArray<D extends DType>(dtype: D, length: number): TypedArrays[D] {
  return new FACTS[dtype].array(length) as TypedArrays[D];
}

/** A host view over `buffer`, from byte `offset`, of `length` elements. */
export function hostView<D extends DType>(
  dtype: D,
  buffer: ArrayBufferLike,
  offset: number,
  length: number,
): TypedArrays[D] {
  return new FACTS[dtype].array(buffer, offset, length) as TypedArrays[D];
}

/** The dtype a host array stands for; `Uint8Array` is `bool`. @throws InvalidInputError for any other kind of array. */
export function dtypeOf(array: ArrayBufferView, argument = "data"): DType {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  if (array instanceof Int32Array) return "int32";
  if (array instanceof Uint32Array) return "uint32";
  if (array instanceof Uint8Array) return "bool";
  throw new InvalidInputError(argument, "a Float32Array, Float64Array, Int32Array, Uint32Array or Uint8Array", array);
}
