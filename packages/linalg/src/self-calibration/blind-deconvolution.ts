import {
  type ComplexDType,
  divide,
  type FloatDType,
  fft,
  InvalidInputError,
  ifft,
  isFloat,
  matmul,
  multiply,
  real,
  sum,
  type Tensor,
} from "@ansatz/tensor";
import { type CalibrationOptions, type CalibrationResult, selfCalibrate } from "./index.ts";

/** Observations y_l = h ∗ (C_l x_l), cyclic convolutions with one unknown filter. */
export interface BlindDeconvolutionProblem {
  /** y, float64 (or float32) [p, …grid], at least two of them: a grid of one axis for signals, of two for images. */
  readonly observations: Tensor<FloatDType>;
  /** C_l, [p, …grid, n]: each input is a combination of n known ones. */
  readonly subspaces: Tensor<FloatDType>;
  /** Whether all inputs have the same x, as one image seen through several masks, or each its own. Default: "distinct". */
  readonly signals?: "shared" | "distinct";
}

/** Dispose of the tensors when done. */
export interface BlindDeconvolutionResult {
  /** h, real [...grid], of length 1; its sign is not determined. */
  readonly filter: Tensor<FloatDType>;
  /** C_l x_l, real [p, …grid], so that their convolutions with the filter are the observations. */
  readonly inputs: Tensor<FloatDType>;
  /** x, real [n], or x_l, [p, n]. */
  readonly signals: Tensor<FloatDType>;
  /** The share of the filter, squared, that was not real: 0 where the observations are exact. */
  readonly imaginaryShare: number;
  readonly calibration: Pick<CalibrationResult, "residual" | "singularValues" | "reason" | "iterations">;
}

/**
 * Blind deconvolution with diverse inputs: a Fourier transform turns the convolutions into products with the filter's transfer function, the unknown gains of `selfCalibrate`.
 *
 * The filter must have no zero in its spectrum, and the subspaces must be generic, with p (m − n) ≥ m − 1 for m points of the grid, or m p ≥ m + n − 1 where the signal is shared. That an image is known to be dark in places
 * is not generic; that it is seen through random masks is.
 *
 * Source: Self-Calibration and Bilinear Inverse Problems via Linear Least Squares (Ling, Strohmer), section 2.2.
 *
 * @param options.taps points of the grid at which the filter may not be zero, counted along each axis from 0: the rest of what is found is cut off. Default: the whole grid.
 * @throws InvalidInputError as `selfCalibrate`.
 */
export async function blindDeconvolution(
  { observations, subspaces, signals: kind = "distinct" }: BlindDeconvolutionProblem,
  { taps, ...options }: CalibrationOptions & { readonly taps?: readonly number[] } = {},
): Promise<BlindDeconvolutionResult> {
  const { device, dtype, shape } = observations;
  if (!isFloat(dtype) || shape.length < 2 || observations.size === 0)
    throw new InvalidInputError("blindDeconvolution: observations", "float64 [p, …grid]", `${dtype} [${shape}]`);
  const [p, ...grid] = shape;
  const points = observations.size / p;
  const unknowns = subspaces.shape[subspaces.rank - 1];
  if (subspaces.dtype !== dtype || subspaces.shape.join() !== [...shape, unknowns].join())
    throw new InvalidInputError(
      "blindDeconvolution: subspaces",
      `${dtype} [${shape}, n]`,
      `${subspaces.dtype} [${subspaces.shape}]`,
    );
  if (
    taps &&
    (taps.length !== grid.length ||
      !taps.every((count, axis) => Number.isInteger(count) && count >= 1 && count <= grid[axis]))
  )
    throw new InvalidInputError("blindDeconvolution: options.taps", `integers from 1 to [${grid}]`, taps);
  const axes = grid.map((_, axis) => axis + 1);
  const measurements = device.scope(() => fft(observations, { axes, norm: "ortho" }).reshape([p, points]));
  const sensing = device.scope(() => fft(subspaces, { axes, norm: "ortho" }).reshape([p, points, unknowns]));
  try {
    const calibration = await selfCalibrate({ measurements, sensing, signals: kind }, options);
    const { gains, inverseGains, signals } = calibration;
    const response = device.scope(() => ifft(gains.reshape(grid), { axes: grid.map((_, axis) => axis) }));
    const { turn, imaginaryShare } = await towardsReal(response);
    const filter = device.scope(() => {
      const turned = real(multiply(response, complexScalar(response, turn)));
      return taps ? multiply(turned, mask(taps, grid, turned)) : turned;
    });
    using squares = device.scope(() => sum(multiply(filter, filter)));
    const [square] = await squares.data();
    const length = Math.sqrt(square);
    const result = device.scope(() => {
      // (α d, x / α): the factor that made the filter real and of length 1, inverted.
      const inverted = complexScalar(signals, [length * turn[0], -length * turn[1]]);
      const x = real(multiply(signals, inverted)) as Tensor<FloatDType>;
      return {
        filter: divide(filter, length) as Tensor<FloatDType>,
        inputs: inputsOf(subspaces, x, shape),
        signals: x,
      };
    });
    for (const each of [gains, inverseGains, signals, response, filter]) each.dispose();
    const { residual, singularValues, reason, iterations } = calibration;
    return { ...result, imaginaryShare, calibration: { residual, singularValues, reason, iterations } };
  } finally {
    measurements.dispose();
    sensing.dispose();
  }
}

/** The unit factor that makes a multiple of a real vector real, and how much is not. */
async function towardsReal(
  x: Tensor,
): Promise<{ readonly turn: readonly [number, number]; readonly imaginaryShare: number }> {
  const values = await x.data();
  let [re, im, all] = [0, 0, 0];
  for (let k = 0; k < values.length; k += 2) {
    re += values[k] ** 2 - values[k + 1] ** 2;
    im += 2 * values[k] * values[k + 1];
    all += values[k] ** 2 + values[k + 1] ** 2;
  }
  const angle = -Math.atan2(im, re) / 2;
  return { turn: [Math.cos(angle), Math.sin(angle)], imaginaryShare: (1 - Math.hypot(re, im) / all) / 2 };
}

function complexScalar(like: Tensor, value: readonly [number, number]): Tensor {
  return like.device.tensor(Float64Array.of(...value), [1], like.dtype as ComplexDType);
}

function mask(taps: readonly number[], grid: readonly number[], like: Tensor): Tensor {
  const strides = grid.map((_, axis) => grid.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  const isKept = (point: number) => taps.every((count, axis) => Math.floor(point / strides[axis]) % grid[axis] < count);
  return like.device.tensor(
    Float64Array.from({ length: like.size }, (_, point) => Number(isKept(point))),
    grid,
    like.dtype,
  );
}

/** C_l x_l. */
function inputsOf(subspaces: Tensor, x: Tensor, shape: readonly number[]): Tensor<FloatDType> {
  const [p] = shape;
  const unknowns = x.shape[x.rank - 1];
  const points = subspaces.reshape([p, subspaces.size / p / unknowns, unknowns]);
  return matmul(points, x.reshape([x.size / unknowns, unknowns, 1])).reshape(shape) as Tensor<FloatDType>;
}
