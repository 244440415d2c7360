import type { TensorFlowImplementation } from "@ansatz/tensor";
import type { LogPlanOptions } from "../log-plan/log-plan.ts";
import { tensorFlowLogPlan } from "../log-plan/tensorflow.ts";
import { BINS, BINS_PER_UNIT, LOWEST } from "./histogram.ts";

export const planMarginalsTensorFlow: TensorFlowImplementation<LogPlanOptions> = {
  run(tf, [cost, potentials], options) {
    const logPlan = tensorFlowLogPlan(tf, cost, potentials, options);
    const plan = tf.exp(logPlan);
    const bins = tf.clipByValue(tf.floor(tf.mul(tf.sub(logPlan, LOWEST), BINS_PER_UNIT)), 0, BINS - 1);
    // Weights of no length mean that every entry counts once.
    const counts = tf.bincount(tf.cast(tf.reshape(bins, [-1]), "int32"), tf.tensor([], [0], "int32"), BINS);
    return [tf.concat([tf.sum(plan, 1), tf.sum(plan, 0)]), tf.sum(tf.mul(plan, cost), 1), tf.cast(counts, "int32")];
  },
};
