import type { TensorFlowApi, TensorFlowTensor } from "../../device/tensorflow/api.ts";
import type { TensorFlowImplementation } from "../../kernel.ts";
import { type AlongAxisGeometry, type AlongAxisOptions, alongAxisGeometry } from "./geometry.ts";

export const takeAlongAxisTensorFlow: TensorFlowImplementation<AlongAxisOptions> = {
  run(tf, [x, indices], { axis }) {
    const geometry = alongAxisGeometry(x.shape, indices.shape, axis);
    const picked = tf.gather(tf.reshape(x, [-1]), flatPositions(tf, indices, geometry));
    return [tf.reshape(picked, indices.shape)];
  },
};

/** Where the indices point in the flat array of [outer, extent, inner]. */
export function flatPositions(
  tf: TensorFlowApi,
  indices: TensorFlowTensor,
  { outer, extent, count, inner }: AlongAxisGeometry,
): TensorFlowTensor {
  const integer = (value: number) => tf.scalar(value, "int32");
  const clamped = tf.minimum(tf.maximum(indices, integer(0)), integer(extent - 1));
  const slabs = Int32Array.from({ length: outer }, (_, o) => o * extent * inner);
  const columns = Int32Array.from({ length: inner }, (_, column) => column);
  const starts = tf.add(tf.tensor(slabs, [outer, 1, 1], "int32"), tf.tensor(columns, [1, 1, inner], "int32"));
  const steps = tf.mul(tf.reshape(clamped, [outer, count, inner]), integer(inner));
  return tf.reshape(tf.add(steps, starts), [-1]);
}
