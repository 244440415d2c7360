import type { TensorFlowImplementation } from "../../kernel.ts";
import type { CastOptions } from "./index.ts";

export const castTensorFlow: TensorFlowImplementation<CastOptions> = {
  run: (tf, [x], { dtype }) => [tf.cast(x, dtype)],
};
