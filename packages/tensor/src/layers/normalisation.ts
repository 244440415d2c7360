import type { TensorTree } from "../differentiation/tree.ts";
import { InvalidInputError } from "../errors.ts";
import { add, multiply, subtract } from "../kernels/map/binary.ts";
import { rsqrt, square } from "../kernels/map/unary.ts";
import { mean } from "../kernels/reduce/index.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { perChannel } from "./convolution.ts";
import { checkCount, checkExtent, type Layer, type LayerOptions } from "./layer.ts";

/** What a normalised value is multiplied with, and what is added to it. */
export type NormalisationParameters = { readonly scale: Tensor; readonly shift: Tensor };

export interface NormalisationOptions {
  /** Added to the variance. Default: 1e-5, as PyTorch. */
  readonly epsilon?: number;
}

/**
 * Layer normalisation: mean 0 and variance 1 over the last axes, then a scale and a shift for each of their elements.
 *
 * Source: Ba, Kiros, Hinton, "Layer Normalization" (2016), equation 3. PyTorch's `LayerNorm`.
 *
 * @param shape extents of the last axes; a number for the last axis only.
 * @throws InvalidInputError for extents that are no positive integers, or an ε that is not positive.
 */
export function layerNorm(shape: number | Shape, options: NormalisationOptions = {}): Layer<NormalisationParameters> {
  const extents = typeof shape === "number" ? [shape] : shape;
  if (extents.length === 0) throw new InvalidInputError("layerNorm: shape", "at least one extent", shape);
  for (const extent of extents) checkCount("layerNorm: shape", extent);
  const epsilon = epsilonOf("layerNorm", options);
  return {
    init: (_, own) => identity(extents, own),
    apply({ scale, shift }, x) {
      const axes = extents.map((_, index) => index - extents.length);
      for (const [index, axis] of axes.entries()) checkExtent("layerNorm: x", x, axis, extents[index]);
      return x.device.scope(() => add(multiply(normalised(x, axes, epsilon), scale), shift));
    },
  };
}

/**
 * Group normalisation: mean 0 and variance 1 over the channels of each group and all positions, then a scale and a shift for each channel. [batch, channels, ...spatial].
 *
 * Source: Wu, He, "Group Normalization" (2018). PyTorch's `GroupNorm`; with one group per channel, instance normalisation.
 *
 * @throws InvalidInputError when groups do not divide the channels, or for an ε that is not positive.
 */
export function groupNorm(
  groups: number,
  channels: number,
  options: NormalisationOptions = {},
): Layer<NormalisationParameters> {
  checkCount("groupNorm: groups", groups);
  checkCount("groupNorm: channels", channels);
  if (channels % groups !== 0)
    throw new InvalidInputError("groupNorm: groups", `a divisor of ${channels} channels`, groups);
  const epsilon = epsilonOf("groupNorm", options);
  return {
    init: (_, own) => identity([channels], own),
    apply({ scale, shift }, x) {
      checkExtent("groupNorm: x", x, 1, channels);
      return x.device.scope(() => {
        const [batch, , ...spatial] = x.shape;
        const grouped = x.reshape([batch, groups, (channels / groups) * sizeOf(spatial)]);
        const y = normalised(grouped, [2], epsilon).reshape(x.shape);
        return add(multiply(y, perChannel(scale, x.rank)), perChannel(shift, x.rank));
      });
    },
  };
}

/** Running mean and variance of each channel, [channels]: no parameters, but carried from step to step. */
export type BatchNormState = { readonly mean: Tensor; readonly variance: Tensor };

export interface BatchNormOptions extends NormalisationOptions {
  /** Share of the running values that a batch replaces. Default: 0.1, as PyTorch. */
  readonly momentum?: number;
}

