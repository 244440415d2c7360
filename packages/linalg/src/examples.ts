import { type BatchContext, type Tensor, withExamples } from "@ansatz/tensor";

/** `vmap` for kernels on stacks of matrices with equal leading axes: examples are one more of these. */
export function examplesAlongBatches<Options>(context: BatchContext<Options>): readonly Tensor[] {
  return context.run(withExamples(context), context.options);
}
