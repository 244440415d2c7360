import type { TensorFlowImplementation } from "@ansatz/tensor";

export const mixtureMomentsTensorFlow: TensorFlowImplementation<Record<string, never>> = {
  dtypes: ["float32"],
  run(tf, [points, offsets, centers, quadratic, linear, rotations]) {
    const [count, dimension] = points.shape;
    const [components] = offsets.shape;
    // [K, B, D] throughout: components are the batch of all products.
    const delta = tf.sub(tf.reshape(points, [1, count, dimension]), tf.reshape(centers, [components, 1, dimension]));
    const z = rotations ? tf.matMul(delta, rotations) : delta;
    const row = (x: unknown) => tf.reshape(x, [components, 1, dimension]);
    const quadratics = tf.sum(tf.mul(z, tf.add(tf.mul(z, row(quadratic)), row(linear))), 2);
    const exponents = tf.add(quadratics, tf.reshape(offsets, [components, 1]));
    const logSums = tf.logSumExp(exponents, 0);
    const weights = tf.div(tf.exp(tf.sub(exponents, tf.reshape(logSums, [1, count]))), count);
    const weighted = tf.mul(delta, tf.reshape(weights, [components, count, 1]));
    const second = rotations ? tf.matMul(weighted, delta, true, false) : tf.sum(tf.mul(weighted, delta), 1);
    return [logSums, tf.sum(weights, 1), tf.sum(weighted, 1), second];
  },
};
