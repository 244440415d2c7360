import { InvalidInputError } from "../errors.ts";
import { fanInUniform, type Initialiser, symmetric } from "../initialisers/initialisers.ts";
import { type ConvolutionOptions, convolution } from "../kernels/convolution/index.ts";
import { add } from "../kernels/map/binary.ts";
import { split } from "../random/key.ts";
import { sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { AffineParameters } from "./dense.ts";
import { checkCount, checkExtent, type Layer } from "./layer.ts";

export interface ConvolutionLayerOptions extends ConvolutionOptions {
  /** Whether a bias is added to each channel. Default: true. */
  readonly bias?: boolean;
  /** First weights. Default: `fanInUniform`, as PyTorch; the bias is uniform within the same bounds. */
  readonly weights?: Initialiser;
}

/**
 * Convolution with learned filters over one axis, [batch, inputs, extent] to [batch, outputs, …]; see `convolution`.
 *
 * @param window extent of the filters.
 * @throws InvalidInputError when a count is no positive integer, or groups do not divide the inputs.
 */
export function conv1d(
  inputs: number,
  outputs: number,
  window: number | readonly [number],
  options: ConvolutionLayerOptions = {},
): Layer<AffineParameters> {
  return convolutionLayer("conv1d", inputs, outputs, windowOf("conv1d", window, 1), options);
}

/**
 * Convolution with learned filters over two axes, [batch, inputs, height, width] to [batch, outputs, …]; see `convolution`.
 *
 * @param window extents of the filters; a number holds for both axes.
 * @throws InvalidInputError as `conv1d`.
 */
export function conv2d(
  inputs: number,
  outputs: number,
  window: number | readonly [number, number],
  options: ConvolutionLayerOptions = {},
): Layer<AffineParameters> {
  return convolutionLayer("conv2d", inputs, outputs, windowOf("conv2d", window, 2), options);
}

/**
 * Convolution with learned filters over three axes, [batch, inputs, depth, height, width] to [batch, outputs, …]; see `convolution`.
 *
 * @param window extents of the filters; a number holds for all axes.
 * @throws InvalidInputError as `conv1d`.
 */
export function conv3d(
  inputs: number,
  outputs: number,
  window: number | readonly [number, number, number],
  options: ConvolutionLayerOptions = {},
): Layer<AffineParameters> {
  return convolutionLayer("conv3d", inputs, outputs, windowOf("conv3d", window, 3), options);
}

/** A convolution over as many axes as the window has, for layers made of convolutions. */
export function convolutionLayer(
  operation: string,
  inputs: number,
  outputs: number,
  window: readonly number[],
  { bias = true, weights: initialiser = fanInUniform, ...options }: ConvolutionLayerOptions = {},
): Layer<AffineParameters> {
  checkCount(`${operation}: inputs`, inputs);
  checkCount(`${operation}: outputs`, outputs);
  const { groups = 1 } = options;
  checkCount(`${operation}: options.groups`, groups);
  if (inputs % groups !== 0)
    throw new InvalidInputError(`${operation}: options.groups`, `a divisor of ${inputs} inputs`, groups);
  const shape = [outputs, inputs / groups, ...window];
  return {
    init(key, own) {
      const [forWeights, forBias] = split(key);
      const weights = initialiser(forWeights, shape, own);
      if (!bias) return { weights };
      return { weights, bias: symmetric(forBias, [outputs], 1 / Math.sqrt(sizeOf(shape.slice(1))), own) };
    },
    apply(parameters, x) {
      checkExtent(`${operation}: x`, x, 1, inputs);
      if (x.rank !== window.length + 2)
        throw new InvalidInputError(`${operation}: x`, `a tensor of rank ${window.length + 2}`, `shape [${x.shape}]`);
      return x.device.scope(() => {
        const y = convolution(x, parameters.weights, options);
        return "bias" in parameters ? add(y, perChannel(parameters.bias, y.rank)) : y;
      });
    },
  };
}

/** A vector of channels, [channels], along axis 1 of tensors of a rank. */
export function perChannel(values: Tensor, rank: number): Tensor {
  return values.reshape([values.size, ...new Array<number>(rank - 2).fill(1)]);
}

function windowOf(operation: string, window: number | readonly number[], rank: number): readonly number[] {
  const extents = typeof window === "number" ? new Array<number>(rank).fill(window) : window;
  if (extents.length !== rank) throw new InvalidInputError(`${operation}: window`, `${rank} extents`, window);
  for (const extent of extents) checkCount(`${operation}: window`, extent);
  return extents;
}
