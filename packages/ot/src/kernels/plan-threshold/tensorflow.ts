import type { TensorFlowImplementation } from "@ansatz/tensor";
import { tensorFlowLogPlan } from "../log-plan/tensorflow.ts";
import type { PlanThresholdOptions } from "./options.ts";

export const planThresholdTensorFlow: TensorFlowImplementation<PlanThresholdOptions> = {
  run(tf, [cost, potentials], options) {
    const logPlan = tf.reshape(tensorFlowLogPlan(tf, cost, potentials, options), [-1]);
    const { values } = tf.topk(logPlan, options.count);
    const threshold = tf.slice(values, [options.count - 1], [1]);
    return [threshold, tf.reshape(tf.sum(tf.cast(tf.equal(values, threshold), "int32")), [1])];
  },
};
