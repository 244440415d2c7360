import type { ConvolutionGeometry } from "../convolution/geometry.ts";
import type { WindowOptions } from "../window-argmax/windows.ts";

export interface PoolingKernelOptions extends WindowOptions {
  readonly operation: "max" | "mean";
  /** Whether padding counts among the elements that a mean is taken of. */
  readonly includePadding: boolean;
}

/** How many elements of the window at `index` of an axis are no padding. */
export function elementsInside(
  { input, window, stride, before }: ConvolutionGeometry,
  axis: number,
  index: number,
): number {
  const start = index * stride[axis] - before[axis];
  return Math.min(input[axis], start + window[axis]) - Math.max(0, start);
}
