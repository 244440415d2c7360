import type { TensorFlowApi, TensorFlowTensor } from "../../device/tensorflow/api.ts";
import type { TensorFlowImplementation } from "../../kernel.ts";
import type { CastOptions } from "./options.ts";

export const castTensorFlow: TensorFlowImplementation<CastOptions> = {
  run(tf, [x], { dtype }) {
    if (x.dtype === dtype) return [x];
    if (dtype === "bool") return [tf.notEqual(x, tf.scalar(0, x.dtype))];
    if (x.dtype === "float32") return [truncate(tf, x)];
    return [tf.cast(x, dtype)];
  },
};

/** Engines disagree about floats that int32 does not hold: they wrap round, trap or saturate. */
function truncate(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  const end = tf.scalar(2 ** 31);
  const isAbove = tf.greaterEqual(x, end);
  const isBelow = tf.less(x, tf.neg(end));
  const isOutside = tf.logicalOr(tf.logicalOr(isAbove, isBelow), tf.isNaN(x));
  const inside = tf.cast(tf.where(isOutside, tf.scalar(0), x), "int32");
  const lowest = tf.where(isBelow, tf.scalar(-(2 ** 31), "int32"), inside);
  return tf.where(isAbove, tf.scalar(2 ** 31 - 1, "int32"), lowest);
}
