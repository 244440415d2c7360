import { axisOfExamples } from "../../differentiation/examples.ts";
import { bytesPerElement, type DType } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type Kernel } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { divide } from "../map/binary.ts";
import { randomSoftmaxCase, softmaxCases } from "./cases.ts";
import { softmaxCpu } from "./cpu.ts";
import { softmaxDerivatives } from "./derivatives.ts";
import { inferSoftmax, type SoftmaxAlgorithm, type SoftmaxKernelOptions } from "./options.ts";
import { softmaxReference } from "./reference.ts";
import { softmaxTensorFlow } from "./tensorflow.ts";
import { softmaxWebGpu } from "./webgpu.ts";

export type { SoftmaxAlgorithm, SoftmaxKernelOptions } from "./options.ts";

/** Softmax along an axis, and its logarithm; see `softmax` and `logSoftmax`. */
export const softmaxKernel: Kernel<SoftmaxKernelOptions> = defineKernel<SoftmaxKernelOptions>({
  name: "softmax",
  summary: "Softmax along an axis, or its logarithm: exponentials that add up to 1.",
  infer: ([x], options) => [inferSoftmax(x, options)],
  // Subtract, exponentiate, add up and scale; how often an element is read again is the algorithm's affair.
  cost: ([{ shape, dtype }]) => ({ flops: 4 * sizeOf(shape), bytes: 2 * sizeOf(shape) * bytesPerElement(dtype) }),
  reference: ([x], options) => [softmaxReference(x, options)],
  cpu: softmaxCpu,
  webgpu: softmaxWebGpu,
  tensorflow: softmaxTensorFlow,
  batch: ({ inputs, options, run }) => run(inputs, { ...options, axis: axisOfExamples(options.axis) }),
  derivatives: softmaxDerivatives,
  cases: softmaxCases,
  randomCase: randomSoftmaxCase,
  tolerance(dtype, [{ shape }], { axis, logarithm }) {
    const u = dtype === "float32" ? 2 ** -24 : 2 ** -53;
    // tensorflow's engines add up running totals, of at most 1023 elements here: up to half an ulp for each, in practice half of that. Elsewhere sums are good to a few u.
    const sum = Math.min(1023, shape.at(axis)!) / 4;
    // Rounding of x − μ (at most |result|), of log Σ and of their difference.
    if (logarithm) return { relative: 4 * u, absolute: (16 + sum) * u };
    // Mantissas within 2.7 ulp, once in the sum and once by itself, three multiplications and a division: 16 u. Where a maximum is subtracted, what x − μ lost by rounding comes on top:
    // up to u |x − μ|, which is below 88 (708) for results that are normal numbers. The others become 0.
    return dtype === "float32"
      ? { relative: (16 + 88 + sum) * u, absolute: 2 ** -126 }
      : { relative: (16 + 708 + sum) * u, absolute: 2 ** -1022 };
  },
});

/** How softmax is computed. */
export interface SoftmaxOptions {
  /** Axis along which results add up to 1; a negative one counts from the end. Default: −1, the last. */
  readonly axis?: number;
  /** What x is divided by first: the larger, the more even the result. Default: 1. */
  readonly temperature?: number;
  /** Default: `"auto"`, the fastest as measured, see `softmax`. */
  readonly algorithm?: SoftmaxAlgorithm | "auto";
}

/**
 * Softmax along an axis: exp(x) / Σ exp(x), without overflow.
 *
 * A line with a NaN or a +∞ is all NaN, and so is one of only −∞; −∞ among others gives exactly 0. Results below the smallest normal number (1.2e-38 in float32, 2.2e-308 in float64) may be 0.
 * With u half an ulp of 1 (6e-8, 1.1e-16), results are within (16 + |x − μ|) u of the exact ones, relatively, μ being the largest element; the two-pass algorithm on cpu, which subtracts
 * nothing, is within 16 u for |μ| ≤ 310 (float32) or 363 000 (float64). On cpu, bits do not depend on the number of threads, and with `softmaxKernel.runInto` the result may take the place of x.
 *
 * Algorithms, for lines beyond cache (streams of memory, exponentials per element):
 * - `"two-pass"` (3, 2): exponentials as pairs of mantissa and exponent, which cannot overflow, are summed in the first pass. Lines of larger |μ| are done again by three passes.
 * - `"three-pass-recompute"` (4, 2): maximum; sum; results.
 * - `"three-pass-reload"` (5, 1): maximum; exponentials, stored, and their sum; results from those.
 * - `"online"` (3, 2): a sum relative to a maximum that follows the data, rescaled where that rises, once for a group of vectors; results.
 *
 * Source: "The Two-Pass Softmax Algorithm", algorithms 1–3, in the form of google/XNNPACK (f32-raddextexp, f32-vscaleextexp); online: Milakov, Gimelshein,
 * "Online normalizer calculation for softmax" (2018). On webgpu, lines of up to 4096 elements are held in registers, read once and exponentiated once, whatever the
 * algorithm; on tensorflow its own operations are used.
 *
 * @param x float32 or float64, rank ≥ 1.
 * @throws InvalidInputError for another dtype, a scalar, an axis out of range or without elements, a temperature that is not positive, an unknown algorithm.
 */
export function softmax<D extends DType>(
  x: Tensor<D>,
  { axis = -1, temperature = 1, algorithm = "auto" }: SoftmaxOptions = {},
): Tensor<D> {
  return run(x, "softmax", temperature, { axis, algorithm, logarithm: false });
}

/**
 * The logarithm of softmax along an axis: x − log Σ exp(x), accurate where softmax itself is 0 or 1.
 *
 * A line with a NaN or a +∞ is all NaN, and so is one of only −∞; −∞ among others stays −∞. With u half an ulp of 1, |error| ≤ (16 + 4 |result|) u. By an online sum, then one subtraction.
 *
 * @param x float32 or float64, rank ≥ 1.
 * @param options.axis negative ones count from the end. Default: −1, the last.
 * @param options.temperature what x is divided by first. Default: 1.
 * @throws InvalidInputError for another dtype, a scalar, an axis out of range or without elements, a temperature that is not positive.
 */
export function logSoftmax<D extends DType>(
  x: Tensor<D>,
  { axis = -1, temperature = 1 }: Omit<SoftmaxOptions, "algorithm"> = {},
): Tensor<D> {
  return run(x, "logSoftmax", temperature, { axis, algorithm: "auto", logarithm: true });
}

function run<D extends DType>(
  x: Tensor<D>,
  name: string,
  temperature: number,
  options: SoftmaxKernelOptions,
): Tensor<D> {
  if (!(temperature > 0 && Number.isFinite(temperature)))
    throw new InvalidInputError(`${name}: temperature`, "a finite number > 0", temperature);
  if (temperature === 1) return softmaxKernel.run([x], options)[0] as Tensor<D>;
  inferSoftmax(x, options);
  return x.device.scope(() => softmaxKernel.run([divide(x, temperature)], options)[0] as Tensor<D>);
}
