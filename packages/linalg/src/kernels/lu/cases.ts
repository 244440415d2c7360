import {
  type CaseRandom,
  isComplex,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Shape,
} from "@ansatz/tensor";
import type { MatrixDType } from "../../matrix-shape.ts";
import { MATRIX_DTYPES } from "../matrix-dtypes.ts";

/**
 * Matrices with one large element in each column, in rows in random order, beside elements of about 1/n: every device chooses the same pivots, and errors stay near those of the arithmetic.
 */
export function clearPivots(random: CaseRandom, shape: Shape, dtype: MatrixDType): ReferenceArray {
  const [rows, columns] = shape.slice(-2);
  const parts = isComplex(dtype) ? 2 : 1;
  const scale = 0.5 / Math.max(1, Math.min(rows, columns));
  const a = random.array(shape, dtype, { scale }).data as Float64Array;
  for (let start = 0; start < a.length; start += rows * columns * parts) {
    const order = Array.from({ length: rows }, (_, i) => i);
    for (let k = 0; k < Math.min(rows, columns); k++) {
      const other = random.integer(k, rows - 1);
      [order[k], order[other]] = [order[other], order[k]];
      a[start + (order[k] * columns + k) * parts] = random.pick([-3, -2, 2, 3]);
    }
  }
  return referenceArray(dtype, shape, a);
}

export function randomLuCase(random: CaseRandom): KernelCase<null> {
  const dtype = random.pick(MATRIX_DTYPES);
  const shape = [...random.pick([[], [], [3], [2, 2]]), random.integer(0, 50), random.integer(0, 50)];
  return { name: `${dtype} [${shape}]`, inputs: [clearPivots(random, shape, dtype)], options: null };
}

/** More than one block of every algorithm, square, tall and wide. */
const REAL_SHAPES = [
  [170, 170],
  [300, 70],
  [70, 150],
  [70, 9, 9],
];
const COMPLEX_SHAPES = [
  [80, 80],
  [70, 20],
  [20, 70],
  [10, 9, 9],
];

export function luCases(random: CaseRandom): readonly KernelCase<null>[] {
  return MATRIX_DTYPES.flatMap((dtype) =>
    [
      ...[
        [0, 0],
        [0, 3],
        [3, 0],
        [0, 3, 3],
        [1, 1],
        ...(isComplex(dtype) ? COMPLEX_SHAPES : REAL_SHAPES),
        [33, 1],
        [1, 33],
      ].map((shape) => clearPivots(random, shape, dtype)),
      singular(dtype, [3, 2, 2], [0, 0, 0, 0, 1, 2, 2, 4, 0, 1, 2, 3]),
      singular(dtype, [3, 3], [0, 0, 2, 0, 3, 1, 0, 0, 1]),
    ].map((a) => ({ name: `${dtype} [${a.shape}]`, inputs: [a], options: null })),
  );
}

/** Real values, in complex matrices times i. */
function singular(dtype: MatrixDType, shape: Shape, values: readonly number[]): ReferenceArray {
  return referenceArray(dtype, shape, isComplex(dtype) ? values.flatMap((x) => [0, x]) : values);
}
