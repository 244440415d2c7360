import type { TensorFlowImplementation } from "../../kernel.ts";
import { normalizeAxes } from "../../shape.ts";
import type { CumsumOptions } from "./options.ts";

export const cumsumTensorFlow: TensorFlowImplementation<CumsumOptions> = {
  run(tf, [x], { axis, reverse, exclusive }) {
    const [position] = normalizeAxes("cumsum", x.shape.length, axis);
    return [tf.cumsum(x, position, exclusive, reverse)];
  },
};
