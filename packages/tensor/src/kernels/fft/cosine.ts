import { type DType, type FloatDType, isFloat } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { normalizeAxes } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { complex, imag, real } from "../complex-parts/index.ts";
import { gather } from "../gather/index.ts";
import { add, multiply } from "../map/binary.ts";
import { type FourierNorm, irfft, rfft } from "./index.ts";
import { UnitRoots } from "./roots.ts";

export interface CosineOptions {
  /** II (even about −1/2 and n − 1/2: what vanishing derivatives at the ends of an interval ask for) or III, which is its transpose and, but for factors, its inverse. Default: 2. */
  readonly type?: 2 | 3;
  /** Axes to transform, one after the other; negative ones count from the end. Default: the last. */
  readonly axes?: number | readonly number[];
  /** Factors, see `dct`. Default: `"backward"`. */
  readonly norm?: FourierNorm;
}

/** A sum over cosines cos(π k (2j + 1) / 2n), over j (type 2) or k (type 3), with a factor for k = 0 and one for all others. */
interface CosineSum {
  readonly type: 2 | 3;
  readonly first: number;
  readonly others: number;
}

/**
 * Discrete cosine transform along one or more axes, as SciPy's `dct`: of n numbers x along an axis,
 * type 2 is y_k = 2 Σ_j x_j cos(π k (2j + 1) / 2n), type 3 is y_j = x_0 + 2 Σ_(k ≥ 1) x_k cos(π k (2j + 1) / 2n).
 * With norm `"forward"` they are divided by 2n; with `"ortho"` the matrix of the transform is orthogonal.
 *
 * A Fourier transform of n real numbers, some multiplications and permutations, all differentiable. Source: J. Makhoul, "A fast cosine transform in one and two dimensions" (1980).
 *
 * @param x float32 or float64.
 * @returns a tensor of the same shape and dtype.
 * @throws InvalidInputError for another dtype, another type than 2 or 3, an unknown norm, an axis that does not exist, is repeated or has no elements; UnsupportedError on tensorflow.
 */
export function dct<D extends DType>(x: Tensor<D>, options: CosineOptions = {}): Tensor<D> {
  return alongAxes("dct", x, options, (n) => cosineSum(options, n));
}

/**
 * The inverse of `dct` with the same options.
 *
 * @throws as `dct`.
 */
export function idct<D extends DType>(x: Tensor<D>, options: CosineOptions = {}): Tensor<D> {
  return alongAxes("idct", x, options, (n) => {
    const { type, first, others } = cosineSum(options, n);
    return { type: type === 2 ? 3 : 2, first: 1 / (n * first), others: 2 / (n * others) };
  });
}

function cosineSum({ type = 2, norm = "backward" }: CosineOptions, n: number): CosineSum {
  if (norm === "ortho") return { type, first: Math.sqrt(1 / n), others: Math.sqrt(2 / n) };
  const factor = norm === "forward" ? 1 / n : 2;
  return { type, first: type === 2 ? factor : factor / 2, others: factor };
}

function alongAxes<D extends DType>(
  name: string,
  x: Tensor<D>,
  { type = 2, axes = -1, norm = "backward" }: CosineOptions,
  sumOf: (n: number) => CosineSum,
): Tensor<D> {
  if (!isFloat(x.dtype)) throw new InvalidInputError(`${name}: x`, "float32 or float64", x.dtype);
  if (type !== 2 && type !== 3) throw new InvalidInputError(`${name}: type`, "2 or 3", type);
  if (!["backward", "forward", "ortho"].includes(norm))
    throw new InvalidInputError(`${name}: norm`, `"backward", "forward" or "ortho"`, norm);
  const normalized = normalizeAxes(name, x.rank, axes);
  if (normalized.some((axis) => x.shape[axis] === 0))
    throw new InvalidInputError(`${name}: x`, "at least one element along every axis", x.shape);
  return x.device.scope(() =>
    normalized.reduce((y, axis) => {
      const sum = sumOf(x.shape[axis]);
      return sum.type === 2 ? sumOverPositions(y, axis, sum) : sumOverFrequencies(y, axis, sum);
    }, x.alias()),
  );
}

