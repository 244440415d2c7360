import type { BatchContext } from "../../differentiation/primitive.ts";
import { broadcastTo } from "../../movement/axes.ts";
import type { Tensor } from "../../tensor.ts";
import { add, maximum, minimum } from "../map/binary.ts";

/** Inputs with an axis of examples in front, those that all examples share being repeated. */
export function withExamples<Options>({ inputs, batched, count }: BatchContext<Options>): Tensor[] {
  return inputs.map((input, index) => (batched[index] ? input : broadcastTo(input, [count, ...input.shape])));
}

/** An axis, counted from either end, in a tensor that has the examples in front. */
export function axisOfExamples(axis: number): number {
  return axis < 0 ? axis : axis + 1;
}

/** Indices [count, …] into an axis of `extent` as indices into all examples' axes one after the other. */
export function jointIndices(indices: Tensor, extent: number): Tensor {
  const [count, ...shape] = indices.shape;
  const starts = Int32Array.from({ length: count }, (_, example) => example * extent);
  const clamped = minimum(maximum(indices, 0), extent - 1);
  return add(clamped, indices.device.tensor(starts, [count, ...shape.map(() => 1)]));
}
