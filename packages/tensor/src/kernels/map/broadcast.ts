import { type Shape, sameShape, sizeOf } from "../../shape.ts";

/** The axes of a broadcast, after joining those that all arguments run through alike. */
export interface BroadcastAxes {
  /** Extents, outermost first; none is 1. */
  readonly extents: readonly number[];
  /** Per argument, its stride in elements along each axis; 0 where it stands still. Along the last axis all are 0 or 1. */
  readonly strides: readonly (readonly number[])[];
}

/** The fewest axes that describe how arguments of the given shapes run along with a result of `shape`. */
export function broadcastAxes(shape: Shape, argumentShapes: readonly Shape[]): BroadcastAxes {
  if (argumentShapes.every((argument) => sameShape(argument, shape))) {
    const size = sizeOf(shape);
    return { extents: size === 1 ? [] : [size], strides: argumentShapes.map(() => (size === 1 ? [] : [1])) };
  }
  const extents: number[] = [];
  const strides: number[][] = argumentShapes.map(() => []);
  const nextStride = argumentShapes.map(() => 1);
  // From the innermost axis outwards; the lists are built in reverse.
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis];
    if (extent === 1) continue;
    const own = argumentShapes.map((argument, index) => {
      const argumentExtent = argument[argument.length - (shape.length - axis)] ?? 1;
      const stride = argumentExtent === 1 ? 0 : nextStride[index];
      nextStride[index] *= argumentExtent;
      return stride;
    });
    const last = extents.length - 1;
    const joins = last >= 0 && own.every((stride, index) => stride === strides[index][last] * extents[last]);
    if (joins) extents[last] *= extent;
    else {
      extents.push(extent);
      for (const [index, stride] of own.entries()) strides[index].push(stride);
    }
  }
  return { extents: extents.reverse(), strides: strides.map((list) => list.reverse()) };
}
