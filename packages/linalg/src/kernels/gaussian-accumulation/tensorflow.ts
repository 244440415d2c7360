import type { TensorFlowImplementation, TensorFlowTensor } from "@ansatz/tensor";

export const gaussianAccumulationTensorFlow: TensorFlowImplementation<null> = {
  dtypes: ["float32"],
  run(tf, [positions, charges, exponents, amplitudes, ...nodes], _, [{ shape }]) {
    const [m1, m2, m3] = shape;
    const [particles, count] = [charges.size, exponents.size];
    if (m1 * m2 * m3 * particles * count === 0) return [tf.zeros([...shape])];
    const rates = tf.reshape(tf.neg(tf.square(exponents)), [1, count, 1]);
    const columns = nodes.map((each: TensorFlowTensor, axis) => {
      const centres = tf.reshape(tf.slice(positions, [0, axis], [particles, 1]), [1, 1, particles]);
      const apart = tf.sub(tf.reshape(each, [each.size, 1, 1]), centres);
      return tf.exp(tf.mul(rates, tf.square(apart)));
    });
    const weights = tf.mul(tf.reshape(amplitudes, [1, count, 1]), tf.reshape(charges, [1, 1, particles]));
    const terms = count * particles;
    const first = tf.reshape(tf.mul(columns[0], weights), [m1, 1, terms]);
    const both = tf.reshape(tf.mul(first, tf.reshape(columns[1], [1, m2, terms])), [m1 * m2, terms]);
    return [tf.reshape(tf.matMul(both, tf.reshape(columns[2], [m3, terms]), false, true), [...shape])];
  },
};
