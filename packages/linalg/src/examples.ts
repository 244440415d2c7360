import { type BatchContext, broadcastTo, type Tensor } from "@ansatz/tensor";

/** `vmap` for kernels on stacks of matrices with equal leading axes: examples are one more of these. */
export function examplesAlongBatches<Options>(context: BatchContext<Options>): readonly Tensor[] {
  const { inputs, batched, count, options, run } = context;
  return run(
    inputs.map((input, index) => (batched[index] ? input : broadcastTo(input, [count, ...input.shape]))),
    options,
  );
}
