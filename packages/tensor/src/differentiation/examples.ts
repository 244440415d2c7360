import { broadcastTo } from "../movement/axes.ts";
import type { Tensor } from "../tensor.ts";
import type { BatchContext } from "./primitive.ts";

/** Inputs of an elementwise primitive with their example axes in front: axes of extent 1 are put between it and shorter shapes. */
export function alignedExamples<Options>({ inputs, batched }: BatchContext<Options>): Tensor[] {
  const ranks = inputs.map((input, index) => input.rank - (batched[index] ? 1 : 0));
  const rank = Math.max(...ranks);
  return inputs.map((input, index) => {
    if (!batched[index] || ranks[index] === rank) return input;
    const [count, ...shape] = input.shape;
    return input.reshape([count, ...new Array<number>(rank - ranks[index]).fill(1), ...shape]);
  });
}

/** Inputs that all have the axis of examples in front, those that the examples have in common being repeated. */
export function withExamples<Options>({ inputs, batched, count }: BatchContext<Options>): Tensor[] {
  return inputs.map((input, index) => (batched[index] ? input : broadcastTo(input, [count, ...input.shape])));
}

/** An axis of an example, counted from either end, as one of all examples together. */
export function axisOfExamples(axis: number): number {
  return axis < 0 ? axis : axis + 1;
}
