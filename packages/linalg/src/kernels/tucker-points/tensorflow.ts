import type { TensorFlowApi, TensorFlowImplementation, TensorFlowTensor } from "@ansatz/tensor";
import type { TuckerPointsOptions } from "./options.ts";

export const tuckerPointsTensorFlow: TensorFlowImplementation<TuckerPointsOptions> = {
  dtypes: ["float32"],
  run(tf, [points, ...rest], { lower, upper }) {
    const [count] = points.shape;
    if (count === 0) return [tf.zeros([0])];
    const core = rest[3];
    const [r1, r2, r3] = core.shape;
    const [u, v, w] = [0, 1, 2].map((axis) => {
      const at = tf.slice(points, [0, axis], [count, 1]);
      const sum = tf.add(tf.sub(at, lower[axis]), tf.sub(at, upper[axis]));
      return tf.matMul(polynomials(tf, tf.div(sum, upper[axis] - lower[axis]), rest[axis].shape[0]), rest[axis]);
    });
    const lines = tf.reshape(tf.matMul(w, tf.reshape(core, [r1 * r2, r3]), false, true), [count, r1, r2]);
    const planes = tf.sum(tf.mul(lines, tf.reshape(v, [count, 1, r2])), 2);
    return [tf.sum(tf.mul(planes, u), 1)];
  },
};

/** T_0 … T_(m − 1) at x [count, 1], by the recurrence. */
function polynomials(tf: TensorFlowApi, x: TensorFlowTensor, m: number): TensorFlowTensor {
  const all = [tf.ones(x.shape), x];
  while (all.length < m) all.push(tf.sub(tf.mul(tf.mul(x, 2), all[all.length - 1]), all[all.length - 2]));
  return m === 1 ? all[0] : tf.concat(all.slice(0, m), 1);
}
