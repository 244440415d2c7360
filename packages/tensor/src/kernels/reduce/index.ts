import { bytesPerElement, type DType, isComplex, isFloat } from "../../dtype.ts";
import { type CaseRandom, defineKernel, type KernelCase, type TensorSpec, type Tolerance } from "../../kernel.ts";
import { normalizeAxes, type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { complexView, realView } from "../complex-parts/views.ts";
import { reduceCases } from "./cases.ts";
import { complexProduct } from "./complex-product.ts";
import { reduceCpu } from "./cpu.ts";
import { reduceDerivatives } from "./derivatives.ts";
import { type AxesOptions, inferReduction, REDUCTIONS, type ReduceOptions, type Reduction } from "./reductions.ts";
import { reduceReference } from "./reference.ts";
import { reduceTensorFlow } from "./tensorflow.ts";
import { reduceWebGpu } from "./webgpu.ts";

export type { AxesOptions, ReduceOptions, Reduction } from "./reductions.ts";

/** Reductions over axes, see `sum`, `mean`, `prod`, `max`, `min` and `logSumExp`. */
export const reduceKernel = defineKernel<ReduceOptions>({
  name: "reduce",
  summary: "Sum, mean, product, maximum, minimum or log-sum-exp over axes.",
  infer: ([x], options) => [inferReduction(x, options)],
  cost: ([x], options) => {
    const y = inferReduction(x, options);
    return {
      flops: REDUCTIONS[options.operation].flops * sizeOf(x.shape),
      bytes: sizeOf(x.shape) * bytesPerElement(x.dtype) + sizeOf(y.shape) * bytesPerElement(y.dtype),
    };
  },
  reference: ([x], options) => [reduceReference(x, options, inferReduction(x, options))],
  cpu: reduceCpu,
  webgpu: reduceWebGpu,
  tensorflow: reduceTensorFlow,
  batch: ({ inputs: [x], options, run }) => {
    const axes = normalizeAxes(options.operation, x.rank - 1, options.axes).map((axis) => axis + 1);
    return run([x], { ...options, axes });
  },
  derivatives: reduceDerivatives,
  cases: reduceCases,
  randomCase,
  tolerance: (dtype, [x], options) => toleranceOf(dtype, x, options),
});

/**
 * Sum over axes, also of complex numbers. An empty sum is 0.
 *
 * Integers are added modulo 2^32; bools are counted, as int32. Floats: NaN and opposite infinities give NaN. For float32 and float64, with u half an ulp of 1,
 * |error| ≤ 5 u Σ|x| for each of the passes that the shape needs (one for each group of neighbouring reduced axes, and one more when more than 65536 elements are reduced) on cpu,
 * where results do not depend on the number of threads; ≤ 30 u Σ|x| on webgpu; ≤ 2048 u Σ|x| on tensorflow, whose engines add up running totals, of at most 1023 elements here.
 *
 * @throws InvalidInputError when an axis is out of range or repeated.
 */
export function sum(x: Tensor, options: AxesOptions = {}): Tensor {
  return additive("sum", x, options);
}

/**
 * Arithmetic mean over axes of a float or complex tensor: `sum` divided by the number of elements.
 *
 * @throws InvalidInputError when the dtype is not a float, a mean would be of nothing, or an axis is out of range or repeated.
 */
export function mean(x: Tensor, options: AxesOptions = {}): Tensor {
  return additive("mean", x, options);
}

/**
 * Product over axes, also of complex numbers. An empty product is 1. Integers are multiplied modulo 2^32. The derivative in an element is the product of the others, also where some are 0, to any order.
 *
 * @throws InvalidInputError when the dtype is bool, or an axis is out of range or repeated.
 */
export function prod(x: Tensor, options: AxesOptions = {}): Tensor {
  if (isComplex(x.dtype)) return x.device.scope(() => complexProduct(x, options));
  return reduceKernel.run([x], { ...options, operation: "prod" })[0];
}

/**
 * Largest element over axes; NaN where there is one. For bool: whether any is true.
 *
 * @throws InvalidInputError when a maximum would be of nothing, or an axis is out of range or repeated.
 */
export function max(x: Tensor, options: AxesOptions = {}): Tensor {
  return reduceKernel.run([x], { ...options, operation: "max" })[0];
}

/**
 * Smallest element over axes; NaN where there is one. For bool: whether all are true.
 *
 * @throws InvalidInputError when a minimum would be of nothing, or an axis is out of range or repeated.
 */
export function min(x: Tensor, options: AxesOptions = {}): Tensor {
  return reduceKernel.run([x], { ...options, operation: "min" })[0];
}

/**
 * log Σ exp(x) over axes of a float tensor, without overflow; in one pass over the data, relative to a maximum that follows it.
 *
 * −∞ for nothing or only −∞, +∞ when there is one, NaN when there is one.
 *
 * @throws InvalidInputError when the dtype is not a float, or an axis is out of range or repeated.
 */
export function logSumExp(x: Tensor, options: AxesOptions = {}): Tensor {
  return reduceKernel.run([x], { ...options, operation: "logSumExp" })[0];
}

/** Of complex numbers real and imaginary parts each by themselves. */
function additive(operation: "sum" | "mean", x: Tensor, options: AxesOptions): Tensor {
  if (!isComplex(x.dtype)) return reduceKernel.run([x], { ...options, operation })[0];
  const axes = normalizeAxes(operation, x.rank, options.axes);
  return x.device.scope(() => complexView(reduceKernel.run([realView(x)], { ...options, axes, operation })[0]));
}

function randomCase(random: CaseRandom): KernelCase<ReduceOptions> {
  const operation = random.pick(Object.keys(REDUCTIONS) as Reduction[]);
  const dtype = random.pick(REDUCTIONS[operation].dtypes);
  const shape = Array.from({ length: random.integer(1, 4) }, () => random.integer(1, random.pick([2, 5, 17])));
  const axes = shape.map((_, axis) => axis).filter(() => random.integer(0, 1) === 1);
  return {
    name: `${operation} of ${dtype} [${shape}] over [${axes}]`,
    inputs: [random.array(shape, dtype)],
    options: { operation, axes, keepDimensions: random.integer(0, 1) === 1 },
  };
}

/** Elements that go into one element of the result. */
function countOf(shape: Shape, axes: ReduceOptions["axes"]): number {
  return sizeOf(normalizeAxes("reduce", shape.length, axes).map((axis) => shape[axis]));
}

function toleranceOf(dtype: DType, x: TensorSpec, { operation, axes }: ReduceOptions): Tolerance {
  if (!isFloat(dtype) || operation === "max" || operation === "min") return { relative: 0, absolute: 0 };
  const u = dtype === "float32" ? 2 ** -24 : 2 ** -53;
  const count = countOf(x.shape, axes);
  // One rounding for each factor; below the normal range digits are lost, or flushed to zero on a GPU.
  if (operation === "prod") return { relative: 2 * count * u, absolute: dtype === "float32" ? 2 ** -126 : 2 ** -1022 };
  // WGSL allows exp 3 + 2|x| ulp and log 2⁻²¹ = 8 u absolute or 3 ulp; the terms that weigh have |x| of at most a few. The rest is a few roundings.
  if (operation === "logSumExp") return { relative: 8 * u, absolute: 32 * u };
  // 30 u Σ|x| at most, see `sum`, in practice a tenth of it; for standard normal data Σ|x| is below the count, but for very few elements. A mean has one division more.
  const absolute = 30 * u * (count + 4);
  return operation === "sum" ? { relative: u, absolute } : { relative: 4 * u, absolute: absolute / count };
}
