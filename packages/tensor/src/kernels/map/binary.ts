import type { DType } from "../../dtype.ts";
import type { Tensor } from "../../tensor.ts";
import { mapOperands } from "./operands.ts";

// Shapes broadcast as in NumPy. Numbers take the dtype of the other argument, which must hold them; two tensors must have the same dtype.

/**
 * a + b, of integers modulo 2³².
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or uint32, the same for both, and the shapes broadcast; for a number the dtype does not hold.
 */
export function add<D extends DType>(a: Tensor<D> | number, b: Tensor<D> | number): Tensor<D> {
  return mapOperands("add", [a, b]) as Tensor<D>;
}

/**
 * a / b. Integers are divided towards zero, with 0 for a divisor of 0 and −2³¹ / −1 = −2³¹, on every device.
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or uint32, the same for both, and the shapes broadcast; for a number the dtype does not hold.
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
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or uint32, the same for both, and the shapes broadcast; for a number the dtype does not hold.
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
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or uint32, the same for both, and the shapes broadcast; for a number the dtype does not hold.
 */
export function subtract<D extends DType>(a: Tensor<D> | number, b: Tensor<D> | number): Tensor<D> {
  return mapOperands("subtract", [a, b]) as Tensor<D>;
}
