import type { TensorFlowApi, TensorFlowTensor } from "../../device/tensorflow/api.ts";
import type { TensorFlowImplementation } from "../../kernel.ts";
import { stableOrder } from "../argsort/tensorflow.ts";
import { flatPositions } from "../take-along-axis/tensorflow.ts";
import { type ScatterGeometry, type ScatterOptions, scatterGeometry } from "./geometry.ts";

export const scatterTensorFlow: TensorFlowImplementation<ScatterOptions> = {
  run(tf, [updates, indices, x], options, [{ shape, dtype }]) {
    const start = x ?? tf.zeros([...shape], dtype);
    if (updates.size === 0) return [start];
    const geometry = scatterGeometry(shape, indices.shape, options);
    const { outer, extent, inner } = geometry;
    const width = options.along ? 1 : inner;
    const slots = (outer * extent * inner) / width;
    const targets = tf.reshape(
      options.along ? flatPositions(tf, indices, geometry) : slicePositions(tf, indices, geometry),
      [-1, 1],
    );
    const rows = tf.reshape(updates, [-1, width]);
    if (options.mode === "add") {
      const sums = tf.scatterND(targets, rows, [slots, width]);
      return [tf.add(start, tf.reshape(sums, [...shape]))];
    }
    const number = dtype === "bool" ? "int32" : dtype;
    const { written, isWritten } = setLast(tf, targets, tf.cast(rows, number), slots);
    const result = tf.where(isWritten, written, tf.cast(tf.reshape(start, [slots, width]), number));
    return [tf.cast(tf.reshape(result, [...shape]), dtype)];
  },
};

/** The last row for each slot. Engines only add up what meets in a slot: all but the last rows go to a slot of their own, behind the others. */
function setLast(
  tf: TensorFlowApi,
  targets: TensorFlowTensor,
  rows: TensorFlowTensor,
  slots: number,
): { written: TensorFlowTensor; isWritten: TensorFlowTensor } {
  const [count, width] = rows.shape;
  const order = tf.reshape(stableOrder(tf, tf.reshape(targets, [1, count]), false), [count]);
  const sorted = tf.gather(tf.reshape(targets, [count]), order);
  const next = tf.concat([tf.slice(sorted, [1], [count - 1]), tf.tensor([-1], [1], "int32")]);
  const places = tf.reshape(tf.where(tf.notEqual(sorted, next), sorted, tf.fill([count], slots, "int32")), [count, 1]);
  const scattered = (values: TensorFlowTensor) =>
    tf.slice(tf.scatterND(places, values, [slots + 1, values.shape[1]]), [0, 0], [slots, values.shape[1]]);
  const isWritten = tf.greater(scattered(tf.ones([count, 1], "int32")), tf.scalar(0, "int32"));
  return { written: scattered(tf.gather(rows, order)), isWritten: tf.tile(isWritten, [1, width]) };
}

/** Where slice k of each slab goes in the flat list of [outer, extent] slices. */
function slicePositions(
  tf: TensorFlowApi,
  indices: TensorFlowTensor,
  { outer, extent, count }: ScatterGeometry,
): TensorFlowTensor {
  const clamped = tf.minimum(tf.maximum(indices, tf.scalar(0, "int32")), tf.scalar(extent - 1, "int32"));
  const slabs = Int32Array.from({ length: outer }, (_, o) => o * extent);
  return tf.add(tf.tensor(slabs, [outer, 1], "int32"), tf.reshape(clamped, [1, count]));
}
