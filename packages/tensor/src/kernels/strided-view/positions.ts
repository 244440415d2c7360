import { type Shape, sizeOf } from "../../shape.ts";
import type { Strides } from "./moves.ts";

/** Where each element of a view, in row-major order, lies in the array that it is of. */
export function viewPositions(shape: Shape, { offset, strides }: Strides): Int32Array {
  let positions = Int32Array.of(offset);
  for (const [axis, extent] of shape.entries()) {
    const next = new Int32Array(positions.length * extent);
    for (const [index, position] of positions.entries())
      for (let k = 0; k < extent; k++) next[index * extent + k] = position + k * strides[axis];
    positions = next;
  }
  return sizeOf(shape) === 0 ? new Int32Array(0) : positions;
}
