import type { TensorFlowImplementation } from "../../kernel.ts";
import { normalizeAxes } from "../../shape.ts";
import type { ConcatenateOptions } from "./options.ts";

export const concatenateTensorFlow: TensorFlowImplementation<ConcatenateOptions> = {
  run(tf, inputs, options, [{ shape }]) {
    const [axis] = normalizeAxes("concatenate", shape.length, options.axis);
    return [inputs.length === 1 ? tf.reshape(inputs[0], [...shape]) : tf.concat([...inputs], axis)];
  },
};
