import type { TensorFlowApi, TensorFlowImplementation, TensorFlowTensor } from "@ansatz/tensor";
import type { SparseConjugateOptions } from "./options.ts";

interface Plan {
  /** [batches, columns, 1] */
  readonly value: TensorFlowTensor;
  /** [batches, columns, k] */
  readonly masses: TensorFlowTensor;
}

export const sparseConjugateTensorFlow: TensorFlowImplementation<SparseConjugateOptions> = {
  run(tf, [costs, rowPotentials, columns], options) {
    const { maximumEntries, columnInput } = options;
    const given = tf.sub(tf.expandDims(rowPotentials, 1), costs);
    const isGivenNaN = tf.isNaN(given);
    // Engines' topk does not know what to do with NaN.
    const { values, indices } = tf.topk(tf.where(isGivenNaN, tf.zerosLike(given), given), maximumEntries, true);
    const own = tf.expandDims(columns, 2);
    const { value, masses } =
      columnInput === "potentials" ? freePlan(tf, values, own, options) : boundPlan(tf, values, own, options);
    const isBroken = tf.logicalOr(tf.any(isGivenNaN, 2, true), tf.isNaN(own));
    const isEmpty = columnInput === "masses" ? tf.lessEqual(own, 0) : tf.zerosLike(tf.cast(own, "bool"));
    const settled = (x: TensorFlowTensor) =>
      tf.where(isEmpty, tf.zerosLike(x), tf.where(isBroken, tf.fill(x.shape, Number.NaN), x));
    const finalMasses = settled(masses);
    const hasMass =
      options.regularizer === "entropic" ? tf.logicalNot(tf.logicalOr(isEmpty, isBroken)) : tf.greater(finalMasses, 0);
    return [tf.squeeze(settled(value), [2]), finalMasses, tf.mul(indices, tf.cast(hasMass, "int32"))];
  },
};

function freePlan(
  tf: TensorFlowApi,
  scores: TensorFlowTensor,
  potential: TensorFlowTensor,
  options: SparseConjugateOptions,
): Plan {
  const { regularization, regularizer } = options;
  const reached = tf.add(scores, potential);
  if (regularizer === "entropic") {
    const masses = tf.exp(tf.sub(tf.div(reached, regularization), 1));
    return { masses, value: tf.mul(tf.sum(masses, 2, true), regularization) };
  }
  const positive = tf.relu(reached);
  return {
    masses: tf.div(positive, regularization),
    value: tf.div(tf.sum(tf.square(positive), 2, true), 2 * regularization),
  };
}

function boundPlan(
  tf: TensorFlowApi,
  scores: TensorFlowTensor,
  mass: TensorFlowTensor,
  options: SparseConjugateOptions,
): Plan {
  const { regularization, regularizer } = options;
  const best = tf.slice(scores, [0, 0, 0], [-1, -1, 1]);
  const below = tf.sub(scores, best);
  if (regularizer === "entropic") {
    const weights = tf.exp(tf.div(below, regularization));
    const share = tf.div(mass, tf.sum(weights, 2, true));
    return {
      masses: tf.mul(weights, share),
      value: tf.mul(mass, tf.sub(best, tf.mul(tf.log(share), regularization))),
    };
  }
  const ranks = tf.range(1, scores.shape[2] + 1, 1, "float32");
  const excess = tf.sub(tf.cumsum(below, 2), tf.mul(mass, regularization));
  const isActive = tf.cast(tf.greater(tf.mul(below, ranks), excess), "float32");
  const count = tf.sum(isActive, 2, true);
  const total = tf.sub(tf.sum(tf.mul(below, isActive), 2, true), tf.mul(mass, regularization));
  const masses = tf.mul(isActive, tf.div(tf.sub(below, tf.div(total, count)), regularization));
  const value = tf.sum(tf.mul(masses, tf.sub(below, tf.mul(masses, regularization / 2))), 2, true);
  return { masses, value: tf.add(tf.mul(mass, best), value) };
}
