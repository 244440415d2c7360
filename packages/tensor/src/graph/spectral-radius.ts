import { isFloat } from "../dtype.ts";
import { DivergedError, InvalidInputError } from "../errors.ts";
import { multiply } from "../kernels/map/binary.ts";
import { sum } from "../kernels/reduce/index.ts";
import { normal } from "../random/draw.ts";
import type { Key } from "../random/key.ts";
import { sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

export interface SpectralRadiusOptions {
  /** Of the random start. */
  readonly key: Key;
  /** Most iterations, of two applications each. Default: 500. */
  readonly iterations?: number;
  /** Relative change from one iteration to the next at which to stop. Default: 10⁻⁵ for float32, 10⁻¹⁰ for float64. */
  readonly tolerance?: number;
  readonly signal?: AbortSignal;
}

export interface SpectralRadiusResult {
  readonly radius: number;
  readonly iterations: number;
  /** `"iteration-limit"`: raise `iterations` or `tolerance`; eigenvalues of nearly the same magnitude converge slowly. */
  readonly reason: "converged" | "iteration-limit" | "aborted";
}

/**
 * The largest magnitude of an eigenvalue of a real linear operator, by power iteration. Three successive iterates are fitted by a recurrence of two terms, whose roots are the dominant
 * eigenvalue or pair: complex pairs and λ, −λ converge as a single one does.
 *
 * The error shrinks by |λ₂ / λ₁|² each iteration, where λ₂ is the next in magnitude.
 * Source: Wilkinson, "The Algebraic Eigenvalue Problem" (1965), chapter 9, "Complex conjugate eigenvalues".
 *
 * @param apply v ↦ A v, linear, in operations; of the shape and dtype of `like`.
 * @param like a float tensor that gives shape, dtype and device; its values do not matter.
 * @throws InvalidInputError for a bad key or option, when `like` is no float tensor with elements, or `apply` changes shape or dtype; DivergedError when an iterate is not finite.
 */
export async function spectralRadius(
  apply: (v: Tensor) => Tensor,
  like: Tensor,
  { key, iterations = 500, tolerance, signal }: SpectralRadiusOptions,
): Promise<SpectralRadiusResult> {
  const { device, shape, dtype, size } = like;
  if (!isFloat(dtype) || size === 0)
    throw new InvalidInputError("like", "a float tensor with elements", `${dtype} [${shape}]`);
  if (!Number.isInteger(iterations) || iterations < 1)
    throw new InvalidInputError("iterations", "an integer ≥ 1", iterations);
  const enough = tolerance ?? (dtype === "float32" ? 1e-5 : 1e-10);
  if (!(enough >= 0)) throw new InvalidInputError("tolerance", "a number ≥ 0", enough);
  const collinear = dtype === "float32" ? COLLINEAR_FLOAT32 : COLLINEAR_FLOAT64;

  let v: Tensor = normal(key, shape, { device, dtype });
  let radius = Number.NaN;
  try {
    for (let iteration = 1; iteration <= iterations; iteration++) {
      if (signal?.aborted) return { radius, iterations: iteration - 1, reason: "aborted" };
      const { products, last } = twoSteps(apply, v);
      v.dispose();
      v = last;
      const dots = await Promise.all(products.map(async (each) => Number(await each.item())));
      for (const each of products) each.dispose();
      const scale = dots[5];
      if (!dots.every(Number.isFinite))
        throw new DivergedError("spectralRadius", iteration, "an iterate is not finite", radius);
      if (scale === 0) return { radius: 0, iterations: iteration, reason: "converged" };
      const before = radius;
      radius = dominantMagnitude(dots, collinear);
      if (Math.abs(radius - before) <= enough * radius) return { radius, iterations: iteration, reason: "converged" };
      const next = multiply(v, 1 / Math.sqrt(scale));
      v.dispose();
      v = next;
    }
    return { radius, iterations, reason: "iteration-limit" };
  } finally {
    v.dispose();
  }
}

/** Squared sine of the angle between iterates below which they are taken for parallel: well above their rounding, (2¹⁰ u)². */
const COLLINEAR_FLOAT32 = 2 ** -28;
const COLLINEAR_FLOAT64 = 2 ** -86;

/** A² v, and the scalar products of v, A v and A² v with each other: 00, 01, 11, 02, 12, 22. */
function twoSteps(apply: (v: Tensor) => Tensor, v: Tensor): { products: Tensor[]; last: Tensor } {
  return v.device.scope(() => {
    const once = checked(apply(v), v);
    const twice = checked(apply(once), v);
    const dot = (a: Tensor, b: Tensor) => sum(multiply(a, b));
    return {
      products: [dot(v, v), dot(v, once), dot(once, once), dot(v, twice), dot(once, twice), dot(twice, twice)],
      // A handle of our own: `apply` may return its argument.
      last: twice.alias(),
    };
  });
}

function checked(result: Tensor, like: Tensor): Tensor {
  if (!sameShape(result.shape, like.shape) || result.dtype !== like.dtype)
    throw new InvalidInputError("apply", `${like.dtype} [${like.shape}]`, `${result.dtype} [${result.shape}]`);
  return result;
}

/** The larger root of z² = a z + b in magnitude, where a and b fit A² v = a A v + b v best. */
function dominantMagnitude([c00, c01, c11, c02, c12]: readonly number[], collinear: number): number {
  const determinant = c11 * c00 - c01 * c01;
  if (determinant <= collinear * c11 * c00) return Math.abs(c01) / c00;
  const a = (c12 * c00 - c02 * c01) / determinant;
  const b = (c11 * c02 - c01 * c12) / determinant;
  const discriminant = a * a + 4 * b;
  return discriminant < 0 ? Math.sqrt(-b) : (Math.abs(a) + Math.sqrt(discriminant)) / 2;
}
