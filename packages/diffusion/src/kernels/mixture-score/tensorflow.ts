import type { TensorFlowApi, TensorFlowImplementation, TensorFlowTensor } from "@ansatz/tensor";
import { type ComponentFactors, componentFactors, type MixtureScoreOptions } from "./options.ts";

/** Numbers of differences between rows and means that are held at a time. */
const MOST_DIFFERENCES = 1 << 22;

export const mixtureScoreTensorFlow: TensorFlowImplementation<MixtureScoreOptions> = {
  run(tf, [x, means], options) {
    const [rows, dimensions] = x.shape;
    if (rows === 0) return [tf.zeros([0, dimensions]), tf.zeros([0])];
    const factors = componentFactors(options, dimensions);
    const block = Math.max(1, Math.floor(MOST_DIFFERENCES / means.size));
    const parts: (readonly [TensorFlowTensor, TensorFlowTensor])[] = [];
    for (let row = 0; row < rows; row += block)
      parts.push(
        predict(tf, tf.slice(x, [row, 0], [Math.min(block, rows - row), dimensions]), means, factors, options),
      );
    return parts.length === 1
      ? parts[0]
      : [0, 1].map((output) =>
          tf.concat(
            parts.map((part) => part[output]),
            0,
          ),
        );
  },
};

function predict(
  tf: TensorFlowApi,
  x: TensorFlowTensor,
  means: TensorFlowTensor,
  { bias, halfPrecision, ofState, ofMean, shift }: ComponentFactors,
  { alpha }: MixtureScoreOptions,
): readonly [TensorFlowTensor, TensorFlowTensor] {
  const row = (values: Float64Array) => tf.tensor(Float32Array.from(values), [1, values.length]);
  const distances = tf.sum(tf.squaredDifference(tf.expandDims(x, 1), tf.mul(tf.expandDims(means, 0), alpha)), 2);
  const logarithms = tf.sub(row(bias), tf.mul(distances, row(halfPrecision)));
  const largest = tf.max(logarithms, 1, true);
  const weights = tf.exp(tf.sub(logarithms, largest));
  const total = tf.sum(weights, 1, true);
  const shares = tf.div(weights, total);
  const prediction = tf.add(
    tf.mul(tf.sum(tf.mul(shares, row(ofState)), 1, true), x),
    tf.matMul(tf.mul(shares, row(ofMean)), means),
  );
  return [prediction, tf.reshape(tf.add(tf.add(largest, tf.log(total)), shift), [x.shape[0]])];
}
