import type { DType } from "../../dtype.ts";
import type { Tensor } from "../../tensor.ts";
import { mapOperands } from "./operands.ts";

/**
 * min(max(x, lower), upper): the limits where x is beyond them, and `upper` where they are in the wrong order; NaN where any of the three is. The shapes broadcast as in
 * NumPy; a number takes the dtype of the other arguments, which must hold it. The derivative in x is 1 between the limits and at them, 0 beyond; where a limit is
 * the result and x is not, that limit has it.
 *
 * @throws InvalidInputError unless the dtype is float32, float64, int32 or uint32, the same for all, and the shapes broadcast; when all are numbers.
 */
export function clamp<D extends DType>(
  x: Tensor<D> | number,
  lower: Tensor<D> | number,
  upper: Tensor<D> | number,
): Tensor<D> {
  return mapOperands("clamp", [x, lower, upper]) as Tensor<D>;
}
