import type { FloatDType } from "../../dtype.ts";
import { type CaseRandom, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { type ConvolutionKernelOptions, type ConvolutionProduct, convolutionGeometry } from "./geometry.ts";

interface Setting {
  readonly x: Shape;
  readonly filter: Shape;
  readonly stride?: readonly number[];
  readonly padding?: readonly (readonly [number, number])[];
  readonly dilation?: readonly number[];
  readonly groups?: number;
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  "one axis": { x: [2, 3, 11], filter: [4, 3, 3] },
  "two axes, padded": {
    x: [2, 3, 7, 9],
    filter: [5, 3, 3, 3],
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  "whole vectors": {
    x: [1, 4, 8, 16],
    filter: [8, 4, 3, 3],
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  "three axes": {
    x: [1, 2, 5, 4, 6],
    filter: [3, 2, 2, 3, 3],
    padding: [
      [0, 1],
      [1, 0],
      [1, 1],
    ],
  },
  strided: {
    x: [2, 3, 9, 10],
    filter: [4, 3, 3, 2],
    stride: [2, 3],
    padding: [
      [1, 0],
      [0, 2],
    ],
  },
  "strided beyond the window": { x: [1, 2, 12], filter: [3, 2, 2], stride: [5] },
  dilated: {
    x: [1, 3, 10, 11],
    filter: [2, 3, 3, 3],
    dilation: [2, 3],
    padding: [
      [2, 2],
      [3, 3],
    ],
  },
  "strided and dilated": {
    x: [1, 2, 13, 14],
    filter: [2, 2, 3, 2],
    stride: [2, 3],
    dilation: [3, 2],
    padding: [
      [1, 2],
      [0, 1],
    ],
  },
  "in groups": {
    x: [2, 6, 5, 8],
    filter: [4, 3, 3, 3],
    groups: 2,
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  depthwise: {
    x: [2, 5, 6, 17],
    filter: [5, 1, 3, 3],
    groups: 5,
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  "depthwise, strided, two filters to a channel": {
    x: [2, 3, 9, 12],
    filter: [6, 1, 3, 3],
    groups: 3,
    stride: [2, 2],
    padding: [
      [1, 1],
      [1, 0],
    ],
  },
  "stride and dilation with a common divisor": {
    x: [1, 2, 19],
    filter: [5, 2, 3],
    stride: [4],
    dilation: [6],
    padding: [[3, 2]],
  },
  "three strided axes": { x: [1, 2, 5, 6, 7], filter: [5, 2, 2, 3, 3], stride: [2, 3, 2] },
  "more channels than a tile": { x: [1, 8, 5, 6], filter: [70, 8, 3, 3] },
  "a long row": { x: [1, 2, 301], filter: [5, 2, 4], padding: [[2, 1]] },
  "a window of one": { x: [2, 7, 3, 5], filter: [6, 7, 1, 1] },
  "a window as large as the input": { x: [3, 2, 4, 5], filter: [7, 2, 4, 5] },
  "more padding than window": { x: [1, 1, 3], filter: [1, 1, 2], padding: [[3, 4]] },
  "no examples": { x: [0, 2, 4], filter: [3, 2, 2] },
  "no channels": { x: [2, 0, 4], filter: [3, 0, 2] },
  "no filters": { x: [2, 2, 4], filter: [0, 2, 2] },
  "more than one thread takes": {
    x: [2, 8, 30, 33],
    filter: [12, 8, 3, 3],
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
};

const PRODUCTS: readonly ConvolutionProduct[] = ["forward", "inputGradient", "filterGradient"];

export function convolutionCases(): KernelCase<ConvolutionKernelOptions>[] {
  const dtypes: readonly FloatDType[] = ["float32", "float64"];
  const regular = Object.entries(SETTINGS).flatMap(([name, setting]) =>
    PRODUCTS.flatMap((product) =>
      dtypes.map((dtype, start) =>
        caseOf(name, setting, product, (shape, index) => noise(dtype, shape, 10 * start + index)),
      ),
    ),
  );
  const special = [Number.NaN, 1, Number.POSITIVE_INFINITY, -1, 2, 0.5, 3];
  const spiked = (shape: Shape, index: number) => {
    const { data } = noise("float32", shape, index);
    return referenceArray(
      "float32",
      shape,
      Float64Array.from(data, (value, k) => (k < 2 && index === 0 ? special[2 * k] : value)),
    );
  };
  return [
    ...regular,
    ...PRODUCTS.map((product) => caseOf("special values", { x: [1, 1, 3, 12], filter: [2, 1, 2, 2] }, product, spiked)),
  ];
}

export function randomConvolutionCase(random: CaseRandom): KernelCase<ConvolutionKernelOptions> {
  const rank = random.integer(1, 3);
  const perAxis = <T>(draw: (axis: number) => T): T[] => Array.from({ length: rank }, (_, axis) => draw(axis));
  const window = perAxis(() => random.integer(1, 3));
  const dilation = perAxis(() => random.integer(1, 2));
  const groups = random.integer(1, 3);
  const channels = random.integer(1, 3);
  const extents = perAxis((axis) => dilation[axis] * (window[axis] - 1) + 1 + random.integer(0, rank === 3 ? 3 : 9));
  const setting = {
    x: [random.integer(1, 3), channels * groups, ...extents],
    filter: [groups * random.integer(1, 5), channels, ...window],
    stride: perAxis(() => random.integer(1, 3)),
    padding: perAxis(() => [random.integer(0, 2), random.integer(0, 2)] as const),
    dilation,
    groups,
  };
  const dtype = random.pick<FloatDType>(["float32", "float64"]);
  return caseOf(`${dtype} ${JSON.stringify(setting)}`, setting, random.pick(PRODUCTS), (shape) =>
    random.array(shape, dtype),
  );
}

function caseOf(
  name: string,
  setting: Setting,
  product: ConvolutionProduct,
  array: (shape: Shape, index: number) => ReferenceArray,
): KernelCase<ConvolutionKernelOptions> {
  const { x, filter } = setting;
  const rank = x.length - 2;
  const options = {
    product: "forward" as const,
    stride: setting.stride ?? new Array<number>(rank).fill(1),
    padding: setting.padding ?? new Array<readonly [number, number]>(rank).fill([0, 0]),
    dilation: setting.dilation ?? new Array<number>(rank).fill(1),
    groups: setting.groups ?? 1,
  };
  const { shape } = convolutionGeometry(
    [
      { shape: x, dtype: "float32" },
      { shape: filter, dtype: "float32" },
    ],
    options,
  );
  const operands = { forward: [x, filter], inputGradient: [shape, filter], filterGradient: [x, shape] }[product];
  const extents = { forward: undefined, inputGradient: x.slice(2), filterGradient: filter.slice(2) }[product];
  return {
    name: `${product}, ${name}`,
    inputs: operands.map((operand, index) => array(operand, index)),
    options: { ...options, product, ...(extents && { extents }) },
  };
}

function noise(dtype: FloatDType, shape: Shape, start: number): ReferenceArray {
  // As irregular as random numbers: sums of regular ones grow beyond what the tolerance is made for.
  const value = (k: number) => 2 * ((Math.abs(Math.sin(12.9898 * k + 78.233 * start)) * 43758.5453) % 1) - 1;
  return referenceArray(
    dtype,
    shape,
    Array.from({ length: sizeOf(shape) }, (_, k) => (dtype === "float32" ? Math.fround(value(k)) : value(k))),
  );
}
