import { isFloat } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { concatenate, stack } from "../kernels/concatenate/index.ts";
import { gather } from "../kernels/gather/index.ts";
import { multiply } from "../kernels/map/binary.ts";
import { cos, sin } from "../kernels/map/unary.ts";
import { expandDims } from "../movement/axes.ts";
import { normal } from "../random/draw.ts";
import type { Tensor } from "../tensor.ts";
import { checkCount, type Layer } from "./layer.ts";

/** One row for each thing that has an index, [count, width]. */
export type EmbeddingParameters = { readonly table: Tensor };

/**
 * A learned vector for each of `count` indices: int32 [...] to [..., width]. Indices outside are moved to the nearest end, as `gather` does. The table starts standard normal, as PyTorch's.
 *
 * @throws InvalidInputError when a count is no positive integer.
 */
export function embedding(count: number, width: number): Layer<EmbeddingParameters, [indices: Tensor]> {
  checkCount("embedding: count", count);
  checkCount("embedding: width", width);
  return {
    init: (key, own) => ({ table: normal(key, [count, width], own) }),
    apply: ({ table }, indices) => gather(table, indices),
  };
}

export interface SinusoidalOptions {
  /** Period of the slowest wave, in multiples of 2π. Default: 10000. */
  readonly largestPeriod?: number;
  /**
   * `"interleaved"`: sine and cosine of a wave beside each other (Vaswani et al.); `"halves"`: all sines, then all cosines (what diffusion models use for times). Default: `"interleaved"`.
   */
  readonly arrangement?: "interleaved" | "halves";
}

/**
 * Positions or times as sines and cosines of `width / 2` waves whose frequencies fall from 1 to almost 1 / largestPeriod: `largestPeriod^(−2k / width)`.
 *
 * Source: Vaswani et al., "Attention Is All You Need" (2017), section 3.5.
 *
 * @param positions float, any shape.
 * @returns [...positions.shape, width].
 * @throws InvalidInputError when the width is not even and positive, the period is not above 1, positions are no floats, or the arrangement is unknown.
 */
export function sinusoidalEmbedding(positions: Tensor, width: number, options: SinusoidalOptions = {}): Tensor {
  const { largestPeriod = 1e4, arrangement = "interleaved" } = options;
  checkCount("sinusoidalEmbedding: width", width, 2);
  if (width % 2 !== 0) throw new InvalidInputError("sinusoidalEmbedding: width", "an even number", width);
  if (!(largestPeriod > 1 && largestPeriod < Number.POSITIVE_INFINITY))
    throw new InvalidInputError("sinusoidalEmbedding: options.largestPeriod", "a number > 1", largestPeriod);
  if (arrangement !== "interleaved" && arrangement !== "halves")
    throw new InvalidInputError("sinusoidalEmbedding: options.arrangement", '"interleaved" or "halves"', arrangement);
  const { device, dtype } = positions;
  if (!isFloat(dtype)) throw new InvalidInputError("sinusoidalEmbedding: positions", "float32 or float64", dtype);
  return device.scope(() => {
    const frequencies = Array.from({ length: width / 2 }, (_, k) => largestPeriod ** ((-2 * k) / width));
    const angles = multiply(expandDims(positions, -1), device.tensor(frequencies, [width / 2], dtype));
    if (arrangement === "halves") return concatenate([sin(angles), cos(angles)], { axis: -1 });
    return stack([sin(angles), cos(angles)], { axis: -1 }).reshape([...positions.shape, width]);
  });
}
