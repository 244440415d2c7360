import type { TensorFlowImplementation } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { viewPositions } from "../strided-view/positions.ts";
import type { StridedEmbedOptions } from "./options.ts";

export const stridedEmbedTensorFlow: TensorFlowImplementation<StridedEmbedOptions> = {
  run(tf, [x], { shape, offset, strides }) {
    // Every element of the result is picked: a zero, or one of the input.
    const sources = new Int32Array(sizeOf(shape));
    for (const [index, position] of viewPositions(x.shape, { offset, strides }).entries())
      sources[position] = index + 1;
    const values = tf.concat([tf.zeros([1], x.dtype), tf.reshape(x, [sizeOf(x.shape)])], 0);
    return [tf.reshape(tf.gather(values, tf.tensor(sources, [sources.length], "int32"), 0), [...shape])];
  },
};
