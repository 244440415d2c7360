import type { TensorFlowApi, TensorFlowTensor } from "../../device/tensorflow/api.ts";
import type { TensorFlowImplementation } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import {
  type ConvolutionGeometry,
  type ConvolutionKernelOptions,
  convolutionGeometry,
  type Triple,
} from "./geometry.ts";

/** By matrix products of gathered windows: not all engines have every convolution and gradient, but these they all have. */
export const convolutionTensorFlow: TensorFlowImplementation<ConvolutionKernelOptions> = {
  dtypes: ["float32"],
  run(tf, [a, b], options, [{ shape, dtype }]) {
    if (sizeOf(shape) === 0 || a.size === 0 || b.size === 0) return [tf.zeros([...shape], dtype)];
    const specs = [a, b].map((tensor) => ({ shape: tensor.shape, dtype: "float32" as const }));
    const { geometry } = convolutionGeometry(specs, options);
    const product = { forward, inputGradient, filterGradient }[options.product];
    return [tf.reshape(product(tf, a, b, geometry), [...shape])];
  },
};

function forward(
  tf: TensorFlowApi,
  x: TensorFlowTensor,
  filter: TensorFlowTensor,
  geometry: ConvolutionGeometry,
): TensorFlowTensor {
  const { batches, groups, outputs, channels, input, window, output } = geometry;
  const columns = gathered(tf, x, batches * groups * channels, sizeOf(input), windowPositions(geometry));
  const windows = tf.reshape(columns, [batches, groups, channels * sizeOf(window), sizeOf(output)]);
  const rows = tf.reshape(filter, [1, groups, outputs, channels * sizeOf(window)]);
  return product(tf, rows, windows, false);
}

function inputGradient(
  tf: TensorFlowApi,
  cotangent: TensorFlowTensor,
  filter: TensorFlowTensor,
  geometry: ConvolutionGeometry,
): TensorFlowTensor {
  const { batches, groups, outputs, channels, input, window, output } = geometry;
  const windowSize = sizeOf(window);
  const columns = gathered(tf, cotangent, batches * groups * outputs, sizeOf(output), resultPositions(geometry));
  const terms = tf.reshape(columns, [batches, groups, outputs * windowSize, sizeOf(input)]);
  const byChannel = tf.transpose(tf.reshape(filter, [groups, outputs, channels, windowSize]), [0, 2, 1, 3]);
  return product(tf, tf.reshape(byChannel, [1, groups, channels, outputs * windowSize]), terms, false);
}

function filterGradient(
  tf: TensorFlowApi,
  x: TensorFlowTensor,
  cotangent: TensorFlowTensor,
  geometry: ConvolutionGeometry,
): TensorFlowTensor {
  const { batches, groups, outputs, channels, input, window, output } = geometry;
  const columns = gathered(tf, x, batches * groups * channels, sizeOf(input), windowPositions(geometry));
  const windows = tf.reshape(columns, [batches, groups, channels * sizeOf(window), sizeOf(output)]);
  const rows = tf.reshape(cotangent, [batches, groups, outputs, sizeOf(output)]);
  return tf.sum(product(tf, rows, windows, true), 0);
}

/** a b, or a bᵀ, of matrices with two batch axes, the first of which `a` may lack. */
function product(tf: TensorFlowApi, a: TensorFlowTensor, b: TensorFlowTensor, transposed: boolean): TensorFlowTensor {
  const [batches, groups] = b.shape;
  const repeated = a.shape[0] === batches ? a : tf.tile(a, [batches, 1, 1, 1]);
  const flat = (x: TensorFlowTensor) => tf.reshape(x, [batches * groups, ...x.shape.slice(2)]);
  const result = tf.matMul(flat(repeated), flat(b), false, transposed);
  return tf.reshape(result, [batches, groups, ...result.shape.slice(1)]);
}

/** For each of `rows` rows of `size` elements, those at the positions; 0 at a position of −1. */
function gathered(
  tf: TensorFlowApi,
  x: TensorFlowTensor,
  rows: number,
  size: number,
  positions: Int32Array,
): TensorFlowTensor {
  const padded = tf.concat([tf.zeros([rows, 1], "float32"), tf.reshape(x, [rows, size])], 1);
  const indices = tf.tensor(
    positions.map((position) => position + 1),
    [positions.length],
    "int32",
  );
  return tf.gather(padded, indices, 1);
}

/** Position in the input of element k of the window at result p, in the order [k, p]; −1 in the padding. */
export function windowPositions({ input, window, output, stride, dilation, before }: ConvolutionGeometry): Int32Array {
  return positions(
    window,
    output,
    (k, p) => {
      const at = p.map((index, axis) => index * stride[axis] + k[axis] * dilation[axis] - before[axis]);
      return at.every((index, axis) => index >= 0 && index < input[axis]) ? at : null;
    },
    input,
  );
}

/** Position of the result whose window has element k at input q, in the order [k, q]; −1 where there is none. */
function resultPositions({ input, window, output, stride, dilation, before }: ConvolutionGeometry): Int32Array {
  return positions(
    window,
    input,
    (k, q) => {
      const at = q.map((index, axis) => (index + before[axis] - k[axis] * dilation[axis]) / stride[axis]);
      return at.every((index, axis) => Number.isInteger(index) && index >= 0 && index < output[axis]) ? at : null;
    },
    output,
  );
}

function positions(
  outer: Triple,
  inner: Triple,
  locate: (outer: readonly number[], inner: readonly number[]) => readonly number[] | null,
  extents: Triple,
): Int32Array {
  const result = new Int32Array(sizeOf(outer) * sizeOf(inner));
  const at = (index: number, [, height, width]: Triple) => [
    Math.floor(index / (height * width)),
    Math.floor(index / width) % height,
    index % width,
  ];
  for (let k = 0, next = 0; k < sizeOf(outer); k++)
    for (let p = 0; p < sizeOf(inner); p++) {
      const found = locate(at(k, outer), at(p, inner));
      result[next++] = found ? (found[0] * extents[1] + found[1]) * extents[2] + found[2] : -1;
    }
  return result;
}
