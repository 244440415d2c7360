import type { TensorFlowApi, TensorFlowTensor } from "@ansatz/tensor";
import type { LogPlanOptions } from "./log-plan.ts";

/** log P `[m, n]`; TensorFlow.js computes in float32, so potentials have two parts. */
export function tensorFlowLogPlan(
  tf: TensorFlowApi,
  cost: TensorFlowTensor,
  potentials: TensorFlowTensor,
  { regularization }: LogPlanOptions,
): TensorFlowTensor {
  const [rows, columns] = cost.shape;
  const part = (index: number, begin: number, shape: number[]): TensorFlowTensor =>
    tf.reshape(tf.slice(potentials, [index, begin], [1, Math.max(...shape)]), shape);
  const coarse = tf.add(part(0, 0, [rows, 1]), part(0, rows, [1, columns]));
  const fine = tf.add(part(1, 0, [rows, 1]), part(1, rows, [1, columns]));
  return tf.sub(tf.mul(tf.add(tf.sub(coarse, cost), fine), 1 / regularization), 1);
}
