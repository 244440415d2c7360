import { type DType, hostArray, isFloat } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { convolution } from "../kernels/convolution/index.ts";
import { type ConvolutionPadding, resolvePadding, resolveSteps } from "../kernels/convolution/options.ts";
import { multiply } from "../kernels/map/binary.ts";
import { takeAlongAxis } from "../kernels/take-along-axis/index.ts";
import { type WindowArgmaxOptions, windowArgmaxKernel, windowGeometry } from "../kernels/window-argmax/index.ts";
import { sizeOf } from "../shape.ts";
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
  return x.device.scope(() => {
    const [indices] = windowArgmaxKernel.run([x], settingsOf("maxPool", x, options));
    const [batch, channels, ...extents] = x.shape;
    const planes = x.reshape([batch * channels, sizeOf(extents)]);
    const chosen = takeAlongAxis(planes, indices.reshape([batch * channels, sizeOf(indices.shape.slice(2))]), {
      axis: 1,
    });
    return chosen.reshape(indices.shape) as Tensor<D>;
  });
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
  if (!isFloat(x.dtype)) throw new InvalidInputError("averagePool: x", "float32 or float64", x.dtype);
  const { device, dtype } = x;
  const settings = settingsOf("averagePool", x, options);
  const geometry = windowGeometry(x.shape, settings);
  const { window, stride, padding } = settings;
  return device.scope(() => {
    const [batch, channels, ...extents] = x.shape;
    const count = sizeOf(window);
    const filter = device.full([1, 1, ...window], options.includePadding === false ? 1 : 1 / count, dtype);
    const planes = x.reshape([batch * channels, 1, ...extents]);
    const pooled = convolution(planes, filter as Tensor, { stride, padding });
    const result = pooled.reshape([batch, channels, ...pooled.shape.slice(2)]);
    if (options.includePadding !== false) return result as Tensor<D>;
    const shares = hostArray(dtype, sizeOf(geometry.output));
    // Elements that are no padding, a product over the axes.
    const inside = (axis: number, index: number) => {
      const start = index * geometry.stride[axis] - geometry.before[axis];
      return Math.min(geometry.input[axis], start + geometry.window[axis]) - Math.max(0, start);
    };
    const [, height, width] = geometry.output;
    for (let p = 0; p < shares.length; p++)
      shares[p] =
        1 /
        (inside(0, Math.floor(p / (height * width))) *
          inside(1, Math.floor(p / width) % height) *
          inside(2, p % width));
    return multiply(result as Tensor, device.tensor(shares, pooled.shape.slice(2), dtype)) as Tensor<D>;
  });
}

function settingsOf(operation: string, x: Tensor, options: PoolingOptions): WindowArgmaxOptions {
  const rank = x.rank - 2;
  const extents = x.shape.slice(2);
  const { stride: window } = resolveSteps(operation, rank, { stride: options.window });
  const { stride } = resolveSteps(operation, rank, { stride: options.stride ?? window });
  const dilation = window.map(() => 1);
  return { window, stride, padding: resolvePadding(operation, options.padding, extents, window, stride, dilation) };
}
