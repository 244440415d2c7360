import type { DType } from "../../dtype.ts";
import type { Tensor } from "../../tensor.ts";
import { unary } from "./unary.ts";

// Each takes a tensor of any shape and returns one of the same shape. Accuracy on cpu: assembly/README.md; on webgpu float32 within 5 ulp.

/**
 * Inverse cosine in [0, π]: NaN beyond ±1.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function acos<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("acos", x) as Tensor<D>;
}

/**
 * Inverse hyperbolic cosine: 0 for 1, NaN below.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function acosh<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("acosh", x) as Tensor<D>;
}

/**
 * Inverse sine in [−π/2, π/2]: NaN beyond ±1.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function asin<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("asin", x) as Tensor<D>;
}

/**
 * Inverse hyperbolic sine.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function asinh<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("asinh", x) as Tensor<D>;
}

/**
 * Inverse tangent in [−π/2, π/2].
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function atan<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("atan", x) as Tensor<D>;
}

/**
 * Inverse hyperbolic tangent: ±∞ for ±1, NaN beyond.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function atanh<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("atanh", x) as Tensor<D>;
}

/**
 * Hyperbolic cosine.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function cosh<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("cosh", x) as Tensor<D>;
}

/**
 * Error function 2/√π ∫₀ˣ exp(−t²) dt.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function erf<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("erf", x) as Tensor<D>;
}

/**
 * Complementary error function 1 − erf x, accurate for large x too.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function erfc<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("erfc", x) as Tensor<D>;
}

/**
 * 2ˣ, exact for integers.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function exp2<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("exp2", x) as Tensor<D>;
}

/**
 * Base-10 logarithm: −∞ for ±0, NaN for negative numbers.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function log10<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("log10", x) as Tensor<D>;
}

/**
 * Base-2 logarithm, exact for powers of 2 on cpu and webgpu: −∞ for ±0, NaN for negative numbers.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function log2<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("log2", x) as Tensor<D>;
}

/**
 * Hyperbolic sine.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function sinh<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("sinh", x) as Tensor<D>;
}

/**
 * Tangent, the argument in radians and of any size.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function tan<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("tan", x) as Tensor<D>;
}
