import type { TensorFlowApi, TensorFlowTensor } from "../../device/tensorflow/api.ts";
import type { TensorFlowImplementation } from "../../kernel.ts";
import { type ArgsortOptions, sortGeometry } from "./geometry.ts";

/** Largest float32. */
const LARGEST = 3.4028234663852886e38;

/** Engines' `topk` gives equal elements in the order of their positions, which makes it a stable descending sort. Infinities and NaN, which some subtract, are kept from it. */
export const argsortTensorFlow: TensorFlowImplementation<ArgsortOptions> = {
  run(tf, [x], options) {
    const { lines, length, inner, count } = sortGeometry(x.shape, options);
    const outer = lines / inner;
    const asLines = tf.reshape(tf.transpose(tf.reshape(x, [outer, length, inner]), [0, 2, 1]), [lines, length]);
    const order = orderOf(tf, asLines, options.descending);
    const wanted = tf.slice(order, [0, 0], [lines, count]);
    return [tf.reshape(tf.transpose(tf.reshape(wanted, [outer, inner, count]), [0, 2, 1]), countShape(x, options))];
  },
};

function countShape(x: TensorFlowTensor, options: ArgsortOptions): number[] {
  return x.shape.with(options.axis, sortGeometry(x.shape, options).count);
}

/** Positions in order for each row of [lines, length]. */
function orderOf(tf: TensorFlowApi, x: TensorFlowTensor, descending: boolean): TensorFlowTensor {
  if (x.dtype !== "float32") return stableOrder(tf, tf.cast(x, "int32"), descending);
  const nans = tf.isNaN(x);
  const bounded = tf.where(nans, tf.zerosLike(x), tf.clipByValue(x, -LARGEST, LARGEST));
  const byValue = stableOrder(tf, bounded, descending);
  // Sorted by value, the classes are put in order: −∞, finite, +∞, NaN, or from +∞ down to −∞ and then NaN.
  const above = tf.cast(tf.greater(x, tf.scalar(LARGEST)), "int32");
  const below = tf.cast(tf.less(x, tf.scalar(-LARGEST)), "int32");
  const signed = descending ? tf.sub(below, above) : tf.sub(above, below);
  const kind = tf.where(nans, tf.fill(x.shape, 2, "int32"), signed);
  const byKind = stableOrder(tf, along(tf, kind, byValue), false);
  return along(tf, byValue, byKind);
}

/** Positions that sort each row of finite numbers, [lines, length]. */
export function stableOrder(tf: TensorFlowApi, x: TensorFlowTensor, descending: boolean): TensorFlowTensor {
  // −1 − x reverses the order of all int32 without overflow.
  const reversed = x.dtype === "int32" ? tf.sub(tf.scalar(-1, "int32"), x) : tf.neg(x);
  return tf.topk(descending ? x : reversed, x.shape[1], true).indices;
}

/** x[row, indices[row, k]]. */
function along(tf: TensorFlowApi, x: TensorFlowTensor, indices: TensorFlowTensor): TensorFlowTensor {
  const [rows, length] = x.shape;
  const starts = Int32Array.from({ length: rows }, (_, row) => row * length);
  const flat = tf.reshape(tf.add(indices, tf.tensor(starts, [rows, 1], "int32")), [-1]);
  return tf.reshape(tf.gather(tf.reshape(x, [-1]), flat), [rows, length]);
}
