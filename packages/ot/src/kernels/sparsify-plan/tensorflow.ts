import type { TensorFlowApi, TensorFlowImplementation, TensorFlowTensor } from "@ansatz/tensor";
import { tensorFlowLogPlan } from "../log-plan/tensorflow.ts";
import type { SparsifyOptions } from "./options.ts";

export const sparsifyTensorFlow: TensorFlowImplementation<SparsifyOptions> = {
  run(tf, [cost, potentials, threshold, ties], options) {
    const [rows, columns] = cost.shape;
    const { capacity } = options;
    const logPlan = tensorFlowLogPlan(tf, cost, potentials, options);
    const equal = tf.equal(logPlan, threshold);
    const rank = tf.reshape(tf.cumsum(tf.cast(tf.reshape(equal, [-1]), "int32")), [rows, columns]);
    const kept = tf.logicalOr(tf.greater(logPlan, threshold), tf.logicalAnd(equal, tf.lessEqual(rank, ties)));
    const plan = tf.exp(logPlan);
    const byRow = compact(tf, kept, plan, capacity);
    const byColumn = compact(tf, tf.transpose(kept), tf.transpose(plan), capacity);
    const offsets = tf.concat([offsetsOf(tf, kept), offsetsOf(tf, tf.transpose(kept))]);
    return [offsets, tf.stack([byRow.positions, byColumn.positions]), tf.stack([byRow.values, byColumn.values])];
  },
};

/** The kept entries of a matrix in row-major order: their position within the row and their values; zeros in unused room. */
function compact(
  tf: TensorFlowApi,
  kept: TensorFlowTensor,
  matrix: TensorFlowTensor,
  capacity: number,
): { readonly positions: TensorFlowTensor; readonly values: TensorFlowTensor } {
  const { size, shape } = kept;
  // The earlier a kept entry, the larger its key; the key of all others is 0.
  const descending = tf.sub(tf.scalar(size, "int32"), tf.range(0, size, 1, "int32"));
  const keys = tf.mul(descending, tf.cast(tf.reshape(kept, [-1]), "int32"));
  const { values: largest } = tf.topk(keys, capacity);
  const used = tf.cast(tf.greater(largest, tf.scalar(0, "int32")), "int32");
  const indices = tf.mul(tf.sub(tf.scalar(size, "int32"), largest), used);
  const values = tf.mul(tf.gather(tf.reshape(matrix, [-1]), indices), tf.cast(used, "float32"));
  return { positions: tf.mul(tf.mod(indices, tf.scalar(shape[1], "int32")), used), values };
}

/** Where each row of kept entries begins, and the last ends. */
function offsetsOf(tf: TensorFlowApi, kept: TensorFlowTensor): TensorFlowTensor {
  const ends = tf.cumsum(tf.sum(tf.cast(kept, "int32"), 1));
  return tf.concat([tf.tensor([0], [1], "int32"), ends]);
}
