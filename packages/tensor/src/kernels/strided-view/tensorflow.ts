import type { TensorFlowImplementation } from "../../kernel.ts";
import { sizeOf, stridesOf } from "../../shape.ts";
import type { StridedViewOptions } from "./options.ts";
import { viewPositions } from "./positions.ts";

export const stridedViewTensorFlow: TensorFlowImplementation<StridedViewOptions> = {
  run(tf, [x], { shape, offset, strides }) {
    const order = permutationOf(x.shape, shape, offset, strides);
    if (order) return [tf.transpose(x, order)];
    const positions = tf.tensor(viewPositions(shape, { offset, strides }), [sizeOf(shape)], "int32");
    return [tf.reshape(tf.gather(tf.reshape(x, [sizeOf(x.shape)]), positions, 0), [...shape])];
  },
};

/** The order of axes, when the view is of all elements in another order of axes. */
function permutationOf(
  from: readonly number[],
  shape: readonly number[],
  offset: number,
  strides: readonly number[],
): number[] | undefined {
  if (offset !== 0 || from.length !== shape.length || new Set(strides).size !== strides.length) return undefined;
  const own = stridesOf(from);
  const order = strides.map((stride, axis) => own.findIndex((each, k) => each === stride && from[k] === shape[axis]));
  return order.includes(-1) || new Set(order).size !== order.length ? undefined : order;
}
