import type { DType } from "../dtype.ts";
import { type ConvolutionPadding, resolvePadding, resolvePerAxis } from "../kernels/convolution/options.ts";
import { poolingKernel } from "../kernels/pooling/index.ts";
import type { WindowOptions } from "../kernels/window-argmax/windows.ts";
import type { Tensor } from "../tensor.ts";

/** Settings of a pooling; a number holds for all spatial axes. */
export interface PoolingOptions {
  /** Extents of the windows. */
  readonly window: number | readonly number[];
  /** Steps between windows. Default: the window, so that windows do not overlap. */
  readonly stride?: number | readonly number[];
  /** As of `convolution`, less than the window. Default: 0. */
  readonly padding?: ConvolutionPadding;
}

/**
 * Largest element of each window, NaN where there is one; padding is never it. PyTorch's `max_pool1d`, `max_pool2d`, `max_pool3d`.
 *
 * The derivative goes to the first of equal elements, in row-major order.
 *
 * @param x float32 or float64, [batch, channels, ...one to three spatial axes].
 * @returns [batch, channels, ...⌊(extent + before + after − window) / stride⌋ + 1].
 * @throws InvalidInputError when the rank or dtype is wrong, an option is out of range, or a window does not fit.
 */
export function maxPool<D extends DType>(x: Tensor<D>, options: PoolingOptions): Tensor<D> {
  const settings = settingsOf("maxPool", x, options);
  return poolingKernel.run([x], { ...settings, operation: "max", includePadding: true })[0] as Tensor<D>;
}

export interface AveragePoolOptions extends PoolingOptions {
  /** Whether padding counts as elements that are 0, PyTorch's `count_include_pad`. Default: true. */
  readonly includePadding?: boolean;
}

/**
 * Mean of each window. PyTorch's `avg_pool1d`, `avg_pool2d`, `avg_pool3d`.
 *
 * @param x float32 or float64, [batch, channels, ...one to three spatial axes].
 * @returns [batch, channels, ...⌊(extent + before + after − window) / stride⌋ + 1].
 * @throws InvalidInputError when the rank or dtype is wrong, an option is out of range, or a window does not fit.
 */
export function averagePool<D extends DType>(x: Tensor<D>, options: AveragePoolOptions): Tensor<D> {
  const { includePadding = true } = options;
  const settings = settingsOf("averagePool", x, options);
  return poolingKernel.run([x], { ...settings, operation: "mean", includePadding })[0] as Tensor<D>;
}

function settingsOf(operation: string, x: Tensor, options: PoolingOptions): WindowOptions {
  const rank = x.rank - 2;
  const extents = x.shape.slice(2);
  const window = resolvePerAxis(operation, "window", rank, options.window);
  const stride = resolvePerAxis(operation, "stride", rank, options.stride ?? window);
  const dilation = window.map(() => 1);
  return { window, stride, padding: resolvePadding(operation, options.padding, extents, window, stride, dilation) };
}
