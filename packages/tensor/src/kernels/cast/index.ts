import type { DType } from "../../dtype.ts";
import { defineKernel, referenceArray } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { castCpu } from "./cpu.ts";
import { castTensorFlow } from "./tensorflow.ts";
import { castWebGpu } from "./webgpu.ts";

export interface CastOptions {
  /** Dtype of the result. */
  readonly dtype: DType;
}

/** Element-wise conversion between dtypes, see `cast`. */
export const castKernel = defineKernel<CastOptions>({
  name: "cast",
  summary: "Converts every element to another dtype.",
  infer: ([{ shape }], { dtype }) => [{ shape, dtype }],
  cost: ([{ shape, dtype: from }], { dtype: to }) => ({ flops: 0, bytes: sizeOf(shape) * (bytesOf(from) + bytesOf(to)) }),
  reference: ([input], { dtype }) => [referenceArray(dtype, input.shape, Array.from(input.data, (x) => convert(x, dtype)))],
  cpu: castCpu,
  webgpu: castWebGpu,
  tensorflow: castTensorFlow,
  cases: () => [],
  randomCase: (random) => {
    const from = random.pick<DType>(["float32", "float64", "int32", "uint32", "bool"]);
    const dtype = random.pick<DType>(["float32", "float64", "int32", "uint32", "bool"]);
    const shape = [random.integer(0, 5), random.integer(1, 33)];
    return { name: `${from} to ${dtype}`, inputs: [random.array(shape, from, { scale: 100 })], options: { dtype } };
  },
  // Conversions round once, exactly.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

/**
 * Converts a tensor to another dtype.
 *
 * Floats become integers by truncation towards zero, saturating at the ends of the range, NaN becoming 0; integers become wider integers modulo 2^32;
 * anything becomes `bool` as "is not zero" (NaN is true).
 *
 * @throws UnsupportedError when the device cannot hold the dtype.
 */
export function cast<D extends DType>(x: Tensor, dtype: D): Tensor<D> {
  return castKernel.run([x], { dtype })[0] as Tensor<D>;
}

function convert(x: number, dtype: DType): number {
  if (dtype === "bool") return x === 0 ? 0 : 1;
  if (dtype === "float32" || dtype === "float64") return x;
  if (Number.isNaN(x)) return 0;
  return x;
}

function bytesOf(dtype: DType): number {
  return dtype === "float64" ? 8 : dtype === "bool" ? 1 : 4;
}
