import { withExamples } from "../../differentiation/examples.ts";
import type { BatchContext } from "../../differentiation/primitive.ts";
import { transpose } from "../../movement/axes.ts";
import type { Tensor } from "../../tensor.ts";
import type { ConvolutionKernelOptions } from "./geometry.ts";

/**
 * Many convolutions at once: examples of the input alone join the batch; where the filter differs too (or is what is asked for), each example is a group of its own.
 */
export function convolutionExamples(context: BatchContext<ConvolutionKernelOptions>): readonly Tensor[] {
  const { inputs, batched, count, options, run } = context;
  const { product } = options;
  if (product !== "filterGradient" && !batched[1]) {
    const [x, filter] = inputs;
    const [result] = run([x.reshape([count * x.shape[1], ...x.shape.slice(2)]), filter], options);
    return [result.reshape([count, x.shape[1], ...result.shape.slice(1)])];
  }
  const isFilter = (index: number) => index === 1 && product !== "filterGradient";
  const grouped = withExamples(context).map((input, index) =>
    isFilter(index) ? joined(input, 0) : joined(transposedExamples(input), 1),
  );
  const [result] = run(grouped, { ...options, groups: options.groups * count });
  if (product === "filterGradient") return [result.reshape([count, result.shape[0] / count, ...result.shape.slice(1)])];
  const [batches, channels, ...extents] = result.shape;
  return [transposedExamples(result.reshape([batches, count, channels / count, ...extents]))];
}

/** The first two axes exchanged. */
function transposedExamples(x: Tensor): Tensor {
  return transpose(x, [1, 0, ...Array.from({ length: x.rank - 2 }, (_, axis) => axis + 2)]);
}

/** Axes `axis` and `axis + 1` as one. */
function joined(x: Tensor, axis: number): Tensor {
  return x.reshape([...x.shape.slice(0, axis), x.shape[axis] * x.shape[axis + 1], ...x.shape.slice(axis + 2)]);
}
