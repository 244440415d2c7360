import type { TensorFlowImplementation, TensorFlowTensor } from "@ansatz/tensor";
import { tensorFlowLogPlan } from "../log-plan/tensorflow.ts";
import type { HalfSweepOptions } from "./options.ts";

export const halfSweepTensorFlow: TensorFlowImplementation<HalfSweepOptions> = {
  run(tf, [cost, potentials, logMarginals], options) {
    const { axis, regularization, grid } = options;
    const [rows, columns] = cost.shape;
    const [begin, count] = axis === "rows" ? [0, rows] : [rows, columns];
    const logSums = tf.logSumExp(tensorFlowLogPlan(tf, cost, potentials, options), axis === "rows" ? 1 : 0);
    const steps = tf.mul(tf.sub(tf.slice(logMarginals, [begin], [count]), logSums), regularization);
    const [coarse, fine] = tf.unstack(potentials);
    const remainder = tf.add(tf.slice(fine, [begin], [count]), steps);
    const shift = tf.mul(tf.round(tf.div(remainder, grid)), grid);
    /** The potentials with those of this side replaced. */
    const replaced = (values: TensorFlowTensor, moved: TensorFlowTensor): TensorFlowTensor =>
      axis === "rows"
        ? tf.concat([moved, tf.slice(values, [rows], [columns])])
        : tf.concat([tf.slice(values, [0], [rows]), moved]);
    const moved = tf.add(tf.slice(coarse, [begin], [count]), shift);
    return [tf.stack([replaced(coarse, moved), replaced(fine, tf.sub(remainder, shift))]), tf.exp(logSums)];
  },
};
