import type { TensorFlowImplementation } from "@ansatz/tensor";
import type { LinearCombinationOptions } from "./options.ts";

export const linearCombinationTensorFlow: TensorFlowImplementation<LinearCombinationOptions> = {
  run(tf, inputs, { coefficients }) {
    return coefficients.map((list) =>
      inputs.map((input, term) => tf.mul(input, list[term])).reduce((total, term) => tf.add(total, term)),
    );
  },
};

export const dimensionCombinationTensorFlow: TensorFlowImplementation<null> = {
  run(tf, [coefficients, ...tensors], _, [{ shape }]) {
    const dimensions = coefficients.shape[1];
    const parts = tensors.map((tensor, term) =>
      tf.mul(
        tf.reshape(tensor, [tensor.size / dimensions, dimensions]),
        tf.slice(coefficients, [term, 0], [1, dimensions]),
      ),
    );
    return [
      tf.reshape(
        parts.reduce((total, part) => tf.add(total, part)),
        [...shape],
      ),
    ];
  },
};
