import { type DType, REAL_DTYPES } from "../../dtype.ts";
import { type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { REDUCTIONS, type ReduceOptions, type Reduction } from "./reductions.ts";

const OPERATIONS = Object.keys(REDUCTIONS) as readonly Reduction[];

interface Layout {
  readonly shape: Shape;
  readonly axes?: number | readonly number[];
  /** Default: one operation of each kind of accumulator. */
  readonly operations?: readonly Reduction[];
  /** Default: floats. */
  readonly dtypes?: readonly DType[];
}

/**
 * Every path: rows shorter than a vector, of odd length, and long enough to be cut into parts; columns narrower than a vector, of odd width, and wider than a
 * block; several groups of axes; nothing to reduce; extents of 1; zero sizes of what there is to reduce, of the result, or of both.
 */
const LAYOUTS: readonly Layout[] = [
  { shape: [] },
  { shape: [1] },
  { shape: [3], axes: [], operations: OPERATIONS },
  { shape: [1, 5, 1], axes: [0, 2] },
  { shape: [70, 2], axes: -1 },
  { shape: [5, 259], axes: 1, operations: OPERATIONS, dtypes: REAL_DTYPES },
  { shape: [259, 5], axes: 0 },
  { shape: [67, 3], axes: 0, operations: OPERATIONS, dtypes: REAL_DTYPES },
  { shape: [1037, 1], axes: 0 },
  { shape: [9, 517], axes: 0 },
  { shape: [3, 17, 1030], axes: 1 },
  { shape: [2, 30, 7], axes: [1] },
  { shape: [4, 3, 5, 6], axes: [0, 2], operations: OPERATIONS, dtypes: REAL_DTYPES },
  { shape: [4, 3, 5, 6], axes: [1, 3] },
  { shape: [2, 3, 2, 3, 2, 3, 2], axes: [1, 2, 5] },
  { shape: [140_001] },
  { shape: [70_001, 2], axes: 0, operations: ["mean", "min", "logSumExp"] },
  { shape: [0], operations: ["sum", "prod", "logSumExp"] },
  { shape: [2, 0, 3], axes: 1, operations: ["sum", "prod", "logSumExp"], dtypes: REAL_DTYPES },
  { shape: [0, 4], axes: 1, operations: OPERATIONS },
  { shape: [2, 0, 3], axes: [0, 2], operations: OPERATIONS },
];

const INFINITY = Number.POSITIVE_INFINITY;

/** Rows of special values; each also runs as columns. */
const SPECIAL_ROWS: readonly (readonly number[])[] = [
  [1, Number.NaN, 2, 3, 4],
  [Number.NaN, -INFINITY, INFINITY, 0, 0],
  [-INFINITY, -INFINITY, -INFINITY, -INFINITY, -INFINITY],
  [INFINITY, 1, 2, INFINITY, -3],
  [INFINITY, -INFINITY, 1, 1, 1],
  [-INFINITY, 2, -INFINITY, 0.5, -1],
  [-0, 0, -0, 0, -0],
  [1000, 999, 1001, -1000, 998],
  [-1000, -2000, -999, -1001, -1500],
];

export function reduceCases(): KernelCase<ReduceOptions>[] {
  return [...layoutCases(), ...integerCases(), ...specialCases()];
}

function layoutCases(): KernelCase<ReduceOptions>[] {
  return LAYOUTS.flatMap(({ shape, axes, operations = ["sum", "max", "logSumExp"], dtypes = ["float32", "float64"] }) =>
    operations.flatMap((operation) =>
      REDUCTIONS[operation].dtypes
        .filter((dtype) => dtypes.includes(dtype))
        .map((dtype) => ({
          name: `${operation} of ${dtype} [${shape}] over ${axes === undefined ? "all" : `[${axes}]`}`,
          inputs: [disordered(shape, dtype)],
          options: { operation, axes },
        })),
    ),
  );
}

/** Values in a fixed disorder: floats around 0, most not exact in binary; integers that overflow when added up or multiplied. */
function disordered(shape: Shape, dtype: DType): ReferenceArray {
  const value = (index: number): number => {
    const disorder = (index * 7919) % 1013;
    if (dtype === "bool") return disorder % 3 === 0 ? 1 : 0;
    if (dtype === "int32") return disorder * 4_000_037 - 2_000_000_000;
    if (dtype === "uint32") return disorder * 4_000_037;
    return Math.fround((disorder - 506) / 300);
  };
  return referenceArray(
    dtype,
    shape,
    Array.from({ length: sizeOf(shape) }, (_, index) => value(index)),
  );
}

function integerCases(): KernelCase<ReduceOptions>[] {
  const ends: Readonly<Record<"int32" | "uint32", readonly number[]>> = {
    int32: [2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1, 5, -7],
    uint32: [2 ** 32 - 1, 2 ** 31, 2 ** 32 - 1, 0, 7],
  };
  return (["sum", "prod", "max", "min"] as const).flatMap((operation) =>
    (["int32", "uint32"] as const).map((dtype) => ({
      name: `${operation} of ${dtype} at the ends of its range`,
      inputs: [referenceArray(dtype, [5], ends[dtype])],
      options: { operation },
    })),
  );
}

function specialCases(): KernelCase<ReduceOptions>[] {
  const rows = SPECIAL_ROWS.length;
  const columns = SPECIAL_ROWS[0].length;
  const transposed = SPECIAL_ROWS[0].flatMap((_, column) => SPECIAL_ROWS.map((row) => row[column]));
  // Repeated, so that the values also meet the code that takes many rows at once.
  const layouts = [1, 4].flatMap((repeat) => [
    { shape: [rows, columns * repeat], axes: 1, data: SPECIAL_ROWS.flatMap((row) => Array(repeat).fill(row).flat()) },
    { shape: [columns * repeat, rows], axes: 0, data: Array(repeat).fill(transposed).flat() },
  ]);
  return layouts.flatMap(({ shape, axes, data }) =>
    OPERATIONS.flatMap((operation) =>
      (["float32", "float64"] as const).map((dtype) => ({
        name: `${operation} of special ${dtype} values, [${shape}] over ${axes}`,
        inputs: [referenceArray(dtype, shape, data)],
        options: { operation, axes },
      })),
    ),
  );
}
