import { bytesPerElement, type DType, isFloat } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type TensorSpec } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { convolutionExamples } from "./batch.ts";
import { convolutionCases, randomConvolutionCase } from "./cases.ts";
import { convolutionCpu } from "./cpu.ts";
import { type ConvolutionKernelOptions, type ConvolutionProduct, convolutionGeometry } from "./geometry.ts";
import { type ConvolutionPadding, resolvePadding, resolveSteps } from "./options.ts";
import { convolutionReference } from "./reference.ts";
import { convolutionTensorFlow } from "./tensorflow.ts";
import { convolutionWebGpu } from "./webgpu.ts";

export type { ConvolutionKernelOptions, ConvolutionProduct } from "./geometry.ts";
export type { ConvolutionPadding } from "./options.ts";

/** The three products of a convolution, see `convolution` and `transposedConvolution`: each is the derivative of the others. */
export const convolutionKernel = defineKernel<ConvolutionKernelOptions>({
  name: "convolution",
  summary: "Convolution over one to three axes, and its gradients in the input and in the filter.",
  infer: (inputs, options) => {
    const [a, b] = inputs;
    if (!isFloat(a.dtype)) throw new InvalidInputError("convolution: x", "float32 or float64", a.dtype);
    if (b.dtype !== a.dtype) throw new InvalidInputError("convolution: filter", `dtype ${a.dtype}, like x`, b.dtype);
    return [{ shape: convolutionGeometry(inputs, options).shape, dtype: a.dtype }];
  },
  cost: (inputs, options) => {
    const { geometry, shape } = convolutionGeometry(inputs, options);
    const { batches, groups, outputs, channels, window, output } = geometry;
    const elements = [...inputs.map((input) => input.shape), shape].reduce((total, each) => total + sizeOf(each), 0);
    return {
      flops: 2 * batches * groups * outputs * channels * sizeOf(window) * sizeOf(output),
      bytes: elements * bytesPerElement(inputs[0].dtype),
    };
  },
  reference: convolutionReference,
  cpu: convolutionCpu,
  webgpu: convolutionWebGpu,
  tensorflow: convolutionTensorFlow,
  batch: convolutionExamples,
  derivatives: {
    structure: "bilinear",
    reverse: ([cotangent], { inputs: [a, b], options, needed }) => {
      const { product } = options;
      const call = (kind: ConvolutionProduct, first: Tensor, second: Tensor, extents?: readonly number[]) =>
        run([first, second], { ...options, product: kind, ...(extents ? { extents } : {}) });
      const spatial = (x: Tensor) => x.shape.slice(2);
      if (product === "forward")
        return [
          needed[0] ? call("inputGradient", cotangent!, b, spatial(a)) : null,
          needed[1] ? call("filterGradient", a, cotangent!, spatial(b)) : null,
        ];
      if (product === "inputGradient")
        return [
          needed[0] ? call("forward", cotangent!, b) : null,
          needed[1] ? call("filterGradient", cotangent!, a, spatial(b)) : null,
        ];
      return [
        needed[0] ? call("inputGradient", b, cotangent!, spatial(a)) : null,
        needed[1] ? call("forward", a, cotangent!) : null,
      ];
    },
  },
  cases: convolutionCases,
  randomCase: randomConvolutionCase,
  tolerance: (dtype, inputs, options) => {
    const depth = depthOf(inputs, options);
    const u = dtype === "float32" ? 2 ** -24 : 2 ** -53;
    // As of a matrix product with standard normal entries.
    return { relative: u, absolute: 4 * depth * u };
  },
});

/** Settings of a convolution; a number holds for all spatial axes. */
export interface ConvolutionOptions {
  /** Steps between windows. Default: 1. */
  readonly stride?: number | readonly number[];
  /**
   * Zeros before and after each axis: a number, one number per axis, or [before, after] per axis; `"valid"` for none; `"same"` for as many as make the result
   * ⌈extent / stride⌉ long, the odd one after. Default: 0.
   */
  readonly padding?: ConvolutionPadding;
  /** Distance between the elements of a window. Default: 1. */
  readonly dilation?: number | readonly number[];
  /** Channels and filters are split into this many shares that have nothing to do with each other; as many as channels: depthwise. Default: 1. */
  readonly groups?: number;
}

