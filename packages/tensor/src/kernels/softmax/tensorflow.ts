import type { TensorFlowImplementation } from "../../kernel.ts";
import { lineGeometry } from "../arg-extremum/geometry.ts";
import { sumOf } from "../reduce/tensorflow.ts";
import type { SoftmaxKernelOptions } from "./options.ts";

/** By the engine's own operations, whatever the algorithm asked for: it decides how often memory is read. Exponentials that are not normal numbers may become 0. */
export const softmaxTensorFlow: TensorFlowImplementation<SoftmaxKernelOptions> = {
  run(tf, [x], { axis, logarithm }) {
    const { outer, length, inner } = lineGeometry("softmax", x.shape, axis);
    if (x.size === 0) return [x.clone()];
    const lines = tf.reshape(x, [outer, length, inner]);
    const differences = tf.sub(lines, tf.max(lines, 1, true));
    const terms = tf.exp(differences);
    const sums = sumOf(tf, terms);
    const result = logarithm ? tf.sub(differences, tf.log(sums)) : tf.div(terms, sums);
    return [tf.reshape(result, x.shape)];
  },
};
