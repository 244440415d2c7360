import { InvalidInputError } from "../errors.ts";
import { concatenate } from "../kernels/concatenate/index.ts";
import { silu } from "../kernels/map/activations.ts";
import { split } from "../random/key.ts";
import { resize } from "../resampling/resize.ts";
import type { Tensor } from "../tensor.ts";
import { convolutionLayer } from "./convolution.ts";
import type { AffineParameters } from "./dense.ts";
import type { Layer } from "./layer.ts";
import { groupNorm, type NormalisationParameters } from "./normalisation.ts";
import { type ResidualBlockOptions, type ResidualBlockParameters, residualBlock } from "./residual.ts";

export type DownBlockParameters = { readonly block: ResidualBlockParameters; readonly half: AffineParameters };

/** What goes down, and what goes across to the other side. */
export interface DownBlockOutput {
  /** [batch, outputs, ...⌈extent / 2⌉]. */
  readonly output: Tensor;
  /** [batch, outputs, ...spatial]. */
  readonly skip: Tensor;
}

/**
 * One level on the way down a U-net: a residual block, whose result goes across, then a convolution of 3 with stride 2.
 *
 * @throws InvalidInputError as `residualBlock`.
 */
export function downBlock(
  inputs: number,
  outputs: number,
  options: ResidualBlockOptions = {},
): Layer<DownBlockParameters, [x: Tensor, embedding?: Tensor], DownBlockOutput> {
  const block = residualBlock(inputs, outputs, options);
  const window = new Array<number>(options.rank ?? 2).fill(3);
  const half = convolutionLayer("downBlock", outputs, outputs, window, { stride: 2, padding: 1 });
  return {
    init(key, own) {
      const [forBlock, forHalf] = split(key);
      return { block: block.init(forBlock, own), half: half.init(forHalf, own) };
    },
    apply: (parameters, x, embedding) =>
      x.device.scope(() => {
        const skip = block.apply(parameters.block, x, embedding);
        return { output: half.apply(parameters.half, skip), skip };
      }),
  };
}

/**
 * One level on the way up: doubled by nearest neighbours (to the extents of what comes across), joined with it, then a residual block.
 * x is [batch, inputs, ...], the skip [batch, skipChannels, ...spatial], the result [batch, outputs, ...spatial].
 *
 * @throws InvalidInputError as `residualBlock`.
 */
export function upBlock(
  inputs: number,
  skipChannels: number,
  outputs: number,
  options: ResidualBlockOptions = {},
): Layer<ResidualBlockParameters, [x: Tensor, skip: Tensor, embedding?: Tensor]> {
  const block = residualBlock(inputs + skipChannels, outputs, options);
  return {
    init: (key, own) => block.init(key, own),
    apply(parameters, x, skip, embedding) {
      if (skip.rank !== x.rank || skip.shape[1] !== skipChannels)
        throw new InvalidInputError("upBlock: skip", `rank ${x.rank} and ${skipChannels} channels`, skip.shape);
      return x.device.scope(() => {
        const larger = resize(x, skip.shape.slice(2), { method: "nearest" });
        return block.apply(parameters, concatenate([larger, skip], { axis: 1 }), embedding);
      });
    },
  };
}

export type UnetParameters = {
  readonly stem: AffineParameters;
  readonly down: readonly DownBlockParameters[];
  readonly middle: ResidualBlockParameters;
  readonly up: readonly ResidualBlockParameters[];
  readonly norm: NormalisationParameters;
  readonly head: AffineParameters;
};

/**
 * U-net: down by one block for each width but the last, a residual block at the last, and up again, with what comes across. [batch, inputs, ...spatial] to [batch, outputs, ...spatial], any extents;
 * the embedding (an embedded time, say) goes to every block.
 *
 * Source: Ronneberger, Fischer, Brox, "U-Net" (2015); blocks as in Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models" (2020), appendix B.
 *
 * @param widths channels at each level, the finest first.
 * @throws InvalidInputError for no width; as `residualBlock`.
 */
export function unet(
  inputs: number,
  widths: readonly number[],
  outputs: number,
  options: ResidualBlockOptions = {},
): Layer<UnetParameters, [x: Tensor, embedding?: Tensor]> {
  if (widths.length === 0) throw new InvalidInputError("unet: widths", "at least one width", widths);
  const { rank = 2, groups = 1, activation = silu } = options;
  const window = new Array<number>(rank).fill(3);
  const last = widths.length - 1;
  const stem = convolutionLayer("unet", inputs, widths[0], window, { padding: 1 });
  const down = widths.slice(0, -1).map((width, level) => downBlock(widths[Math.max(0, level - 1)], width, options));
  const middle = residualBlock(widths[Math.max(0, last - 1)], widths[last], options);
  const up = down.map((_, level) => upBlock(widths[level + 1], widths[level], widths[level], options));
  const norm = groupNorm(groups, widths[0]);
  const head = convolutionLayer("unet", widths[0], outputs, window, { padding: 1 });
  return {
    init(key, own) {
      const [forStem, forMiddle, forHead, forDown, forUp] = split(key, 5);
      const downKeys = split(forDown, last);
      const upKeys = split(forUp, last);
      return {
        stem: stem.init(forStem, own),
        down: down.map((block, level) => block.init(downKeys[level], own)),
        middle: middle.init(forMiddle, own),
        up: up.map((block, level) => block.init(upKeys[level], own)),
        norm: norm.init(key, own),
        head: head.init(forHead, own),
      };
    },
    apply: (parameters, x, embedding) =>
      x.device.scope(() => {
        const skips: Tensor[] = [];
        let h = stem.apply(parameters.stem, x);
        for (const [level, block] of down.entries()) {
          const { output, skip } = block.apply(parameters.down[level], h, embedding);
          skips.push(skip);
          h = output;
        }
        h = middle.apply(parameters.middle, h, embedding);
        for (let level = last - 1; level >= 0; level--)
          h = up[level].apply(parameters.up[level], h, skips[level], embedding);
        return head.apply(parameters.head, activation(norm.apply(parameters.norm, h)));
      }),
  };
}