/**
 * Convolution as neural networks have it (cross-correlation, the filter is not flipped), over one, two or three axes:
 * `result[n, o, p] = Σ_(c, k) filter[o, c, k] · x[n, c, p · stride + k · dilation − before]`, with zeros outside of x. PyTorch's `conv1d`, `conv2d`, `conv3d`.
 *
 * Sums are in the dtype: |error| ≤ (terms + 1) u Σ|filter||x|, u half an ulp of 1. NaN and infinities propagate to the windows that contain them; with padding
 * they also meet its zeros, as in IEEE arithmetic.
 *
 * @param x float32 or float64, [batch, channels, ...spatial].
 * @param filter [filters, channels / groups, ...window], of x's dtype.
 * @returns [batch, filters, ...⌊(extent + before + after − dilation · (window − 1) − 1) / stride⌋ + 1].
 * @throws InvalidInputError when ranks, dtypes or channels do not fit, an option is out of range, or the window is larger than the padded input.
 */
export function convolution<D extends DType>(
  x: Tensor<D>,
  filter: Tensor<D>,
  options: ConvolutionOptions = {},
): Tensor<D> {
  const { stride, dilation, groups } = resolveSteps("convolution", x.rank - 2, options);
  const padding = resolvePadding(
    "convolution",
    options.padding,
    x.shape.slice(2),
    filter.shape.slice(2),
    stride,
    dilation,
  );
  const settings = { product: "forward", stride, padding, dilation, groups } as const;
  return run([x, filter], settings) as Tensor<D>;
}

/** Settings of a transposed convolution; a number holds for all spatial axes. */
export interface TransposedConvolutionOptions extends Omit<ConvolutionOptions, "padding"> {
  /** Padding of the convolution that this is the transpose of: so many elements are cut off at both ends. Default: 0. */
  readonly padding?: number | readonly number[];
  /** Elements more at the end of each axis, fewer than the stride or the dilation: which of the inputs with the same result is meant. Default: 0. */
  readonly outputPadding?: number | readonly number[];
}

/**
 * Transpose of a convolution (its gradient in the input), which goes from the small array to the large: PyTorch's `conv_transpose1d`, `conv_transpose2d`, `conv_transpose3d`.
 *
 * @param x float32 or float64, [batch, channels, ...spatial].
 * @param filter [channels, results / groups, ...window], of x's dtype.
 * @returns [batch, results, ...(extent − 1) · stride − 2 · padding + dilation · (window − 1) + outputPadding + 1].
 * @throws InvalidInputError as `convolution`.
 */
export function transposedConvolution<D extends DType>(
  x: Tensor<D>,
  filter: Tensor<D>,
  options: TransposedConvolutionOptions = {},
): Tensor<D> {
  const rank = x.rank - 2;
  const { stride, dilation, groups } = resolveSteps("transposedConvolution", rank, options);
  const perAxis = (name: "padding" | "outputPadding") => {
    const value = options[name] ?? 0;
    const values = typeof value === "number" ? new Array<number>(Math.max(0, rank)).fill(value) : value;
    if (values.length !== rank || !values.every((each) => Number.isInteger(each) && each >= 0))
      throw new InvalidInputError(
        `transposedConvolution: options.${name}`,
        "an integer ≥ 0, or one per spatial axis",
        value,
      );
    return values;
  };
  const cut = perAxis("padding");
  const extra = perAxis("outputPadding");
  for (const [axis, more] of extra.entries())
    if (more > 0 && more >= Math.max(stride[axis], dilation[axis]))
      throw new InvalidInputError(
        "transposedConvolution: options.outputPadding",
        "less than the stride or the dilation",
        extra,
      );
  if (filter.rank !== x.rank)
    throw new InvalidInputError("transposedConvolution: filter", `rank ${x.rank}, like x`, `[${filter.shape}]`);
  const extents = x.shape
    .slice(2)
    .map(
      (extent, axis) =>
        (extent - 1) * stride[axis] - 2 * cut[axis] + dilation[axis] * (filter.shape[axis + 2] - 1) + extra[axis] + 1,
    );
  if (extents.some((extent) => extent < 1))
    throw new InvalidInputError(
      "transposedConvolution: options.padding",
      "padding that leaves something of the result",
      extents,
    );
  const padding = cut.map((each) => [each, each] as const);
  const settings = { product: "inputGradient", stride, padding, dilation, groups, extents } as const;
  return run([x, filter], settings) as Tensor<D>;
}

function run(operands: readonly Tensor[], options: ConvolutionKernelOptions): Tensor {
  return convolutionKernel.run(operands, options)[0];
}

/** Terms of each sum. */
function depthOf(inputs: readonly TensorSpec[], options: ConvolutionKernelOptions): number {
  const { geometry } = convolutionGeometry(inputs, options);
  const { batches, outputs, channels, window, output } = geometry;
  if (options.product === "forward") return channels * sizeOf(window);
  return options.product === "inputGradient" ? outputs * sizeOf(window) : batches * sizeOf(output);
}
