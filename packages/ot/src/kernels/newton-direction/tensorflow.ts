import type { TensorFlowApi, TensorFlowImplementation, TensorFlowTensor } from "@ansatz/tensor";
import type { NewtonDirectionOptions } from "./options.ts";

/** S is made dense: engines multiply dense matrices far faster than they gather and scatter, and the costs are as large. */
export const newtonDirectionTensorFlow: TensorFlowImplementation<NewtonDirectionOptions> = {
  run(tf, [sums, gradient, offsets, indices, values], { rows, shift, tolerance, maximumIterations }) {
    const columns = sums.size - rows;
    const vector = (values: TensorFlowTensor, begin: number, count: number): TensorFlowTensor =>
      tf.reshape(tf.slice(values, [begin], [count]), [count, 1]);
    const S = denseMatrix(tf, offsets, indices, values, rows, columns);
    const rowDiagonal = tf.mul(vector(sums, 0, rows), 1 + shift);
    const columnDiagonal = tf.mul(vector(sums, rows, columns), 1 + shift);
    const rowGradient = vector(gradient, 0, rows);
    const eliminated = (right: TensorFlowTensor) => tf.div(tf.sub(rowGradient, tf.matMul(S, right)), rowDiagonal);
    const product = (x: TensorFlowTensor) =>
      tf.sub(tf.mul(columnDiagonal, x), tf.matMul(S, tf.div(tf.matMul(S, x), rowDiagonal), true));
    const squares = tf.matMul(tf.square(S), tf.div(tf.ones([rows, 1]), rowDiagonal), true);
    // Cancellation leaves nothing below a rounding error of the diagonal.
    const diagonal = tf.maximum(tf.sub(columnDiagonal, squares), tf.mul(columnDiagonal, 1e-6));
    const number = (x: TensorFlowTensor): number => x.dataSync()[0];
    const dot = (a: TensorFlowTensor, b: TensorFlowTensor): number => number(tf.sum(tf.mul(a, b)));

    const start = tf.sub(vector(gradient, rows, columns), tf.matMul(S, eliminated(tf.zeros([columns, 1])), true));
    let state = { solution: tf.zeros([columns, 1]), residual: start, search: tf.div(start, diagonal) };
    let weighted = dot(state.residual, state.search);
    const gradientSquare = dot(gradient, gradient);
    let residualSquare = dot(start, start);
    let iterations = 0;
    while (iterations < maximumIterations && residualSquare > tolerance * tolerance * gradientSquare) {
      const { solution, residual, search } = state;
      const next = tf.tidy(() => {
        const image = product(search);
        const curvature = dot(search, image);
        if (!(curvature > 0)) return undefined;
        const step = weighted / curvature;
        const nextResidual = tf.sub(residual, tf.mul(image, step));
        const preconditioned = tf.div(nextResidual, diagonal);
        const nextWeighted = dot(nextResidual, preconditioned);
        const conjugation = nextWeighted / weighted;
        weighted = nextWeighted;
        residualSquare = dot(nextResidual, nextResidual);
        return {
          solution: tf.add(solution, tf.mul(search, step)),
          residual: nextResidual,
          search: tf.add(preconditioned, tf.mul(search, conjugation)),
        };
      });
      if (next === undefined) break;
      tf.dispose(state);
      state = next;
      iterations++;
    }
    const relativeResidual = gradientSquare > 0 ? Math.sqrt(residualSquare / gradientSquare) : 0;
    const direction = tf.reshape(tf.concat([eliminated(state.solution), state.solution]), [rows + columns]);
    return [direction, tf.tensor([relativeResidual, iterations], [2], "float32")];
  },
};

function denseMatrix(
  tf: TensorFlowApi,
  offsets: TensorFlowTensor,
  indices: TensorFlowTensor,
  values: TensorFlowTensor,
  rows: number,
  columns: number,
): TensorFlowTensor {
  const capacity = indices.shape[1];
  // The row of an entry is the number of rows that end at or before it; beyond the last entry, where values are 0, any row will do.
  const ends = tf.minimum(tf.slice(offsets, [1], [rows]), tf.scalar(capacity, "int32"));
  const ended = tf.cumsum(tf.bincount(ends, tf.tensor([], [0], "int32"), capacity + 1));
  const row = tf.minimum(tf.cast(tf.slice(ended, [0], [capacity]), "int32"), tf.scalar(rows - 1, "int32"));
  const column = tf.reshape(tf.slice(indices, [0, 0], [1, capacity]), [capacity]);
  const entries = tf.reshape(tf.slice(values, [0, 0], [1, capacity]), [capacity]);
  return tf.scatterND(tf.stack([row, column], 1), entries, [rows, columns]);
}
