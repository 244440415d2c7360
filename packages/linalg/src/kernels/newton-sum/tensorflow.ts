import type { TensorFlowImplementation } from "@ansatz/tensor";

export const newtonSumTensorFlow: TensorFlowImplementation<null> = {
  dtypes: ["float32"],
  run(tf, [points, sources, charges], _, [{ shape }]) {
    const [n] = points.shape;
    const count = charges.size;
    if (n === 0 || count === 0) return [tf.zeros([...shape])];
    const apart = tf.sub(tf.reshape(points, [n, 1, 3]), tf.reshape(sources, [1, count, 3]));
    const squared = tf.sum(tf.square(apart), 2);
    const together = tf.equal(squared, 0);
    const terms = tf.div(tf.reshape(charges, [1, count]), tf.sqrt(tf.where(together, tf.onesLike(squared), squared)));
    return [tf.sum(tf.where(together, tf.zerosLike(terms), terms), 1)];
  },
};
