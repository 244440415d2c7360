import { InvalidInputError } from "../errors.ts";
import { spectralUniform } from "../initialisers/initialisers.ts";
import { complex } from "../kernels/complex-parts/index.ts";
import { concatenate } from "../kernels/concatenate/index.ts";
import { irfft, rfft } from "../kernels/fft/index.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { transpose } from "../movement/axes.ts";
import { pad, type SliceRange, slice } from "../movement/slices.ts";
import { split } from "../random/key.ts";
import { sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { checkCount, checkExtent, type Layer } from "./layer.ts";

/**
 * Real and imaginary parts of the weights, each [corners, inputs, outputs, ...modes]. Parts, because optimisers and files know real numbers only. Corners: low before high frequencies, the first axis slowest.
 */
export type SpectralConvolutionParameters = { readonly real: Tensor; readonly imaginary: Tensor };

/**
 * Spectral convolution: multiplies the lowest frequencies of all channels with a learned matrix each and drops the others. Of every axis but the last (whose negative frequencies are
 * conjugates) the lowest of both signs are kept: 1, 2 or 4 corners of the spectrum. [batch, inputs, ...spatial] to [batch, outputs, ...spatial]; the same parameters work at any resolution.
 *
 * Source: Li et al., "Fourier Neural Operator for Parametric Partial Differential Equations" (2021), section 4, with the corners of its published code. `cpu` and `webgpu`: it needs `rfft`.
 *
 * @param modes frequencies kept of each axis, at most ⌊extent / 2⌋, of the last axis one more.
 * @throws InvalidInputError when a count is no positive integer or there are no or more than three axes.
 */
export function spectralConvolution(
  inputs: number,
  outputs: number,
  modes: readonly number[],
): Layer<SpectralConvolutionParameters> {
  checkCount("spectralConvolution: inputs", inputs);
  checkCount("spectralConvolution: outputs", outputs);
  const rank = modes.length;
  if (rank < 1 || rank > 3) throw new InvalidInputError("spectralConvolution: modes", "one to three numbers", modes);
  for (const count of modes) checkCount("spectralConvolution: modes", count);
  const corners = 2 ** (rank - 1);
  return {
    init(key, own) {
      const draw = (part: typeof key) =>
        own.device.scope(() => {
          const all = spectralUniform(part, [inputs, outputs, corners * sizeOf(modes)], own);
          return all.reshape([corners, inputs, outputs, ...modes]);
        });
      const [one, other] = split(key);
      return { real: draw(one), imaginary: draw(other) };
    },
    apply({ real, imaginary }, x) {
      const extents = checkedExtents(x, inputs, modes);
      return x.device.scope(() => {
        const axes = modes.map((_, axis) => axis + 2);
        const spectrum = rfft(x, { axes });
        const weights = complex(real, imaginary);
        const parts = Array.from({ length: corners }, (_, corner) => {
          const own = slice(weights, [[corner, corner + 1]]).reshape([inputs, outputs, ...modes]);
          return mixChannels(slice(spectrum, [null, null, ...cornerRanges(corner, modes)]), own);
        });
        const kept = assemble(parts, modes, extents, 0);
        return irfft(kept, { axes, length: extents[rank - 1] });
      });
    },
  };
}

/** Spatial extents. @throws InvalidInputError when there are not as many as modes, or too few points for them. */
function checkedExtents(x: Tensor, inputs: number, modes: readonly number[]): readonly number[] {
  checkExtent("spectralConvolution: x", x, 1, inputs);
  const extents = x.shape.slice(2);
  const last = modes.length - 1;
  const fits =
    extents.length === modes.length &&
    extents.every((extent, axis) => modes[axis] <= Math.floor(extent / 2) + (axis === last ? 1 : 0));
  if (!fits)
    throw new InvalidInputError(
      "spectralConvolution: x",
      `[batch, ${inputs}, ...spatial] with enough points for the modes [${modes}]`,
      `shape [${x.shape}]`,
    );
  return extents;
}

/** Bit k of a corner, from the highest, says whether axis k is at its high end. */
function cornerRanges(corner: number, modes: readonly number[]): SliceRange[] {
  const last = modes.length - 1;
  return modes.map((count, axis): SliceRange => {
    const isHigh = axis < last && (corner >> (last - 1 - axis)) % 2 === 1;
    return isHigh ? [-count, null] : [0, count];
  });
}

/** Σ_i x[b, i, …] w[i, o, …] at each frequency, as one batched product. */
function mixChannels(x: Tensor, weights: Tensor): Tensor {
  const axes = x.shape.slice(2).map((_, axis) => axis + 2);
  const product = matmul(transpose(x, [...axes, 0, 1]), transpose(weights, [...axes, 0, 1]));
  return transpose(product, [axes.length, axes.length + 1, ...axes.map((axis) => axis - 2)]);
}

/** Corners at their places in a spectrum of zeros, from this axis on. */
function assemble(
  parts: readonly Tensor[],
  modes: readonly number[],
  extents: readonly number[],
  axis: number,
): Tensor {
  const after = modes.length - 1 - axis;
  const count = modes[axis];
  if (after === 0) return pad(parts[0], [[0, Math.floor(extents[axis] / 2) + 1 - count]]);
  const half = parts.length / 2;
  const low = assemble(parts.slice(0, half), modes, extents, axis + 1);
  const high = assemble(parts.slice(half), modes, extents, axis + 1);
  const rest = new Array<readonly [number, number]>(after).fill([0, 0]);
  return concatenate([pad(low, [[0, extents[axis] - 2 * count], ...rest]), high], { axis: axis + 2 });
}
