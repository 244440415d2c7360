import type { DType } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { type StridedViewOptions, stridedView } from "../kernels/strided-view/index.ts";
import { normalizeAxes, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Axes in another order: `result.shape[k] = x.shape[permutation[k]]`.
 *
 * @param permutation every axis once, negative ones count from the end. Default: all axes reversed, for a matrix its transpose.
 * @throws InvalidInputError when an axis is missing, repeated or out of range.
 */
export function transpose<D extends DType>(x: Tensor<D>, permutation?: readonly number[]): Tensor<D> {
  const order =
    permutation?.map((axis) => normalizeAxes("transpose: permutation", x.rank, axis)[0]) ??
    x.shape.map((_, axis) => x.rank - 1 - axis);
  if (order.length !== x.rank || new Set(order).size !== x.rank)
    throw new InvalidInputError("transpose: permutation", `each of the ${x.rank} axes once`, permutation);
  const strides = stridesOf(x.shape);
  return stridedView(x, {
    shape: order.map((axis) => x.shape[axis]),
    offset: 0,
    strides: order.map((axis) => strides[axis]),
  });
}

/**
 * The tensor backwards along axes.
 *
 * @param options.axes which ones, negative ones count from the end. Default: all.
 * @throws InvalidInputError when an axis is out of range or repeated.
 */
export function flip<D extends DType>(
  x: Tensor<D>,
  options: { readonly axes?: number | readonly number[] } = {},
): Tensor<D> {
  const axes = normalizeAxes("flip", x.rank, options.axes);
  const own = stridesOf(x.shape);
  return stridedView(x, {
    shape: x.shape,
    offset: axes.reduce((offset, axis) => offset + Math.max(0, x.shape[axis] - 1) * own[axis], 0),
    strides: own.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
  });
}

/**
 * The tensor with a new axis of extent 1.
 *
 * @param axis where it is in the result, negative ones count from its end.
 * @throws InvalidInputError when the axis is out of range.
 */
export function expandDims<D extends DType>(x: Tensor<D>, axis: number): Tensor<D> {
  const [position] = normalizeAxes("expandDims", x.rank + 1, axis);
  return x.reshape([...x.shape.slice(0, position), 1, ...x.shape.slice(position)]);
}

/**
 * The tensor without axes of extent 1.
 *
 * @param axes which ones, negative ones count from the end. Default: all of extent 1.
 * @throws InvalidInputError when an axis is out of range, repeated, or of another extent.
 */
export function squeeze<D extends DType>(x: Tensor<D>, axes?: number | readonly number[]): Tensor<D> {
  const dropped =
    axes === undefined
      ? x.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []))
      : normalizeAxes("squeeze", x.rank, axes);
  for (const axis of dropped)
    if (x.shape[axis] !== 1)
      throw new InvalidInputError("squeeze: axes", "axes of extent 1", `axis ${axis} of [${x.shape}]`);
  return x.reshape(x.shape.filter((_, axis) => !dropped.includes(axis)));
}

/**
 * The tensor repeated to a shape that it broadcasts to: new axes in front, and axes of extent 1 to any extent.
 *
 * @throws InvalidInputError when the shapes do not fit.
 */
export function broadcastTo<D extends DType>(x: Tensor<D>, shape: readonly number[]): Tensor<D> {
  const added = shape.length - x.rank;
  const fits = added >= 0 && x.shape.every((extent, axis) => extent === 1 || extent === shape[added + axis]);
  if (!fits) throw new InvalidInputError("broadcastTo: shape", `a shape that [${x.shape}] broadcasts to`, shape);
  if (added === 0 && x.shape.every((extent, axis) => extent === shape[axis])) return x.alias();
  return stridedView(x, broadcastView(x.shape, shape));
}

/**
 * The tensor laid side by side with itself, `repetitions[k]` times along axis k.
 *
 * @param repetitions integers ≥ 0, one for each axis; more than axes add new ones in front, fewer are for the last axes.
 * @throws InvalidInputError when a repetition is no integer ≥ 0.
 */
export function tile<D extends DType>(x: Tensor<D>, repetitions: readonly number[]): Tensor<D> {
  for (const count of repetitions)
    if (!Number.isInteger(count) || count < 0)
      throw new InvalidInputError("tile: repetitions", "integers ≥ 0", repetitions);
  const rank = Math.max(x.rank, repetitions.length);
  const shape = [...new Array<number>(rank - x.rank).fill(1), ...x.shape];
  const counts = [...new Array<number>(rank - repetitions.length).fill(1), ...repetitions];
  const strides = stridesOf(shape);
  const blocks = stridedView(x, {
    shape: counts.flatMap((count, axis) => [count, shape[axis]]),
    offset: 0,
    strides: strides.flatMap((stride) => [0, stride]),
  });
  return blocks.reshape(counts.map((count, axis) => count * shape[axis]));
}

function broadcastView(own: readonly number[], shape: readonly number[]): StridedViewOptions {
  const added = shape.length - own.length;
  const strides = stridesOf(own);
  return {
    shape,
    offset: 0,
    strides: shape.map((_, axis) => (axis < added || own[axis - added] === 1 ? 0 : strides[axis - added])),
  };
}
