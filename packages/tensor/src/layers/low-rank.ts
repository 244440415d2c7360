import { InvalidInputError } from "../errors.ts";
import { kaimingUniform, zeros } from "../initialisers/initialisers.ts";
import { add, multiply } from "../kernels/map/binary.ts";
import { matmul } from "../kernels/matmul/index.ts";
import type { Tensor } from "../tensor.ts";
import { timesTransposed } from "./dense.ts";
import { checkCount, checkExtent, type Layer } from "./layer.ts";

/** Two factors of a change of weights: down [rank, inputs], up [outputs, rank]. */
export type LowRankParameters = { readonly down: Tensor; readonly up: Tensor };

export interface LowRankOptions {
  /** The change is multiplied by α / rank. Default: the rank, for a factor of 1. */
  readonly alpha?: number;
}

/** A change of a dense layer's weights, beside weights that stay. */
export interface LowRankAdapter extends Layer<LowRankParameters> {
  /** Weights [outputs, inputs] with the change added: the adapted layer at the cost of the plain one. */
  merge(parameters: LowRankParameters, weights: Tensor): Tensor;
}

/**
 * Low-rank adapter (LoRA) of a dense layer: `dense.apply(frozen, x) + adapter.apply(parameters, x)`. It starts at no change.
 *
 * Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021), section 4.1; `down` starts uniform as in its published code.
 *
 * @throws InvalidInputError when an extent is no positive integer, the rank exceeds both, or α is no positive number.
 */
export function lowRankAdapter(
  inputs: number,
  outputs: number,
  rank: number,
  options: LowRankOptions = {},
): LowRankAdapter {
  const { alpha = rank } = options;
  checkCount("lowRankAdapter: inputs", inputs);
  checkCount("lowRankAdapter: outputs", outputs);
  checkCount("lowRankAdapter: rank", rank);
  if (rank > Math.min(inputs, outputs))
    throw new InvalidInputError(
      "lowRankAdapter: rank",
      `at most ${Math.min(inputs, outputs)}, the smaller extent`,
      rank,
    );
  if (!(alpha > 0 && alpha < Number.POSITIVE_INFINITY))
    throw new InvalidInputError("lowRankAdapter: options.alpha", "a number > 0", alpha);
  const factor = alpha / rank;
  return {
    init: (key, own) => ({
      // PyTorch's kaiming_uniform_ with a = √5, whose gain is 1/√3.
      down: kaimingUniform(key, [rank, inputs], { ...own, gain: 1 / Math.sqrt(3) }),
      up: zeros(key, [outputs, rank], own),
    }),
    apply({ down, up }, x) {
      checkExtent("lowRankAdapter: x", x, -1, inputs);
      return x.device.scope(() => multiply(timesTransposed(timesTransposed(x, down), up), factor));
    },
    merge: ({ down, up }, weights) => weights.device.scope(() => add(weights, multiply(matmul(up, down), factor))),
  };
}
