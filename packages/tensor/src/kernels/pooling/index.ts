import { bytesPerElement, isFloat } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import {
  type CaseRandom,
  defineKernel,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
} from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { randomWindowCase, windowCases } from "../window-argmax/cases.ts";
import { windowGeometry } from "../window-argmax/windows.ts";
import { poolingCpu } from "./cpu.ts";
import { poolingDerivatives } from "./derivatives.ts";
import { elementsInside, type PoolingKernelOptions } from "./options.ts";
import { poolingTensorFlow } from "./tensorflow.ts";
import { poolingWebGpu } from "./webgpu.ts";

export type { PoolingKernelOptions } from "./options.ts";

/** Largest element or mean of each window; see `maxPool` and `averagePool`. */
export const poolingKernel = defineKernel<PoolingKernelOptions>({
  name: "pooling",
  summary: "Largest element or mean of each window of an image.",
  infer: ([x], options) => [inferPooling(x, options)],
  cost: ([x], options) => {
    const results = sizeOf(inferPooling(x, options).shape);
    return {
      flops: results * sizeOf(options.window),
      bytes: (sizeOf(x.shape) + results) * bytesPerElement(x.dtype),
    };
  },
  reference,
  cpu: poolingCpu,
  webgpu: poolingWebGpu,
  tensorflow: poolingTensorFlow,
  batch: ({ inputs: [x], count, options, run }) => {
    const [y] = run([x.reshape([count * x.shape[1], ...x.shape.slice(2)])], options);
    return [y.reshape([count, x.shape[1], ...y.shape.slice(1)])];
  },
  derivatives: poolingDerivatives,
  cases: () => windowCases().flatMap((windowCase) => VARIANTS.map((variant) => withVariant(windowCase, variant))),
  randomCase: (random: CaseRandom) => withVariant(randomWindowCase(random), random.pick(VARIANTS)),
  // A maximum is exact; a mean adds up at most 27 elements here, and divides.
  tolerance: (dtype, _inputs, { operation }) => {
    const u = dtype === "float32" ? 2 ** -24 : 2 ** -53;
    return operation === "max" ? { relative: 0, absolute: 0 } : { relative: 2 * u, absolute: 27 * 4 * u };
  },
});

const VARIANTS = [
  { operation: "max", includePadding: true },
  { operation: "mean", includePadding: true },
  { operation: "mean", includePadding: false },
] as const;

function withVariant(
  { name, inputs, options }: KernelCase<Omit<PoolingKernelOptions, "operation" | "includePadding">>,
  variant: (typeof VARIANTS)[number],
): KernelCase<PoolingKernelOptions> {
  const padding =
    variant.operation === "max" ? "" : variant.includePadding ? ", padding counted" : ", padding left out";
  return { name: `${variant.operation}, ${name}${padding}`, inputs, options: { ...options, ...variant } };
}

function inferPooling(x: TensorSpec, options: PoolingKernelOptions): TensorSpec {
  const operation = options.operation === "max" ? "maxPool" : "averagePool";
  if (!isFloat(x.dtype)) throw new InvalidInputError(`${operation}: x`, "float32 or float64", x.dtype);
  const { output } = windowGeometry(x.shape, options);
  return { shape: [...x.shape.slice(0, 2), ...output.slice(5 - x.shape.length)], dtype: x.dtype };
}

function reference([x]: readonly ReferenceArray[], options: PoolingKernelOptions): readonly ReferenceArray[] {
  const geometry = windowGeometry(x.shape, options);
  const { input, window, output, stride, before } = geometry;
  const planes = sizeOf(x.shape.slice(0, 2));
  const results: number[] = [];
  for (let plane = 0; plane < planes; plane++)
    for (let d = 0; d < output[0]; d++)
      for (let h = 0; h < output[1]; h++)
        for (let w = 0; w < output[2]; w++) {
          const place = [d, h, w];
          const [begin, end] = [0, 1].map((isEnd) =>
            place.map((index, axis) => {
              const start = index * stride[axis] - before[axis];
              return isEnd ? Math.min(input[axis], start + window[axis]) : Math.max(0, start);
            }),
          );
          let largest = Number.NEGATIVE_INFINITY;
          let sum = 0;
          for (let i = begin[0]; i < end[0]; i++)
            for (let j = begin[1]; j < end[1]; j++)
              for (let k = begin[2]; k < end[2]; k++) {
                const value = x.data[((plane * input[0] + i) * input[1] + j) * input[2] + k];
                largest = Math.max(largest, value);
                sum += value;
              }
          const inside = place.reduce((count, index, axis) => count * elementsInside(geometry, axis, index), 1);
          const count = options.includePadding ? sizeOf(window) : inside;
          results.push(options.operation === "max" ? largest : sum / count);
        }
  const { shape, dtype } = inferPooling(x, options);
  return [referenceArray(dtype, shape, results)];
}
