import type { TensorFlowImplementation } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { windowPositions } from "../convolution/tensorflow.ts";
import { maximumOf } from "../reduce/tensorflow.ts";
import { windowGeometry } from "../window-argmax/windows.ts";
import type { PoolingKernelOptions } from "./options.ts";

export const poolingTensorFlow: TensorFlowImplementation<PoolingKernelOptions> = {
  run(tf, [x], options, [{ shape }]) {
    if (sizeOf(shape) === 0) return [tf.zeros([...shape])];
    const isMaximum = options.operation === "max";
    const geometry = windowGeometry(x.shape, options);
    const planes = sizeOf(x.shape.slice(0, 2));
    const [count, positions] = [sizeOf(geometry.window), sizeOf(geometry.output)];
    const sources = windowPositions(geometry);
    // Padding is an element of its own, behind the others.
    const padding = tf.fill([planes, 1], isMaximum ? Number.NEGATIVE_INFINITY : 0);
    const size = sizeOf(geometry.input);
    const padded = tf.concat([tf.reshape(x, [planes, size]), padding], 1);
    const indices = Int32Array.from(sources, (source) => (source < 0 ? size : source));
    const windows = tf.reshape(tf.gather(padded, tf.tensor(indices, [count * positions], "int32"), 1), [
      planes,
      count,
      positions,
    ]);
    if (isMaximum) return [tf.reshape(maximumOf(tf, windows), [...shape])];
    const divisors = new Float32Array(positions);
    for (const [place, source] of sources.entries())
      if (options.includePadding || source >= 0) divisors[place % positions]++;
    const means = tf.div(tf.sum(windows, 1), tf.tensor(divisors, [1, positions]));
    return [tf.reshape(means, [...shape])];
  },
};
