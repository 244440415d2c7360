import type { TensorFlowImplementation } from "../../kernel.ts";
import { normalizeAxes } from "../../shape.ts";
import type { GatherOptions } from "./geometry.ts";

export const gatherTensorFlow: TensorFlowImplementation<GatherOptions> = {
  run(tf, [x, indices], { axis }) {
    const [position] = normalizeAxes("gather", x.shape.length, axis);
    const last = tf.scalar(x.shape[position] - 1, "int32");
    const clamped = tf.minimum(tf.maximum(indices, tf.scalar(0, "int32")), last);
    return [tf.gather(x, clamped, position)];
  },
};
