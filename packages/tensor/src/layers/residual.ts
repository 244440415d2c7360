import type { TensorTree } from "../differentiation/tree.ts";
import { InvalidInputError } from "../errors.ts";
import { relu, silu } from "../kernels/map/activations.ts";
import { add } from "../kernels/map/binary.ts";
import { split } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { convolutionLayer } from "./convolution.ts";
import { type Activation, type AffineParameters, dense } from "./dense.ts";
import { checkCount, type Layer } from "./layer.ts";
import {
  type BatchNormState,
  batchNorm,
  groupNorm,
  type NormalisationParameters,
  type StatefulLayer,
} from "./normalisation.ts";

/** Parameters by the names of their layers; those that a block does without are missing. */
type Named<Value extends TensorTree> = { readonly [layer: string]: Value };

export interface ResidualBlockOptions {
  /** Spatial axes, 1 to 3. Default: 2. */
  readonly rank?: number;
  /** Groups of the normalisations, a divisor of inputs and outputs. Default: 1. */
  readonly groups?: number;
  /** Default: `silu`. */
  readonly activation?: Activation;
  /** Width of a vector (an embedded time or class) that shifts the channels between the convolutions. Default: there is none. */
  readonly embeddingWidth?: number;
}

/** `norms.first`, `norms.second`; `layers.first`, `layers.second`, `layers.skip` where the channels change, and `layers.embedding` where there is one. */
export type ResidualBlockParameters = {
  readonly norms: Named<NormalisationParameters>;
  readonly layers: Named<AffineParameters>;
};

/**
 * Residual block of diffusion models: twice group normalisation, activation and a convolution of 3, around which the input goes straight on (through a convolution of 1 where the channels change).
 * [batch, inputs, ...spatial] to [batch, outputs, ...spatial]; the embedding is [batch, embeddingWidth].
 *
 * Source: Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models" (2020), appendix B; He et al., "Identity Mappings in Deep Residual Networks" (2016).
 *
 * @throws InvalidInputError when a count is no positive integer, or groups do not divide the channels.
 */
export function residualBlock(
  inputs: number,
  outputs: number,
  options: ResidualBlockOptions = {},
): Layer<ResidualBlockParameters, [x: Tensor, embedding?: Tensor]> {
  const { rank = 2, groups = 1, activation = silu, embeddingWidth } = options;
  checkRank("residualBlock", rank);
  const window = (extent: number) => new Array<number>(rank).fill(extent);
  const norms = { first: groupNorm(groups, inputs), second: groupNorm(groups, outputs) };
  const first = convolutionLayer("residualBlock", inputs, outputs, window(3), { padding: 1 });
  const second = convolutionLayer("residualBlock", outputs, outputs, window(3), { padding: 1 });
  const skip = inputs === outputs ? undefined : convolutionLayer("residualBlock", inputs, outputs, window(1));
  const shift = embeddingWidth === undefined ? undefined : dense(embeddingWidth, outputs);
  return {
    init(key, own) {
      const keys = split(key, 4);
      return {
        norms: { first: norms.first.init(key, own), second: norms.second.init(key, own) },
        layers: {
          first: first.init(keys[0], own),
          second: second.init(keys[1], own),
          ...(skip ? { skip: skip.init(keys[2], own) } : {}),
          ...(shift ? { embedding: shift.init(keys[3], own) } : {}),
        },
      };
    },
    apply({ norms: scales, layers }, x, embedding) {
      if ((embedding === undefined) !== (shift === undefined))
        throw new InvalidInputError(
          "residualBlock: embedding",
          shift ? `[batch, ${embeddingWidth}]` : "none, without options.embeddingWidth",
          embedding?.shape,
        );
      return x.device.scope(() => {
        let h = first.apply(layers.first, activation(norms.first.apply(scales.first, x)));
        if (embedding && shift) {
          const shifted = shift.apply(layers.embedding, activation(embedding));
          h = add(h, shifted.reshape([...shifted.shape, ...window(1)]));
        }
        h = second.apply(layers.second, activation(norms.second.apply(scales.second, h)));
        return add(skip ? skip.apply(layers.skip, x) : x, h);
      });
    },
  };
}

