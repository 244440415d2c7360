import type { ConvolutionGeometry, Triple } from "./geometry.ts";

/**
 * Sums over a source, one for each position of a part of a result: result[start + t · spacing] = Σ_j filter[first + j · step] · source[t · stride + j · dilation + base],
 * t below `extent`, j below `count`, axis by axis.
 */
export interface WindowSums {
  readonly first: Triple;
  readonly step: Triple;
  readonly count: Triple;
  readonly start: Triple;
  readonly spacing: Triple;
  readonly extent: Triple;
  readonly stride: Triple;
  readonly dilation: Triple;
  readonly base: Triple;
}

type AxisSums = { readonly [Name in keyof WindowSums]: number };

/** The whole of a convolution. */
export function forwardSums({ window, output, stride, dilation, before }: ConvolutionGeometry): WindowSums {
  const [one, none]: Triple[] = [
    [1, 1, 1],
    [0, 0, 0],
  ];
  const base = before.map((each) => 0 - each) as unknown as Triple;
  return { first: none, step: one, count: window, start: none, spacing: one, extent: output, stride, dilation, base };
}

/**
 * The gradient in the input, whose elements fall into classes by their position modulo the stride: each class meets other elements of the window, and is a convolution of the cotangent without stride.
 * Classes that meet no element, where the gradient is 0, are left out.
 */
export function inputGradientSums(geometry: ConvolutionGeometry): WindowSums[] {
  const [depth, height, width] = [0, 1, 2].map((axis) => axisClasses(geometry, axis));
  return depth.flatMap((d) => height.flatMap((h) => width.map((w) => joined([d, h, w]))));
}

function axisClasses(geometry: ConvolutionGeometry, axis: number): AxisSums[] {
  const [stride, dilation, before] = [geometry.stride[axis], geometry.dilation[axis], geometry.before[axis]];
  const [window, input] = [geometry.window[axis], geometry.input[axis]];
  const step = stride / greatestCommonDivisor(stride, dilation);
  const classes: AxisSums[] = [];
  // Elements of the window at a distance of `step` belong to one class, those in between to others.
  for (let first = 0; first < Math.min(step, window); first++) {
    // Of position q in the input, whose place in the cotangent is (q + before − k · dilation) / stride.
    const behind = first * dilation - before;
    const start = ((behind % stride) + stride) % stride;
    if (start >= input) continue;
    classes.push({
      first,
      step,
      count: Math.ceil((window - first) / step),
      start,
      spacing: stride,
      extent: Math.ceil((input - start) / stride),
      stride: 1,
      dilation: (-step * dilation) / stride,
      base: (start - behind) / stride,
    });
  }
  return classes;
}

function joined(axes: readonly AxisSums[]): WindowSums {
  const names = Object.keys(axes[0]) as (keyof WindowSums)[];
  return Object.fromEntries(names.map((name) => [name, axes.map((each) => each[name])])) as unknown as WindowSums;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Places of the window's elements that are summed, as they lie in a filter. */
export function windowElements({ first, step, count }: WindowSums, [, height, width]: Triple): Int32Array<ArrayBuffer> {
  const elements = new Int32Array(count[0] * count[1] * count[2]);
  let next = 0;
  for (let d = 0; d < count[0]; d++)
    for (let h = 0; h < count[1]; h++)
      for (let w = 0; w < count[2]; w++)
        elements[next++] =
          ((first[0] + d * step[0]) * height + first[1] + h * step[1]) * width + first[2] + w * step[2];
  return elements;
}

/** Whether every element of the result has a sum. */
export function coversAll(sums: readonly WindowSums[], [depth, height, width]: Triple): boolean {
  return sums.reduce((total, { extent: [d, h, w] }) => total + d * h * w, 0) === depth * height * width;
}
