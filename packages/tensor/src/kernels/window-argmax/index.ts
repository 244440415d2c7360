import { bytesPerElement, isFloat } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import {
  type CaseRandom,
  defineKernel,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
} from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { type ConvolutionGeometry, convolutionGeometry } from "../convolution/geometry.ts";
import { windowArgmaxCpu } from "./cpu.ts";
import { windowArgmaxTensorFlow } from "./tensorflow.ts";
import { windowArgmaxWebGpu } from "./webgpu.ts";

/** Settings per spatial axis, as of a convolution. */
export interface WindowArgmaxOptions {
  readonly window: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly (readonly [before: number, after: number])[];
}

/** Where the largest element of each window is: its position among all spatial positions, in row-major order. Padding is never it; NaN is; the first of equals. */
export const windowArgmaxKernel = defineKernel<WindowArgmaxOptions>({
  name: "window-argmax",
  summary: "Position of the largest element in each window of a pooling.",
  infer: ([x], options) => {
    if (!isFloat(x.dtype)) throw new InvalidInputError("maxPool: x", "float32 or float64", x.dtype);
    const { output } = windowGeometry(x.shape, options);
    const extents = output.slice(3 - (x.shape.length - 2));
    return [{ shape: [...x.shape.slice(0, 2), ...extents], dtype: "int32" }];
  },
  cost: ([x], options) => {
    const { output, window } = windowGeometry(x.shape, options);
    const positions = sizeOf(x.shape.slice(0, 2)) * sizeOf(output);
    return { flops: positions * sizeOf(window), bytes: sizeOf(x.shape) * bytesPerElement(x.dtype) + positions * 4 };
  },
  reference,
  cpu: windowArgmaxCpu,
  webgpu: windowArgmaxWebGpu,
  tensorflow: windowArgmaxTensorFlow,
  batch: ({ inputs: [x], count, options, run }) => {
    const [y] = run([x.reshape([count * x.shape[1], ...x.shape.slice(2)])], options);
    return [y.reshape([count, x.shape[1], ...y.shape.slice(1)])];
  },
  cases,
  randomCase,
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

/** The windows of a pooling, as those of a convolution of one channel. @throws InvalidInputError when a window does not fit, or holds nothing but padding. */
export function windowGeometry(shape: Shape, { window, stride, padding }: WindowArgmaxOptions): ConvolutionGeometry {
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

function reference([x]: readonly ReferenceArray[], options: WindowArgmaxOptions): readonly ReferenceArray[] {
  const { input, window, output, stride, before } = windowGeometry(x.shape, options);
  const planes = sizeOf(x.shape.slice(0, 2));
  const size = sizeOf(input);
  const results: number[] = [];
  for (let plane = 0; plane < planes; plane++)
    for (let d = 0; d < output[0]; d++)
      for (let h = 0; h < output[1]; h++)
        for (let w = 0; w < output[2]; w++) {
          let best = -1;
          for (let kd = 0; kd < window[0]; kd++)
            for (let kh = 0; kh < window[1]; kh++)
              for (let kw = 0; kw < window[2]; kw++) {
                const at = [
                  d * stride[0] + kd - before[0],
                  h * stride[1] + kh - before[1],
                  w * stride[2] + kw - before[2],
                ];
                if (at.some((index, axis) => index < 0 || index >= input[axis])) continue;
                const position = (at[0] * input[1] + at[1]) * input[2] + at[2];
                if (best < 0 || isLarger(x.data[plane * size + position], x.data[plane * size + best])) best = position;
              }
          results.push(best);
        }
  const extents = output.slice(3 - (x.shape.length - 2));
  return [referenceArray("int32", [...x.shape.slice(0, 2), ...extents], results)];
}

function isLarger(value: number, best: number): boolean {
  return value > best || (Number.isNaN(value) && !Number.isNaN(best));
}

function cases(): KernelCase<WindowArgmaxOptions>[] {
  const none = [0, 0] as const;
  const SETTINGS: Readonly<Record<string, readonly [shape: Shape, options: WindowArgmaxOptions]>> = {
    "one axis": [[2, 3, 7], { window: [2], stride: [2], padding: [none] }],
    "two axes": [[2, 3, 6, 8], { window: [2, 2], stride: [2, 2], padding: [none, none] }],
    "overlapping, padded": [
      [1, 2, 7, 9],
      {
        window: [3, 3],
        stride: [2, 1],
        padding: [
          [1, 1],
          [2, 0],
        ],
      },
    ],
    "three axes": [[1, 2, 4, 5, 6], { window: [2, 3, 2], stride: [2, 1, 2], padding: [none, [1, 1], none] }],
    ...Object.fromEntries(
      [1, 2, 3].map((stride) => [
        `long rows, a step of ${stride}`,
        [[1, 2, 3, 31], { window: [2, 3], stride: [1, stride], padding: [none, [1, 1]] }],
      ]),
    ),
    "no examples": [[0, 2, 4], { window: [2], stride: [1], padding: [none] }],
    "all in one": [[2, 2, 3, 4], { window: [3, 4], stride: [1, 1], padding: [none, none] }],
    "more than one thread takes": [[8, 16, 40, 41], { window: [2, 2], stride: [2, 2], padding: [none, none] }],
  };
  const values = [0.5, 0.5, -1, 2, Number.NEGATIVE_INFINITY, 1.5, -0.25, 2, 0, Number.NaN, -3, 0.125, 1];
  return Object.entries(SETTINGS).flatMap(([name, [shape, options]]) =>
    (["float32", "float64"] as const).map((dtype) => {
      const data = Array.from({ length: sizeOf(shape) }, (_, k) => values[(k * k + (k >> 3)) % values.length]);
      return { name: `${dtype}, ${name}`, inputs: [referenceArray(dtype, shape, data)], options };
    }),
  );
}

function randomCase(random: CaseRandom): KernelCase<WindowArgmaxOptions> {
  const rank = random.integer(1, 3);
  const perAxis = <T>(draw: (axis: number) => T): T[] => Array.from({ length: rank }, (_, axis) => draw(axis));
  const window = perAxis(() => random.integer(1, 3));
  const padding = perAxis(
    (axis) => [random.integer(0, window[axis] - 1), random.integer(0, window[axis] - 1)] as const,
  );
  const shape = [random.integer(1, 2), random.integer(1, 3), ...perAxis((axis) => window[axis] + random.integer(0, 5))];
  const options = { window, stride: perAxis(() => random.integer(1, 3)), padding };
  const dtype = random.pick(["float32", "float64"] as const);
  return { name: `${dtype} [${shape}] ${JSON.stringify(options)}`, inputs: [random.array(shape, dtype)], options };
}
