import { InvalidInputError } from "@ansatz/tensor";
import type { CanonicalFunction, CanonicalTensor } from "./canonical.ts";
import { AXES, type Box, type Triple } from "./format.ts";

/** A sum of Gaussians Σ_k amplitudes[k] exp(−exponents[k]² r²) of the distance r; exponents ascend. */
export interface GaussianSum {
  /** t_k ≥ 0. */
  readonly exponents: Float64Array<ArrayBuffer>;
  /** a_k. */
  readonly amplitudes: Float64Array<ArrayBuffer>;
}

export interface QuadratureOptions {
  /** M: terms beside that of exponent 0. Default 64: 3·10⁻¹⁰ relative for r / scale in [10⁻³, 2√3]. */
  readonly terms?: number;
  /** η: step of the sinc quadrature. Default 0.17. */
  readonly step?: number;
  /** Unit of length. Default 1. */
  readonly scale?: number;
}

/**
 * 1/r as a sum of Gaussians: the trapezoid rule for (2/√π) ∫₀^∞ exp(−t² r²) dt after t = sinh u. The smallest distance it holds for is about 6 / the largest exponent.
 *
 * @throws InvalidInputError for options out of range.
 *
 * Source: "A mesh-free hybrid Chebyshev-Tucker tensor format with applications to multi-particle modelling", sinc quadrature of the Newton kernel.
 */
export function newtonGaussians({ terms = 64, step = 0.17, scale = 1 }: QuadratureOptions = {}): GaussianSum {
  if (!Number.isInteger(terms) || terms < 1) throw new InvalidInputError("options.terms", "an integer ≥ 1", terms);
  if (!(step > 0 && step * terms < 300))
    throw new InvalidInputError("options.step", "a positive number, at most 300 / terms", step);
  if (!(scale > 0 && Number.isFinite(scale))) throw new InvalidInputError("options.scale", "a positive number", scale);
  const at = Float64Array.from({ length: terms + 1 }, (_, k) => k * step);
  return {
    exponents: at.map((u) => Math.sinh(u) / scale),
    amplitudes: at.map((u, k) => ((k === 0 ? 0.5 : 1) * (2 / Math.sqrt(Math.PI)) * step * Math.cosh(u)) / scale),
  };
}

/** Value of a sum of Gaussians at distance r. */
export function gaussianSumAt({ exponents, amplitudes }: GaussianSum, r: number): number {
  let sum = 0;
  for (let k = 0; k < exponents.length; k++) sum += amplitudes[k] * Math.exp(-((exponents[k] * r) ** 2));
  return sum;
}

/** Smooth terms and the others. */
export interface RangeSeparation {
  readonly longRange: GaussianSum;
  readonly shortRange: GaussianSum;
}

/**
 * Splits a sum of Gaussians in a long-range part, exponents up to `largestExponent` (T_l), and the rest, which is negligible a few 1 / T_l from the centre.
 *
 * @throws InvalidInputError when no term would be long-range.
 */
export function separateRanges({ exponents, amplitudes }: GaussianSum, largestExponent: number): RangeSeparation {
  const count = exponents.filter((exponent) => exponent <= largestExponent).length;
  if (count === 0)
    throw new InvalidInputError("largestExponent", `at least ${exponents[0]}, the smallest exponent`, largestExponent);
  return {
    longRange: { exponents: exponents.slice(0, count), amplitudes: amplitudes.slice(0, count) },
    shortRange: { exponents: exponents.slice(count), amplitudes: amplitudes.slice(count) },
  };
}

/** The exponent T whose Gaussian has fallen to `tolerance` at `radius`: what to separate ranges at when the short-range part shall end there. */
export function exponentForRadius(radius: number, tolerance: number): number {
  if (!(radius > 0)) throw new InvalidInputError("radius", "a positive number", radius);
  if (!(tolerance > 0 && tolerance < 1)) throw new InvalidInputError("tolerance", "a number in (0, 1)", tolerance);
  return Math.sqrt(-Math.log(tolerance)) / radius;
}

/** Charges at places in space. */
export interface Particles {
  /** [N, 3], row-major. */
  readonly positions: ArrayLike<number>;
  /** z_ν [N], of any sign. */
  readonly charges: ArrayLike<number>;
}

/** @throws InvalidInputError for numbers that do not fit or are not finite, and positions outside of the box. */
export function checkParticles({ positions, charges }: Particles, domain: Box): void {
  if (!(charges?.length >= 1)) throw new InvalidInputError("particles.charges", "at least one", charges);
  if (positions?.length !== 3 * charges.length)
    throw new InvalidInputError("particles.positions", `[${charges.length}, 3] numbers`, positions?.length);
  for (let index = 0; index < charges.length; index++)
    if (!Number.isFinite(charges[index]))
      throw new InvalidInputError(`particles.charges[${index}]`, "a finite number", charges[index]);
  for (let index = 0; index < positions.length; index++) {
    const [lower, upper] = domain[index % 3];
    if (!(positions[index] >= lower && positions[index] <= upper))
      throw new InvalidInputError(
        `particles.positions, particle ${Math.floor(index / 3)}, axis ${index % 3}`,
        `in the domain [${lower}, ${upper}]`,
        positions[index],
      );
  }
}