/** Type 2: with v the even positions in order and then the odd ones from the end, V its Fourier transform and θ = πk / 2n, Σ_j x_j cos(…) = Re(exp(−iθ) V_k). */
function sumOverPositions<D extends DType>(x: Tensor<D>, axis: number, { first, others }: CosineSum): Tensor<D> {
  const n = x.shape[axis];
  const factor = (k: number) => (k === 0 ? first : others);
  const angles = quarterAngles(n);
  const frequencies = Array.from({ length: n }, (_, k) => k);
  const spectrum = rfft(pick(x, axis, evensThenOdds(n)), { axes: axis });
  const mirrored = frequencies.map((k) => Math.min(k, n - k));
  const re = pick(real(spectrum), axis, mirrored);
  const im = pick(imag(spectrum), axis, mirrored);
  return add(
    weighted(re, axis, (k) => factor(k) * angles.cosine(k)),
    // Beyond the middle the spectrum is the conjugate of what is there.
    weighted(im, axis, (k) => (2 * k > n ? -1 : 1) * factor(k) * angles.sine(k)),
  ) as Tensor<D>;
}

/** Type 3, the transpose: of w, x with its factors, the half spectrum U_k = (exp(iθ) w_k − i exp(iθ) w_(n−k)) / 2, U_0 = w_0, and back. */
function sumOverFrequencies<D extends DType>(x: Tensor<D>, axis: number, { first, others }: CosineSum): Tensor<D> {
  const n = x.shape[axis];
  const angles = quarterAngles(n);
  const half = others / 2;
  const frequencies = Array.from({ length: Math.floor(n / 2) + 1 }, (_, k) => k);
  const low = pick(x, axis, frequencies);
  const high = pick(
    x,
    axis,
    frequencies.map((k) => (n - k) % n),
  );
  const re = add(
    weighted(low, axis, (k) => (k === 0 ? first : half * angles.cosine(k))),
    weighted(high, axis, (k) => (k === 0 ? 0 : half * angles.sine(k))),
  );
  const im = add(
    weighted(low, axis, (k) => (k === 0 ? 0 : half * angles.sine(k))),
    weighted(high, axis, (k) => (k === 0 ? 0 : -half * angles.cosine(k))),
  );
  const sorted = irfft(complex(re, im), { axes: axis, length: n, norm: "forward" });
  const order = evensThenOdds(n);
  const back = new Array<number>(n);
  for (const [position, index] of order.entries()) back[index] = position;
  return pick(sorted, axis, back) as Tensor<D>;
}

/** 0, 2, 4, …, 5, 3, 1. */
function evensThenOdds(n: number): number[] {
  return Array.from({ length: n }, (_, position) => (2 * position < n ? 2 * position : 2 * (n - position) - 1));
}

/** Cosines and sines of πk / 2n. */
function quarterAngles(n: number): { cosine(k: number): number; sine(k: number): number } {
  const roots = new UnitRoots(4 * n);
  const root = new Float64Array(2);
  const part = (k: number, index: number) => {
    roots.store(k, root, 0);
    return root[index];
  };
  return { cosine: (k) => part(k, 0), sine: (k) => -part(k, 1) };
}

function pick(x: Tensor, axis: number, indices: readonly number[]): Tensor<FloatDType> {
  return gather(x, x.device.tensor(Int32Array.from(indices)), { axis }) as Tensor<FloatDType>;
}

function weighted(x: Tensor<FloatDType>, axis: number, weight: (k: number) => number): Tensor<FloatDType> {
  const extent = x.shape[axis];
  const weights = Float64Array.from({ length: extent }, (_, k) => weight(k));
  const shape = x.shape.slice(axis).map((_, index) => (index === 0 ? extent : 1));
  return multiply(x, x.device.tensor(weights, shape, x.dtype));
}
