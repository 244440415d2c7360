import { type DType, isComplex } from "../../dtype.ts";
import type { Tensor } from "../../tensor.ts";
import { complexFunction } from "../complex-map/functions.ts";
import { mapKernel } from "./index.ts";
import type { MapOperation } from "./operations.ts";

// Each takes a tensor of any shape and returns one of the same shape. Accuracy on cpu: assembly/README.md; on webgpu float32 within 5 ulp.

/**
 * Absolute value. The least int32 is its own.
 *
 * Of complex numbers √(re² + im²), a real tensor, without overflow on the way; infinite where a part is, even if the other is NaN. Its derivative at 0 is 0.
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or complex.
 */
export function abs(x: Tensor<"complex64">): Tensor<"float32">;
export function abs(x: Tensor<"complex128">): Tensor<"float64">;
export function abs<D extends DType>(x: Tensor<D>): Tensor<D>;
export function abs<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("abs", x) as Tensor<D>;
}

/**
 * Smallest integer that is not below the element.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function ceil<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("ceil", x) as Tensor<D>;
}

/**
 * Cosine, the argument in radians and of any size.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function cos<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("cos", x) as Tensor<D>;
}

/**
 * Exponential function.
 *
 * Of complex numbers e^re (cos im + i sin im): where e^re overflows so does the result, even if the product would not; 0 for re = −∞, whatever im is; a real result for a real number.
 *
 * @throws InvalidInputError unless the dtype is float32, float64 or complex.
 */
export function exp<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("exp", x) as Tensor<D>;
}

/**
 * eˣ − 1, accurate for small x too.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function expm1<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("expm1", x) as Tensor<D>;
}

/**
 * Largest integer that is not above the element.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function floor<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("floor", x) as Tensor<D>;
}

/**
 * Whether the element, or a part of a complex one, is NaN.
 *
 * @throws InvalidInputError unless the dtype is float32, float64 or complex.
 */
// biome-ignore lint/suspicious/noShadowRestrictedNames: the name it has in NumPy and TensorFlow.js
export function isNaN(x: Tensor): Tensor<"bool"> {
  return unary("isNaN", x) as Tensor<"bool">;
}

/**
 * Natural logarithm: −∞ for ±0, NaN for negative numbers.
 *
 * Of complex numbers log |x| + i angle(x), the branch with an imaginary part in [−π, π], cut along the negative real axis, where the sign of a zero imaginary part decides (on cpu);
 * the real part is accurate near the unit circle, too.
 *
 * @throws InvalidInputError unless the dtype is float32, float64 or complex.
 */
export function log<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("log", x) as Tensor<D>;
}

/**
 * ln(1 + x), accurate for small x too: −∞ for −1, NaN below.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function log1p<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("log1p", x) as Tensor<D>;
}

/**
 * Logical negation.
 *
 * @throws InvalidInputError unless the dtype is bool.
 */
export function logicalNot(x: Tensor): Tensor<"bool"> {
  return unary("logicalNot", x) as Tensor<"bool">;
}

/**
 * The element with the other sign. The least int32 is its own.
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or complex.
 */
export function neg<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("neg", x) as Tensor<D>;
}

/**
 * 1 / x: ±∞ for ±0. Of complex numbers see `divide`.
 *
 * @throws InvalidInputError unless the dtype is float32, float64 or complex.
 */
export function reciprocal<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("reciprocal", x) as Tensor<D>;
}

/**
 * Nearest integer, halves to the even one.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function round<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("round", x) as Tensor<D>;
}

/**
 * 1 / √x: ±∞ for ±0, NaN for negative numbers.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function rsqrt<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("rsqrt", x) as Tensor<D>;
}

/**
 * Logistic function 1 / (1 + e⁻ˣ).
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function sigmoid<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("sigmoid", x) as Tensor<D>;
}

/**
 * −1, 0 or 1 by the element's sign; ±0 and NaN are themselves.
 *
 * @throws InvalidInputError unless the dtype is float32, float64 or int32.
 */
export function sign<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("sign", x) as Tensor<D>;
}

/**
 * Sine, the argument in radians and of any size.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function sin<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("sin", x) as Tensor<D>;
}

/**
 * Square root: NaN for negative numbers.
 *
 * Of complex numbers the root with a real part ≥ 0, without overflow on the way, cut along the negative real axis, where the sign of a zero imaginary part decides (on cpu).
 *
 * @throws InvalidInputError unless the dtype is float32, float64 or complex.
 */
export function sqrt<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("sqrt", x) as Tensor<D>;
}

/**
 * x², of integers modulo 2³².
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32, uint32 or complex.
 */
export function square<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("square", x) as Tensor<D>;
}

/**
 * Hyperbolic tangent.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function tanh<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("tanh", x) as Tensor<D>;
}

/** Runs an operation of one argument, of complex numbers by complex operations. */
export function unary(operation: MapOperation, x: Tensor): Tensor {
  return isComplex(x.dtype) ? complexFunction(operation, x) : mapKernel.run([x], { operation })[0];
}