export interface ResNetBlockOptions {
  /** Spatial axes, 1 to 3. Default: 2. */
  readonly rank?: number;
  /** Step of the first convolution, and of the one around. Default: 1. */
  readonly stride?: number;
}

/** `first` and `second`, and `skip` where shapes change. */
export type ResNetBlockParameters = {
  readonly norms: Named<NormalisationParameters>;
  readonly convolutions: Named<AffineParameters>;
};

export type ResNetBlockState = Named<BatchNormState>;

/**
 * Basic block of residual networks: convolution of 3, batch normalisation, relu, convolution of 3, batch normalisation; added to the input (through a convolution of 1 and a batch normalisation
 * where channels or extents change); relu. [batch, inputs, ...spatial] to [batch, outputs, ...⌈extent / stride⌉]. Convolutions have no bias.
 *
 * Source: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition" (2016), figure 5 left, shortcuts of option B. torchvision's `BasicBlock`.
 *
 * @throws InvalidInputError when a count is no positive integer.
 */
export function resNetBlock(
  inputs: number,
  outputs: number,
  options: ResNetBlockOptions = {},
): StatefulLayer<ResNetBlockParameters, ResNetBlockState> {
  const { rank = 2, stride = 1 } = options;
  checkRank("resNetBlock", rank);
  checkCount("resNetBlock: options.stride", stride);
  const window = (extent: number) => new Array<number>(rank).fill(extent);
  const convolutions = {
    first: convolutionLayer("resNetBlock", inputs, outputs, window(3), { padding: 1, stride, bias: false }),
    second: convolutionLayer("resNetBlock", outputs, outputs, window(3), { padding: 1, bias: false }),
    ...(inputs === outputs && stride === 1
      ? {}
      : { skip: convolutionLayer("resNetBlock", inputs, outputs, window(1), { stride, bias: false }) }),
  };
  const names = Object.keys(convolutions) as (keyof typeof convolutions)[];
  const norm = batchNorm(outputs);
  type Normalise = (name: string, x: Tensor) => Tensor;
  const run = (parameters: ResNetBlockParameters, x: Tensor, normalise: Normalise) => {
    const part = (name: keyof typeof convolutions, value: Tensor) =>
      normalise(name, convolutions[name]!.apply(parameters.convolutions[name], value));
    const h = part("second", relu(part("first", x)));
    return relu(add(convolutions.skip ? part("skip", x) : x, h));
  };
  return {
    init(key, own) {
      const keys = split(key, names.length);
      return {
        norms: Object.fromEntries(names.map((name) => [name, norm.init(key, own)])),
        convolutions: Object.fromEntries(names.map((name, k) => [name, convolutions[name]!.init(keys[k], own)])),
      };
    },
    initState: (own) => Object.fromEntries(names.map((name) => [name, norm.initState(own)])),
    apply: (parameters, x, state) =>
      x.device.scope(() => run(parameters, x, (name, value) => norm.apply(parameters.norms[name], value, state[name]))),
    applyTraining: (parameters, x, state) =>
      x.device.scope(() => {
        const next: Record<string, BatchNormState> = {};
        const output = run(parameters, x, (name, value) => {
          const trained = norm.applyTraining(parameters.norms[name], value, state[name]);
          next[name] = trained.state;
          return trained.output;
        });
        return { output, state: Object.fromEntries(names.map((name) => [name, next[name]])) };
      }),
  };
}

function checkRank(operation: string, rank: number): void {
  if (!Number.isInteger(rank) || rank < 1 || rank > 3)
    throw new InvalidInputError(`${operation}: options.rank`, "1, 2 or 3", rank);
}
