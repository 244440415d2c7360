import type { DType } from "../../dtype.ts";
import type { Tensor } from "../../tensor.ts";
import { mapOperands } from "./operands.ts";

/**
 * `a` where the condition is true, `b` elsewhere. The three shapes broadcast as in NumPy; a number takes the dtype of the other argument, which must hold it.
 * Both arguments are read everywhere, but the one not chosen leaves no trace: not even NaN.
 *
 * @throws InvalidInputError unless the condition is bool, `a` and `b` have the same dtype and are not both numbers, and the shapes broadcast.
 */
export function where<D extends DType>(condition: Tensor, a: Tensor<D> | number, b: Tensor<D> | number): Tensor<D> {
  return mapOperands("where", [condition, a, b]) as Tensor<D>;
}
