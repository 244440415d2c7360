import type { TensorFlowImplementation } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { windowPositions } from "../convolution/tensorflow.ts";
import { type WindowOptions, windowGeometry } from "./windows.ts";

export const windowArgmaxTensorFlow: TensorFlowImplementation<WindowOptions> = {
  dtypes: ["float32", "int32"],
  run(tf, [x], options, [{ shape }]) {
    if (sizeOf(shape) === 0) return [tf.zeros([...shape], "int32")];
    const geometry = windowGeometry(x.shape, options);
    const planes = sizeOf(x.shape.slice(0, 2));
    const [count, positions] = [sizeOf(geometry.window), sizeOf(geometry.output)];
    const sources = windowPositions(geometry);
    // NaN is the largest of all, and then no engine disagrees about comparisons. Padding, at position −1, is the least.
    const flat = tf.reshape(x, [planes, sizeOf(geometry.input)]);
    const ordered = tf.where(tf.isNaN(flat), tf.fill(flat.shape, Number.POSITIVE_INFINITY), flat);
    const isPadding = tf.tensor(
      Int32Array.from(sources, (source) => Number(source < 0)),
      [1, count, positions],
      "bool",
    );
    const indices = tf.tensor(
      Int32Array.from(sources, (source) => Math.max(0, source)),
      [count * positions],
      "int32",
    );
    const windows = tf.reshape(tf.gather(ordered, indices, 1), [planes, count, positions]);
    const lowest = tf.fill(windows.shape, Number.NEGATIVE_INFINITY);
    const values = tf.where(tf.tile(isPadding, [planes, 1, 1]), lowest, windows);
    // The first element that is as large as the largest and no padding.
    const isLargest = tf.logicalAnd(
      tf.equal(values, tf.max(values, 1, true)),
      tf.logicalNot(tf.tile(isPadding, [planes, 1, 1])),
    );
    const order = tf.reshape(
      tf.tensor(
        Int32Array.from({ length: count }, (_, k) => count - k),
        [count],
        "int32",
      ),
      [1, count, 1],
    );
    const rank = tf.mul(tf.cast(isLargest, "int32"), tf.tile(order, [planes, 1, positions]));
    const k = tf.sub(tf.scalar(count, "int32"), tf.max(rank, 1));
    const column = tf.tile(
      tf.tensor(
        Int32Array.from({ length: positions }, (_, p) => p),
        [1, positions],
        "int32",
      ),
      [planes, 1],
    );
    const place = tf.add(tf.mul(k, tf.scalar(positions, "int32")), column);
    return [tf.reshape(tf.gather(indices, tf.reshape(place, [planes * positions]), 0), [...shape])];
  },
};
