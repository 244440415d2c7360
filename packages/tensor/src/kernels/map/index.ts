import { alignedExamples } from "../../differentiation/examples.ts";
import { bytesPerElement, type DType } from "../../dtype.ts";
import { defineKernel, type TensorSpec, type Tolerance } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { type MapOptions, mapSignature } from "./arguments.ts";
import { mapCases, randomMapCase } from "./cases.ts";
import { mapCpu } from "./cpu.ts";
import { mapDerivatives } from "./derivatives.ts";
import { operationNamed } from "./operations.ts";
import { mapReference } from "./reference.ts";
import { mapTensorFlow } from "./tensorflow.ts";
import { mapWebGpu } from "./webgpu.ts";

export type { MapOptions } from "./arguments.ts";
export type { MapOperation } from "./operations.ts";

/**
 * Operations on each element or on corresponding elements: see `unary.ts`, `binary.ts`, `comparison.ts` and `where.ts`.
 * An output may be an input of the same shape and dtype.
 */
export const mapKernel = defineKernel<MapOptions>({
  name: "map",
  summary: "One operation on every element, or on corresponding elements of tensors that are broadcast.",
  infer: (inputs, options) => [mapSignature(inputs, options).result],
  cost(inputs, options) {
    const { result } = mapSignature(inputs, options);
    const bytesOf = ({ shape, dtype }: TensorSpec) => sizeOf(shape) * bytesPerElement(dtype);
    return {
      flops: sizeOf(result.shape),
      bytes: inputs.reduce((total, input) => total + bytesOf(input), bytesOf(result)),
    };
  },
  reference: (inputs, options) => [mapReference(inputs, options)],
  cpu: mapCpu,
  webgpu: mapWebGpu,
  tensorflow: mapTensorFlow,
  batch: (context) => context.run(alignedExamples(context), context.options),
  derivatives: mapDerivatives,
  cases: mapCases,
  randomCase: randomMapCase,
  tolerance: (dtype, _, { operation }) => toleranceOf(dtype, operationNamed(operation).ulp),
});

/** A number of ulp; one ulp is at most 2^-23 (2^-52) of the value, and subnormal results may be flushed to zero on a GPU, or be off by as many ulp. */
function toleranceOf(dtype: DType, ulp = { float32: 0, float64: 0 }): Tolerance {
  if (dtype === "float32") return { relative: ulp.float32 * 2 ** -23, absolute: 2 ** -126 };
  if (dtype === "float64") return { relative: ulp.float64 * 2 ** -52, absolute: ulp.float64 * 2 ** -1074 };
  return { relative: 0, absolute: 0 };
}
