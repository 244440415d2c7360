import type { DType } from "../../dtype.ts";
import type { Tensor } from "../../tensor.ts";
import { mapOperands } from "./operands.ts";

// Shapes broadcast as in NumPy. Numbers take the dtype of the other argument, which must hold them; two tensors must have the same dtype: cast real numbers to go with complex ones.

/**
 * a + b, of integers modulo 2³².
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32, uint32 or complex, the same for both, and the shapes broadcast; for a number the dtype does not hold.
 */
export function add<D extends DType>(a: Tensor<D> | number, b: Tensor<D> | number): Tensor<D> {
  return mapOperands("add", [a, b]) as Tensor<D>;
}

/**
 * The angle of the point (x, y) in (−π, π], with the special values of IEEE 754's `atan2`: of zeros and of infinities the signs count.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64, the same for both, and the shapes broadcast; for a number the dtype does not hold.
 */
export function atan2<D extends DType>(y: Tensor<D> | number, x: Tensor<D> | number): Tensor<D> {
  return mapOperands("atan2", [y, x]) as Tensor<D>;
}

/**
 * a / b. Integers are divided towards zero, with 0 for a divisor of 0 and −2³¹ / −1 = −2³¹, on every device.
 *
 * Complex numbers are divided without overflow on the way. On cpu a quotient by 0 is infinite, or NaN for 0 / 0; of infinite parts, products and quotients are what IEEE arithmetic
 * of the parts gives (often NaN, where C's Annex G looks for the infinity).
 * Source: Smith, "Algorithm 116: Complex division" (Communications of the ACM, 1962).
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32, uint32 or complex, the same for both, and the shapes broadcast; for a number the dtype does not hold.
 */
export function divide<D extends DType>(a: Tensor<D> | number, b: Tensor<D> | number): Tensor<D> {
  return mapOperands("divide", [a, b]) as Tensor<D>;
}

/**
 * The larger of a and b; NaN where either is.
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or uint32, the same for both, and the shapes broadcast; for a number the dtype does not hold.
 */
export function maximum<D extends DType>(a: Tensor<D> | number, b: Tensor<D> | number): Tensor<D> {
  return mapOperands("maximum", [a, b]) as Tensor<D>;
}

/**
 * The smaller of a and b; NaN where either is.
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or uint32, the same for both, and the shapes broadcast; for a number the dtype does not hold.
 */
export function minimum<D extends DType>(a: Tensor<D> | number, b: Tensor<D> | number): Tensor<D> {
  return mapOperands("minimum", [a, b]) as Tensor<D>;
}

/**
 * a · b, of integers modulo 2³².
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32, uint32 or complex, the same for both, and the shapes broadcast; for a number the dtype does not hold.
 */
export function multiply<D extends DType>(a: Tensor<D> | number, b: Tensor<D> | number): Tensor<D> {
  return mapOperands("multiply", [a, b]) as Tensor<D>;
}

/**
 * aᵇ with the special values of IEEE 754's `pow`: 1 for an exponent of 0 and for a base of 1, NaN for negative numbers to powers that are no integers.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64, the same for both, and the shapes broadcast; for a number the dtype does not hold.
 */
export function power<D extends DType>(a: Tensor<D> | number, b: Tensor<D> | number): Tensor<D> {
  return mapOperands("power", [a, b]) as Tensor<D>;
}

/**
 * a − b, of integers modulo 2³².
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32, uint32 or complex, the same for both, and the shapes broadcast; for a number the dtype does not hold.
 */
export function subtract<D extends DType>(a: Tensor<D> | number, b: Tensor<D> | number): Tensor<D> {
  return mapOperands("subtract", [a, b]) as Tensor<D>;
}
