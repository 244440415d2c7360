import type { TensorFlowImplementation } from "../../kernel.ts";
import { type ArgExtremumOptions, lineGeometry } from "./geometry.ts";

export const argExtremumTensorFlow: TensorFlowImplementation<ArgExtremumOptions> = {
  run(tf, [x], { operation, axis }, [{ shape }]) {
    const { outer, length, inner } = lineGeometry(operation, x.shape, axis);
    if (outer * inner === 0) return [tf.zeros([...shape], "int32")];
    const lines = tf.reshape(x.dtype === "bool" ? tf.cast(x, "int32") : x, [outer, length, inner]);
    const positions = operation === "argmax" ? tf.argMax(lines, 1) : tf.argMin(lines, 1);
    if (x.dtype !== "float32") return [tf.reshape(positions, [...shape])];
    // Engines pass over NaN or return it, as they like.
    const nans = tf.isNaN(lines);
    const cleaned = tf.where(tf.any(nans, 1), tf.argMax(tf.cast(nans, "int32"), 1), positions);
    return [tf.reshape(cleaned, [...shape])];
  },
};
