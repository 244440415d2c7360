import { type ComplexDType, componentsPerElement, type FloatDType } from "../../dtype.ts";
import { type CaseRandom, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { MatmulOptions } from "./options.ts";

interface Layout {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  /** Batch axes of a and of b. Default: none. */
  readonly batches?: readonly [a: Shape, b: Shape];
  /** Default: all four. */
  readonly transposes?: readonly MatmulOptions[];
}

const PLAIN: MatmulOptions = { transposeA: false, transposeB: false };
const A_TRANSPOSED: MatmulOptions = { transposeA: true, transposeB: false };
const B_TRANSPOSED: MatmulOptions = { transposeA: false, transposeB: true };
const BOTH_TRANSPOSED: MatmulOptions = { transposeA: true, transposeB: true };
const ALL = [PLAIN, A_TRANSPOSED, B_TRANSPOSED, BOTH_TRANSPOSED] as const;

/** Every path of every implementation, at sizes that do and do not divide its tiles, and large enough for several threads. */
const LAYOUTS: readonly Layout[] = [
  { rows: 1, depth: 1, columns: 1 },
  { rows: 3, depth: 4, columns: 3 },
  { rows: 4, depth: 9, columns: 8 },
  { rows: 7, depth: 5, columns: 13 },
  { rows: 21, depth: 16, columns: 17 },
  { rows: 65, depth: 33, columns: 66 },
  { rows: 1, depth: 37, columns: 19 },
  { rows: 19, depth: 37, columns: 1 },
  { rows: 3, depth: 14, columns: 1500 },
  { rows: 2, depth: 1031, columns: 18 },
  { rows: 6, depth: 600, columns: 1024, transposes: [PLAIN] },
  { rows: 1, depth: 1100, columns: 1101, transposes: [PLAIN, B_TRANSPOSED] },
  { rows: 37, depth: 1037, columns: 137, transposes: [PLAIN, B_TRANSPOSED] },
  { rows: 53, depth: 60, columns: 137 },
  { rows: 197, depth: 150, columns: 150, transposes: [PLAIN, BOTH_TRANSPOSED] },
  { rows: 30, depth: 66, columns: 1030, transposes: [PLAIN] },
  { rows: 500, depth: 130, columns: 31, transposes: [PLAIN, B_TRANSPOSED] },
  { rows: 3, depth: 4, columns: 5, batches: [[2], [2]] },
  { rows: 3, depth: 4, columns: 5, batches: [[2, 1], [3]] },
  { rows: 5, depth: 4, columns: 6, batches: [[3], []] },
  { rows: 5, depth: 4, columns: 6, batches: [[], [2, 2]] },
  { rows: 9, depth: 7, columns: 1, batches: [[4], []] },
  {
    rows: 9,
    depth: 7,
    columns: 1,
    batches: [
      [3, 1],
      [1, 2],
    ],
  },
  { rows: 1, depth: 7, columns: 9, batches: [[1], [4]] },
  { rows: 41, depth: 50, columns: 150, batches: [[13], [13]], transposes: [PLAIN, B_TRANSPOSED] },
  { rows: 41, depth: 50, columns: 150, batches: [[13], [1]], transposes: [A_TRANSPOSED] },
  { rows: 41, depth: 170, columns: 150, batches: [[2], [2]], transposes: [PLAIN] },
  { rows: 131, depth: 20, columns: 140, batches: [[2, 1], [2]], transposes: [PLAIN, BOTH_TRANSPOSED] },
  { rows: 0, depth: 3, columns: 4 },
  { rows: 3, depth: 3, columns: 0 },
  { rows: 3, depth: 0, columns: 4 },
  { rows: 3, depth: 0, columns: 1 },
  { rows: 2, depth: 3, columns: 2, batches: [[0], [1]] },
];

/** Every path of the complex implementations; they share how the work is cut with the real ones. */
const COMPLEX_LAYOUTS: readonly Layout[] = [
  { rows: 1, depth: 1, columns: 1 },
  { rows: 1, depth: 5, columns: 1 },
  { rows: 3, depth: 4, columns: 3 },
  { rows: 7, depth: 5, columns: 13 },
  { rows: 1, depth: 37, columns: 19 },
  { rows: 19, depth: 37, columns: 1 },
  { rows: 2, depth: 131, columns: 18 },
  { rows: 3, depth: 14, columns: 1500 },
  { rows: 53, depth: 60, columns: 137 },
  { rows: 37, depth: 1037, columns: 137, transposes: [PLAIN] },
  { rows: 133, depth: 66, columns: 75, transposes: [PLAIN, BOTH_TRANSPOSED] },
  { rows: 5, depth: 4, columns: 6, batches: [[3], []] },
  { rows: 4, depth: 6, columns: 7, batches: [[2, 1], [3]] },
  { rows: 3, depth: 0, columns: 4 },
  { rows: 0, depth: 3, columns: 4 },
];

/** One layout for each kind of inner loop, with special values in it. */
const SPECIAL_LAYOUTS: readonly Layout[] = [
  { rows: 3, depth: 3, columns: 3 },
  { rows: 6, depth: 5, columns: 11 },
  { rows: 1, depth: 9, columns: 6 },
  { rows: 40, depth: 12, columns: 150 },
];

export function matmulCases(): KernelCase<MatmulOptions>[] {
  const special = (dtype: FloatDType | ComplexDType) =>
    SPECIAL_LAYOUTS.flatMap((layout) => layoutCases(dtype, layout).map(withSpecialValues));
  return [
    ...(["float32", "float64"] as const).flatMap((dtype) => [
      ...LAYOUTS.flatMap((layout) => layoutCases(dtype, layout)),
      ...special(dtype),
    ]),
    ...(["complex64", "complex128"] as const).flatMap((dtype) => [
      ...COMPLEX_LAYOUTS.flatMap((layout) => layoutCases(dtype, layout)),
      ...special(dtype),
    ]),
  ];
}

export function randomMatmulCase(random: CaseRandom): KernelCase<MatmulOptions> {
  const extent = () => random.integer(1, random.pick([4, 20, 70, 150]));
  const batches = Array.from({ length: random.integer(0, 2) }, () => random.integer(1, 3));
  const broadcast = (axes: Shape) => axes.map((axis) => random.pick([1, axis])).slice(random.integer(0, axes.length));
  const pair: [Shape, Shape] = random.pick([true, false])
    ? [batches, broadcast(batches)]
    : [broadcast(batches), batches];
  const layout = { rows: extent(), depth: extent(), columns: extent(), batches: pair };
  const dtype = random.pick(["float32", "float64", "complex64", "complex128"] as const);
  return matmulCase(dtype, layout, random.pick(ALL), (shape) => random.array(shape, dtype));
}

function layoutCases(dtype: FloatDType | ComplexDType, layout: Layout): KernelCase<MatmulOptions>[] {
  const fill = (shape: Shape, operand: number) =>
    referenceArray(dtype, shape, scattered(sizeOf(shape) * componentsPerElement(dtype), operand));
  return (layout.transposes ?? ALL).map((options) => matmulCase(dtype, layout, options, fill));
}

function matmulCase(
  dtype: FloatDType | ComplexDType,
  { rows, depth, columns, batches: [aBatch, bBatch] = [[], []] }: Layout,
  options: MatmulOptions,
  fill: (shape: Shape, operand: number) => ReferenceArray,
): KernelCase<MatmulOptions> {
  const aShape = [...aBatch, ...(options.transposeA ? [depth, rows] : [rows, depth])];
  const bShape = [...bBatch, ...(options.transposeB ? [columns, depth] : [depth, columns])];
  const name = `${dtype} [${aShape}]${options.transposeA ? "ᵀ" : ""} [${bShape}]${options.transposeB ? "ᵀ" : ""}`;
  return { name, inputs: [fill(aShape, 0), fill(bShape, 1)], options };
}

/** Values in [−1, 1], rounded to float32: a hash of the index (the finalizer of MurmurHash3), so that sums over any stride behave like sums of random numbers. */
function scattered(length: number, operand: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => {
    let hash = 2 * index + operand + 1;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) / 2 ** 31;
  });
}

/** Puts a NaN, infinities and zeros (0 · ∞ is NaN) into a few places of both operands. */
function withSpecialValues(each: KernelCase<MatmulOptions>): KernelCase<MatmulOptions> {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0];
  const inputs = each.inputs.map(({ dtype, shape, data }, operand) => {
    const changed = Float64Array.from(data);
    for (const [index, value] of values.entries())
      changed[(3 * operand + index * Math.ceil(data.length / (6 - operand))) % data.length] = value;
    return referenceArray(dtype, shape, changed);
  });
  return { ...each, name: `${each.name} with special values`, inputs };
}
