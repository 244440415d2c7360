import type { TensorFlowApi, TensorFlowTensor } from "../../device/tensorflow/api.ts";
import type { TensorFlowImplementation } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { MatmulOptions } from "./options.ts";

export const matmulTensorFlow: TensorFlowImplementation<MatmulOptions> = {
  dtypes: ["float32"],
  run(tf, [a, b], { transposeA, transposeB }, [{ shape, dtype }]) {
    // Engines disagree on products of nothing.
    if (sizeOf(shape) === 0 || a.size === 0) return [tf.zeros([...shape], dtype)];
    const batchShape = shape.slice(0, -2);
    const product = tf.matMul(batched(tf, a, batchShape), batched(tf, b, batchShape), transposeA, transposeB);
    return [tf.reshape(product, [...shape])];
  },
};

/** Brings an operand to three axes: not all engines broadcast batches, and none takes any number of them. */
function batched(tf: TensorFlowApi, operand: TensorFlowTensor, batchShape: readonly number[]): TensorFlowTensor {
  const matrix = operand.shape.slice(-2);
  return tf.reshape(tf.broadcastTo(operand, [...batchShape, ...matrix]), [sizeOf(batchShape), ...matrix]);
}