/** A layer that behaves differently in training, where it looks at the whole batch and carries a state from step to step. */
export interface StatefulLayer<Parameters extends TensorTree, State extends TensorTree>
  extends Layer<Parameters, [x: Tensor, state: State]> {
  /** The state before any training. */
  initState(options: LayerOptions): State;
  /**
   * By the statistics of the batch, with the state that follows. The state is not what is trained; to get it out of a gradient, let the function return it beside the loss
   * (`vjp`, with zeros as its cotangent).
   *
   * @throws InvalidInputError when shapes do not fit.
   */
  applyTraining(parameters: Parameters, x: Tensor, state: State): { readonly output: Tensor; readonly state: State };
}

/**
 * Batch normalisation: mean 0 and variance 1 for each channel, over batch and positions, then a scale and a shift. [batch, channels, ...spatial].
 * `apply` uses the running statistics (evaluation), `applyTraining` those of the batch; the running variance is that of a sample (over n − 1), as in PyTorch.
 *
 * Source: Ioffe, Szegedy, "Batch Normalization" (2015), algorithms 1 and 2. PyTorch's `BatchNorm1d`, `2d`, `3d`.
 *
 * @throws InvalidInputError when channels are no positive integer, momentum is not in [0, 1], or ε is not positive; in training for a batch of one element per channel, which has no variance.
 */
export function batchNorm(
  channels: number,
  options: BatchNormOptions = {},
): StatefulLayer<NormalisationParameters, BatchNormState> {
  const { momentum = 0.1 } = options;
  checkCount("batchNorm: channels", channels);
  if (!(momentum >= 0 && momentum <= 1))
    throw new InvalidInputError("batchNorm: options.momentum", "a number in [0, 1]", momentum);
  const epsilon = epsilonOf("batchNorm", options);
  const finish = ({ scale, shift }: NormalisationParameters, centred: Tensor, variance: Tensor) => {
    const slope = multiply(scale, rsqrt(add(variance, epsilon)));
    return add(multiply(centred, perChannel(slope, centred.rank)), perChannel(shift, centred.rank));
  };
  return {
    init: (_, own) => identity([channels], own),
    initState: ({ device, dtype = "float32" }) => ({
      mean: device.zeros([channels], dtype),
      variance: device.full([channels], 1, dtype),
    }),
    apply(parameters, x, state) {
      checkExtent("batchNorm: x", x, 1, channels);
      return x.device.scope(() => finish(parameters, subtract(x, perChannel(state.mean, x.rank)), state.variance));
    },
    applyTraining(parameters, x, state) {
      checkExtent("batchNorm: x", x, 1, channels);
      const count = x.size / channels;
      if (count < 2) throw new InvalidInputError("batchNorm: x", "two elements per channel or more", `[${x.shape}]`);
      return x.device.scope(() => {
        const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
        const average = mean(x, { axes });
        const centred = subtract(x, perChannel(average, x.rank));
        const variance = mean(square(centred), { axes });
        const moved = (before: Tensor, now: Tensor, factor: number) =>
          add(multiply(before, 1 - momentum), multiply(now, momentum * factor));
        return {
          output: finish(parameters, centred, variance),
          state: {
            mean: moved(state.mean, average, 1),
            variance: moved(state.variance, variance, count / (count - 1)),
          },
        };
      });
    },
  };
}

/** Less the mean, over the root of the variance, over axes. */
function normalised(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const centred = subtract(x, mean(x, { axes, keepDimensions: true }));
  const variance = mean(square(centred), { axes, keepDimensions: true });
  return multiply(centred, rsqrt(add(variance, epsilon)));
}

function identity(shape: Shape, { device, dtype = "float32" }: LayerOptions): NormalisationParameters {
  return { scale: device.full(shape, 1, dtype), shift: device.zeros(shape, dtype) };
}

function epsilonOf(operation: string, { epsilon = 1e-5 }: NormalisationOptions): number {
  if (!(epsilon > 0 && epsilon < Number.POSITIVE_INFINITY))
    throw new InvalidInputError(`${operation}: options.epsilon`, "a number > 0", epsilon);
  return epsilon;
}
