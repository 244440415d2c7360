import type { Tensor } from "../../tensor.ts";
import { mapOperands } from "./operands.ts";

// Shapes broadcast as in NumPy. Numbers take the dtype of the other argument, which must hold them; two tensors must have the same dtype. NaN is unequal to everything.

/**
 * Whether a = b.
 *
 * @throws InvalidInputError unless the dtype is the same for both and the shapes broadcast; for a number the dtype does not hold.
 */
export function equal(a: Tensor | number, b: Tensor | number): Tensor<"bool"> {
  return mapOperands("equal", [a, b]) as Tensor<"bool">;
}

/**
 * Whether a > b.
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or uint32, the same for both and the shapes broadcast; for a number the dtype does not hold.
 */
export function greater(a: Tensor | number, b: Tensor | number): Tensor<"bool"> {
  return mapOperands("greater", [a, b]) as Tensor<"bool">;
}

/**
 * Whether a ≥ b.
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or uint32, the same for both and the shapes broadcast; for a number the dtype does not hold.
 */
export function greaterEqual(a: Tensor | number, b: Tensor | number): Tensor<"bool"> {
  return mapOperands("greaterEqual", [a, b]) as Tensor<"bool">;
}

/**
 * Whether a < b.
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or uint32, the same for both and the shapes broadcast; for a number the dtype does not hold.
 */
export function less(a: Tensor | number, b: Tensor | number): Tensor<"bool"> {
  return mapOperands("less", [a, b]) as Tensor<"bool">;
}

/**
 * Whether a ≤ b.
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or uint32, the same for both and the shapes broadcast; for a number the dtype does not hold.
 */
export function lessEqual(a: Tensor | number, b: Tensor | number): Tensor<"bool"> {
  return mapOperands("lessEqual", [a, b]) as Tensor<"bool">;
}

/**
 * Whether a ≠ b.
 *
 * @throws InvalidInputError unless the dtype is the same for both and the shapes broadcast; for a number the dtype does not hold.
 */
export function notEqual(a: Tensor | number, b: Tensor | number): Tensor<"bool"> {
  return mapOperands("notEqual", [a, b]) as Tensor<"bool">;
}

/**
 * Whether a and b.
 *
 * @throws InvalidInputError unless both are bool (or the numbers 0 or 1) and the shapes broadcast.
 */
export function logicalAnd(a: Tensor | number, b: Tensor | number): Tensor<"bool"> {
  return mapOperands("logicalAnd", [a, b]) as Tensor<"bool">;
}

/**
 * Whether a or b.
 *
 * @throws InvalidInputError unless both are bool (or the numbers 0 or 1) and the shapes broadcast.
 */
export function logicalOr(a: Tensor | number, b: Tensor | number): Tensor<"bool"> {
  return mapOperands("logicalOr", [a, b]) as Tensor<"bool">;
}

/**
 * Whether one of a and b and not both.
 *
 * @throws InvalidInputError unless both are bool (or the numbers 0 or 1) and the shapes broadcast.
 */
export function logicalXor(a: Tensor | number, b: Tensor | number): Tensor<"bool"> {
  return mapOperands("logicalXor", [a, b]) as Tensor<"bool">;
}