/** Σ_ν z_ν Σ_k a_k exp(−t_k² ‖x − x_ν‖²) as a canonical function of N K terms, exponent by exponent. */
export function particleCanonical(
  { positions, charges }: Particles,
  { exponents, amplitudes }: GaussianSum,
): CanonicalFunction {
  const particles = charges.length;
  const terms = particles * exponents.length;
  return {
    weights: Float64Array.from(
      { length: terms },
      (_, term) => charges[term % particles] * amplitudes[Math.floor(term / particles)],
    ),
    columns: (axis, coordinates) => {
      const values = new Float64Array(coordinates.length * terms);
      let at = 0;
      for (const x of coordinates)
        for (const exponent of exponents)
          for (let particle = 0; particle < particles; particle++)
            values[at++] = Math.exp(-((exponent * (x - positions[3 * particle + axis])) ** 2));
      return values;
    },
  };
}

/** Equal charges at the sites origin + index · spacing of a rectangular lattice. */
export interface Lattice {
  /** L₁, L₂, L₃. */
  readonly counts: Triple<number>;
  /** Site (0, 0, 0). */
  readonly origin: Triple<number>;
  readonly spacing: Triple<number>;
  /** Default 1. */
  readonly charge?: number;
}

/**
 * The potential of a whole lattice as a canonical function of as many terms as one Gaussian sum has: sums over sites are products of sums over indices (assembled vectors). Several
 * species, and vacancies as charges of the other sign, are concatenated by `joinCanonical`.
 *
 * @throws InvalidInputError for counts that are not positive integers.
 */
export function latticeCanonical(
  { counts, origin, spacing, charge = 1 }: Lattice,
  { exponents, amplitudes }: GaussianSum,
): CanonicalFunction {
  for (const axis of AXES)
    if (!Number.isInteger(counts[axis]) || counts[axis] < 1)
      throw new InvalidInputError(`lattice.counts[${axis}]`, "an integer ≥ 1", counts[axis]);
  return {
    weights: amplitudes.map((amplitude) => charge * amplitude),
    columns: (axis, coordinates) => {
      const values = new Float64Array(coordinates.length * exponents.length);
      let at = 0;
      for (const x of coordinates)
        for (const exponent of exponents) {
          let sum = 0;
          for (let site = 0; site < counts[axis]; site++)
            sum += Math.exp(-((exponent * (x - origin[axis] - site * spacing[axis])) ** 2));
          values[at++] = sum;
        }
      return values;
    },
  };
}

/** The sum of canonical functions: all their terms. */
export function joinCanonical(parts: readonly CanonicalFunction[]): CanonicalFunction {
  const lengths = parts.map(({ weights }) => weights.length);
  const terms = lengths.reduce((sum, length) => sum + length, 0);
  return {
    weights: Float64Array.from(parts.flatMap(({ weights }) => [...weights])),
    columns: (axis, coordinates) => {
      const values = new Float64Array(coordinates.length * terms);
      let offset = 0;
      for (const [index, part] of parts.entries()) {
        const own = part.columns(axis, coordinates);
        for (let row = 0; row < coordinates.length; row++)
          values.set(own.subarray(row * lengths[index], (row + 1) * lengths[index]), row * terms + offset);
        offset += lengths[index];
      }
      return values;
    },
  };
}

/**
 * A sum of Gaussians around the origin as a canonical tensor of averages over the cells of a uniform grid, by error functions.
 *
 * @throws InvalidInputError for extents that are not positive integers.
 */
export function voxelCanonical(
  { exponents, amplitudes }: GaussianSum,
  extents: Triple<number>,
  domain: Box,
): CanonicalTensor {
  const factors = AXES.map((axis) => {
    const n = extents[axis];
    if (!Number.isInteger(n) || n < 1) throw new InvalidInputError(`extents[${axis}]`, "an integer ≥ 1", n);
    const [lower, upper] = domain[axis];
    const h = (upper - lower) / n;
    return Float64Array.from({ length: n * exponents.length }, (_, at) => {
      const t = exponents[at % exponents.length];
      const left = lower + Math.floor(at / exponents.length) * h;
      return t * h < 1e-8
        ? Math.exp(-((t * (left + h / 2)) ** 2))
        : errorFunctionBetween(t * left, t * (left + h)) / (t * h);
    });
  });
  return { weights: amplitudes, factors: factors as unknown as Triple<Float64Array>, extents };
}

/** ∫ exp(−s²) ds from a to b by Gauss's rule on pieces of length 1/2 at most: no difference of almost equal error functions. */
function errorFunctionBetween(a: number, b: number): number {
  // Beyond 27 the integrand is zero.
  const [from, to] = [Math.max(a, -27), Math.min(b, 27)];
  if (from >= to) return 0;
  const pieces = Math.ceil((to - from) / 0.5);
  const half = (to - from) / pieces / 2;
  let sum = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const middle = from + (2 * piece + 1) * half;
    for (const [node, weight] of GAUSS_LEGENDRE)
      sum += weight * (Math.exp(-((middle - half * node) ** 2)) + Math.exp(-((middle + half * node) ** 2)));
  }
  return sum * half;
}

/** Nodes and weights of ten-point Gauss–Legendre quadrature, the positive half. */
const GAUSS_LEGENDRE: readonly (readonly [node: number, weight: number])[] = [
  [0.14887433898163122, 0.29552422471475287],
  [0.4333953941292472, 0.26926671930999635],
  [0.6794095682990244, 0.21908636251598204],
  [0.8650633666889845, 0.1494513491505806],
  [0.9739065285171717, 0.06667134430868814],
];
