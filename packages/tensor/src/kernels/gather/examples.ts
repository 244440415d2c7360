import type { Tensor } from "../../tensor.ts";
import { add, maximum, minimum } from "../map/binary.ts";

/** Indices [count, …] into an axis of `extent` as indices into all examples' axes one after the other. */
export function jointIndices(indices: Tensor, extent: number): Tensor {
  const [count, ...shape] = indices.shape;
  const starts = Int32Array.from({ length: count }, (_, example) => example * extent);
  const clamped = minimum(maximum(indices, 0), extent - 1);
  return add(clamped, indices.device.tensor(starts, [count, ...shape.map(() => 1)]));
}
