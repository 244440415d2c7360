import { sum } from "../kernels/reduce/index.ts";
import { type Shape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** Sums a tensor over the axes along which `shape` was broadcast to it: what broadcasting is to values, this is to cotangents. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const added = x.rank - shape.length;
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < added || (shape[axis - added] === 1 && x.shape[axis] !== 1));
  return (axes.length > 0 ? sum(x, { axes }) : x).reshape(shape);
}
