import type { CpuArray } from "../../device/cpu/call.ts";
import { InvalidInputError } from "../../errors.ts";
import type { TensorSpec } from "../../kernel.ts";
import type { Shape } from "../../shape.ts";
import { type ConvolutionGeometry, convolutionGeometry } from "../convolution/geometry.ts";

/** Settings per spatial axis, as of a convolution. */
export interface WindowOptions {
  readonly window: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly (readonly [before: number, after: number])[];
}

/** The windows of a pooling, as those of a convolution of one channel. @throws InvalidInputError when a window does not fit, or holds nothing but padding. */
export function windowGeometry(shape: Shape, { window, stride, padding }: WindowOptions): ConvolutionGeometry {
  if (shape.length < 3 || shape.length > 5)
    throw new InvalidInputError("pooling: x", "[batch, channels, ...one to three spatial axes]", `[${shape}]`);
  for (const [axis, pair] of padding.entries())
    if (Math.max(...pair) >= window[axis])
      throw new InvalidInputError("pooling: options.padding", "less than the window", pair);
  const specs: TensorSpec[] = [
    { shape: [1, 1, ...shape.slice(2)], dtype: "float32" },
    { shape: [1, 1, ...window], dtype: "float32" },
  ];
  const dilation = window.map(() => 1);
  return convolutionGeometry(specs, { product: "forward", stride, padding, dilation, groups: 1 }).geometry;
}

/** As `Windows` of windows.as.ts reads them. */
export function windowWords(x: CpuArray, y: CpuArray, geometry: ConvolutionGeometry): Int32Array {
  const { input, window, output, stride, before } = geometry;
  return Int32Array.of(x.pointer | 0, y.pointer | 0, ...input, ...window, ...output, ...stride, ...before);
}

/** As the struct `Windows` of the shaders. */
export function windowUniforms(
  size: number,
  { input, window, output, stride, before }: ConvolutionGeometry,
): Int32Array {
  const triples = [input, window, output, stride, before].flatMap((triple) => [...triple, 0]);
  return Int32Array.of(size, 0, 0, 0, ...triples);
}
