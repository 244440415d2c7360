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
