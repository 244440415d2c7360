import type { FloatDType } from "../../dtype.ts";

/** What a transform takes to what: complex numbers to as many, real ones to half a spectrum, half a spectrum to real ones. */
export type FftKind = "complex" | "real" | "half";

/** Options of the kernel; the public functions make them. */
export interface FftOptions {
  readonly kind: FftKind;
  /** Sign +1 in the exponent instead of −1. `real` is never inverse, `half` always. */
  readonly inverse: boolean;
  /** Distinct and not negative. The last one is the one of which half a spectrum is kept. */
  readonly axes: readonly number[];
  /** Real numbers along the last of the axes of a `half` transform's result; what it is for the others follows from their input. */
  readonly length: number;
  /** Factor of the entries of a half spectrum that stand for two of the whole one: 1 leaves them as they are. Results of `real` are multiplied by it, inputs of `half` too. */
  readonly pairWeight: 1 | 2;
  /** Factor of the result. */
  readonly scale: number;
}

/** An array of lines, [outer, length, inner] in numbers of the transform. */
export interface LineShape {
  readonly dtype: FloatDType;
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** A transform on the cpu along the middle axis of [outer, length, inner], between addresses that may be the same where both sides are complex. */
export interface AxisTransform extends LineShape {
  readonly kind: FftKind;
  readonly inverse: boolean;
  readonly pairWeight: 1 | 2;
  readonly source: number;
  readonly target: number;
  readonly scale: number;
}

/** Entries that are kept of the spectrum of `length` real numbers: the others are their conjugates. */
export function halfLength(length: number): number {
  return Math.floor(length / 2) + 1;
}
