import type { DType } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { roll } from "../../movement/slices.ts";
import { normalizeAxes } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";

interface ShiftOptions {
  readonly axes?: number | readonly number[];
}

/**
 * Moves frequency zero of a spectrum from the beginning of every axis to its middle: element 0 goes to ⌊n / 2⌋, as NumPy's `fftshift`.
 *
 * @param options.axes negative ones count from the end. Default: all.
 * @throws InvalidInputError when an axis is out of range or repeated.
 */
export function fftShift<D extends DType>(x: Tensor<D>, { axes }: ShiftOptions = {}): Tensor<D> {
  const normalized = normalizeAxes("fftShift", x.rank, axes);
  return roll(
    x,
    normalized.map((axis) => Math.floor(x.shape[axis] / 2)),
    { axes: normalized },
  );
}

/** The inverse of `fftShift`, which differs from it along axes of odd extent. @throws as `fftShift`. */
export function ifftShift<D extends DType>(x: Tensor<D>, { axes }: ShiftOptions = {}): Tensor<D> {
  const normalized = normalizeAxes("ifftShift", x.rank, axes);
  return roll(
    x,
    normalized.map((axis) => -Math.floor(x.shape[axis] / 2)),
    { axes: normalized },
  );
}

/**
 * Frequencies of the entries of `fft`, in cycles per unit of `spacing`: [0, 1, …, ⌈n/2⌉ − 1, −⌊n/2⌋, …, −1] / (n · spacing), as NumPy's `fftfreq`.
 *
 * @param n length of the transform.
 * @param spacing distance of the samples. Default: 1.
 * @throws InvalidInputError unless n is a positive integer and the spacing is neither 0 nor NaN.
 */
export function fftFrequencies(n: number, spacing = 1): Float64Array<ArrayBuffer> {
  checkSamples("fftFrequencies", n, spacing);
  return Float64Array.from({ length: n }, (_, k) => (2 * k < n ? k : k - n) / (n * spacing));
}

/** Frequencies of the ⌊n/2⌋ + 1 entries of `rfft` of n numbers: [0, 1, …, ⌊n/2⌋] / (n · spacing). See `fftFrequencies`. */
export function rfftFrequencies(n: number, spacing = 1): Float64Array<ArrayBuffer> {
  checkSamples("rfftFrequencies", n, spacing);
  return Float64Array.from({ length: Math.floor(n / 2) + 1 }, (_, k) => k / (n * spacing));
}

function checkSamples(name: string, n: number, spacing: number): void {
  if (!Number.isInteger(n) || n < 1) throw new InvalidInputError(`${name}: n`, "an integer ≥ 1", n);
  if (!(Math.abs(spacing) > 0)) throw new InvalidInputError(`${name}: spacing`, "a number other than 0", spacing);
}
