import { InvalidInputError } from "./errors.ts";

/** Element types. `bool` is one byte (0 or 1) on the host and on cpu; a complex number is a pair of floats, the real part first. */
export type DType = "float32" | "float64" | "int32" | "uint32" | "bool" | ComplexDType;

/** Element types of real numbers. */
export type FloatDType = "float32" | "float64";

/** Element types of complex numbers. */
export type ComplexDType = "complex64" | "complex128";

/** The host array that holds a dtype; complex numbers take two entries each. */
export interface TypedArrays {
  float32: Float32Array<ArrayBuffer>;
  float64: Float64Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  uint32: Uint32Array<ArrayBuffer>;
  bool: Uint8Array<ArrayBuffer>;
  complex64: Float32Array<ArrayBuffer>;
  complex128: Float64Array<ArrayBuffer>;
}

export type TypedArray = TypedArrays[DType];

interface DTypeFacts {
  readonly bytes: number;
  readonly array: new (lengthOrBuffer: number | ArrayBufferLike, offset?: number, length?: number) => TypedArray;
  /** What one component of an element is. */
  readonly kind: "float" | "complex" | "integer";
}

type HostArrayConstructor = DTypeFacts["array"];

const FACTS: Readonly<Record<DType, DTypeFacts>> = {
  float32: { bytes: 4, array: Float32Array as unknown as HostArrayConstructor, kind: "float" },
  float64: { bytes: 8, array: Float64Array as unknown as HostArrayConstructor, kind: "float" },
  int32: { bytes: 4, array: Int32Array as unknown as HostArrayConstructor, kind: "integer" },
  uint32: { bytes: 4, array: Uint32Array as unknown as HostArrayConstructor, kind: "integer" },
  bool: { bytes: 1, array: Uint8Array as unknown as HostArrayConstructor, kind: "integer" },
  complex64: { bytes: 8, array: Float32Array as unknown as HostArrayConstructor, kind: "complex" },
  complex128: { bytes: 16, array: Float64Array as unknown as HostArrayConstructor, kind: "complex" },
};

export const DTYPES = Object.keys(FACTS) as readonly DType[];

/** All dtypes but the complex ones. */
export const REAL_DTYPES: readonly DType[] = DTYPES.filter((dtype) => !isComplex(dtype));

/** Bytes per element on the host and on cpu. */
export function bytesPerElement(dtype: DType): number {
  return FACTS[dtype].bytes;
}

/** Entries of the host array per element: 2 for complex dtypes, else 1. */
export function componentsPerElement(dtype: DType): number {
  return isComplex(dtype) ? 2 : 1;
}

export function isFloat(dtype: DType): dtype is FloatDType {
  return FACTS[dtype].kind === "float";
}

export function isComplex(dtype: DType): dtype is ComplexDType {
  return FACTS[dtype].kind === "complex";
}

/** Whether derivatives exist in values of this dtype: real and complex numbers, not integers. */
export function isDifferentiable(dtype: DType): dtype is FloatDType | ComplexDType {
  return FACTS[dtype].kind !== "integer";
}

/** The dtype of the real and imaginary parts of a complex dtype. */
export function partDType(dtype: ComplexDType): FloatDType {
  return dtype === "complex64" ? "float32" : "float64";
}

/** The complex dtype whose parts are of this dtype. */
export function complexDType(dtype: FloatDType): ComplexDType {
  return dtype === "float32" ? "complex64" : "complex128";
}

/** A zeroed host array of `length` elements. */
export function hostArray<D extends DType>(dtype: D, length: number): TypedArrays[D] {
  return new FACTS[dtype].array(length * componentsPerElement(dtype)) as TypedArrays[D];
}

/** Makes every element of a host array `value`, real where the dtype is complex; returns the array. */
export function fillElements<Values extends TypedArray>(values: Values, value: number, dtype: DType): Values {
  values.fill(value);
  if (isComplex(dtype)) for (let index = 1; index < values.length; index += 2) values[index] = 0;
  return values;
}

/** A host view over `buffer`, from byte `offset`, of `length` elements. */
export function hostView<D extends DType>(
  dtype: D,
  buffer: ArrayBufferLike,
  offset: number,
  length: number,
): TypedArrays[D] {
  return new FACTS[dtype].array(buffer, offset, length * componentsPerElement(dtype)) as TypedArrays[D];
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
