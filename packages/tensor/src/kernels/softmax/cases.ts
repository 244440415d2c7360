import type { FloatDType } from "../../dtype.ts";
import { type CaseRandom, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { SOFTMAX_ALGORITHMS, type SoftmaxKernelOptions } from "./options.ts";

const DTYPES = ["float32", "float64"] as const;
const INFINITY = Number.POSITIVE_INFINITY;

/** What is asked for: every algorithm, and the logarithm. */
const VARIANTS = [
  ...["auto" as const, ...SOFTMAX_ALGORITHMS].map((algorithm) => ({ algorithm, logarithm: false })),
  { algorithm: "auto" as const, logarithm: true },
];

/**
 * Every path: lines of one element, shorter than a vector, of odd length, just long enough to be cut into vectors, and in several parts; columns too narrow for a vector,
 * that fill vectors, that leave some over, and in several blocks and parts; nothing at all.
 */
const LAYOUTS: readonly (readonly [shape: Shape, axis: number])[] = [
  [[1], 0],
  [[3, 1], 1],
  [[5, 3], -1],
  [[7, 10], 1],
  [[3, 63], 1],
  [[3, 64], 1],
  [[3, 127], 1],
  [[3, 128], 1],
  [[2, 301], 1],
  [[4100], 0],
  [[300, 2], 0],
  [[2, 9, 4], 1],
  [[3, 20, 7], 1],
  [[600, 3], 0],
  [[70, 150], 0],
  [[0, 3], 1],
  [[2, 3, 0], 1],
];

/** Layouts that take a while: with every algorithm, but not in every dtype. */
const LARGE_LAYOUTS: readonly (readonly [shape: Shape, axis: number])[] = [
  [[140_003], 0],
  [[5000, 33], 0],
];

/** Lines of special values, of extreme ones, and of large ones whose exponent has to be exact. */
const SPECIAL: readonly (readonly number[])[] = [
  [1, Number.NaN, 2, 3, 4],
  [INFINITY, 1, 2, 3, 4],
  [INFINITY, -INFINITY, 1, Number.NaN, INFINITY],
  [-INFINITY, -INFINITY, -INFINITY, -INFINITY, -INFINITY],
  [-INFINITY, 2, -INFINITY, 0.5, -1],
  [-0, 0, -0, 0, -0],
  [1000, 1000.5, 999, -1000, 998],
  [-2000.25, -2000, -1999.5, -2100, -3000],
  [3e38, -3e38, 3e38, 0, 1],
  [-3e38, -3e38, -3e38, -3e38, -3e38],
  [-3e38, -INFINITY, -3.2e38, -3e38, -INFINITY],
  [0, -80, -86, -100, -1e9],
  [70_000.5, 70_000, 70_001, -1, 69_990],
];

/** How long special lines are made, to meet every path: their values come first, between and after more finite ones, which do not change what is special about them. */
const SPECIAL_LENGTHS = [5, 150] as const;

export function softmaxCases(): KernelCase<SoftmaxKernelOptions>[] {
  return [
    ...LAYOUTS.flatMap(([shape, axis]) => DTYPES.flatMap((dtype) => variantsOf(disordered(shape, dtype), axis))),
    ...LARGE_LAYOUTS.flatMap(([shape, axis]) => variantsOf(disordered(shape, "float32"), axis)),
    ...SPECIAL_LENGTHS.flatMap((length) =>
      DTYPES.flatMap((dtype) => {
        const rows = SPECIAL.flatMap((row) => lengthened(row, length));
        const columns = rows.map(
          (_, index) => rows[(index % SPECIAL.length) * length + Math.floor(index / SPECIAL.length)],
        );
        return [
          ...variantsOf(referenceArray(dtype, [SPECIAL.length, length], rounded(rows, dtype)), 1, "rows of special "),
          ...variantsOf(
            referenceArray(dtype, [length, SPECIAL.length], rounded(columns, dtype)),
            0,
            "columns of special ",
          ),
        ];
      }),
    ),
  ];
}

function variantsOf(x: ReferenceArray, axis: number, what = ""): KernelCase<SoftmaxKernelOptions>[] {
  return VARIANTS.map(({ algorithm, logarithm }) => ({
    name: `${logarithm ? "log " : ""}${algorithm}, ${what}${x.dtype} [${x.shape}] along ${axis}`,
    inputs: [x],
    options: { axis, algorithm, logarithm },
  }));
}

/** The row, its values repeated at odd places among its smallest finite one, or −∞ where it has nothing else. */
function lengthened(row: readonly number[], length: number): number[] {
  const smallest = Math.min(...row.filter(Number.isFinite));
  return Array.from(
    { length },
    (_, index) => row[index] ?? (index % 7 === 0 ? row[index % 5] : smallest === INFINITY ? -INFINITY : smallest),
  );
}

function rounded(values: readonly number[], dtype: FloatDType): number[] {
  return dtype === "float32" ? values.map(Math.fround) : [...values];
}

/** Values around 0 in a fixed disorder, most not exact in binary. */
function disordered(shape: Shape, dtype: FloatDType): ReferenceArray {
  const values = Array.from({ length: sizeOf(shape) }, (_, index) => (((index * 7919) % 1013) - 506) / 60);
  return referenceArray(dtype, shape, rounded(values, dtype));
}

export function randomSoftmaxCase(random: CaseRandom): KernelCase<SoftmaxKernelOptions> {
  const shape = Array.from({ length: random.integer(1, 3) }, () => random.integer(1, random.pick([3, 20, 90])));
  const { algorithm, logarithm } = random.pick(VARIANTS);
  const dtype = random.pick(DTYPES);
  const axis = random.integer(-shape.length, shape.length - 1);
  return {
    name: `${logarithm ? "log " : ""}${algorithm}, ${dtype} [${shape}] along ${axis}`,
    inputs: [random.array(shape, dtype, { scale: random.pick([1, 10, 300]) })],
    options: { axis, algorithm, logarithm },
  };
}
