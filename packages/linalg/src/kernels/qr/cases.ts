import {
  type CaseRandom,
  isComplex,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Shape,
} from "@ansatz/tensor";
import type { MatrixDType } from "../../matrix-shape.ts";
import { MATRIX_DTYPES, rounded } from "../matrix-dtypes.ts";
import type { QrOptions } from "./options.ts";

/**
 * Matrices of noise below 1 in norm on a diagonal of 2 to 4, so that condition numbers stay below about 5; with `spread`, columns have clearly different lengths in random order.
 */
export function wellConditioned(random: CaseRandom, shape: Shape, dtype: MatrixDType, spread = false): ReferenceArray {
  const [rows, columns] = shape.slice(-2);
  const parts = isComplex(dtype) ? 2 : 1;
  const scale = 0.4 / Math.sqrt(Math.max(1, rows, columns) * parts);
  const a = random.array(shape, dtype, { scale }).data as Float64Array;
  for (let start = 0; start < a.length; start += rows * columns * parts) {
    for (let k = 0; k < Math.min(rows, columns); k++)
      a[start + k * (columns + 1) * parts] += random.pick([-4, -2, 2, 4]);
    if (!spread) continue;
    const order = Array.from({ length: columns }, (_, j) => j).sort(() => random.integer(0, 1) - 0.5);
    for (let i = 0; i < rows * columns * parts; i++) a[start + i] *= 4 ** -order[Math.floor(i / parts) % columns];
  }
  return referenceArray(dtype, shape, rounded(a, dtype));
}

export function randomQrCase(random: CaseRandom): KernelCase<QrOptions> {
  const dtype = random.pick(MATRIX_DTYPES);
  const pivoting = random.pick([false, true]);
  const extent = () => random.integer(0, pivoting ? 6 : 50);
  const shape = [...random.pick([[], [], [3], [2, 2]]), extent(), extent()];
  const options = { full: random.pick([false, true]), pivoting };
  return {
    name: `${dtype} [${shape}] ${JSON.stringify(options)}`,
    inputs: [wellConditioned(random, shape, dtype, pivoting)],
    options: determined(options, shape),
  };
}

/** The columns of a full Q beyond those of A are arbitrary: only the reduced one can be compared where there are any. */
function determined(options: QrOptions, shape: Shape): QrOptions {
  const [rows, columns] = shape.slice(-2);
  return rows > columns ? { ...options, full: false } : options;
}

/** More than one block of every algorithm, square, tall and wide. */
const REAL_SHAPES = [
  [170, 170],
  [120, 40],
  [40, 120],
  [70, 9, 9],
];
const COMPLEX_SHAPES = [
  [40, 40],
  [50, 20],
  [20, 40],
  [10, 9, 9],
];

export function qrCases(random: CaseRandom): readonly KernelCase<QrOptions>[] {
  return MATRIX_DTYPES.flatMap((dtype) => {
    const shapes = [
      [0, 0],
      [0, 3],
      [3, 0],
      [0, 3, 3],
      [1, 1],
      ...(isComplex(dtype) ? COMPLEX_SHAPES : REAL_SHAPES),
      [5, 1],
      [1, 5],
    ];
    const plain = shapes.map((shape) => ({ a: wellConditioned(random, shape, dtype), pivoting: false }));
    const pivoted = [
      [0, 3],
      [3, 0],
      [6, 6],
      [2, 7, 4],
      [4, 6],
    ].map((shape) => ({
      a: wellConditioned(random, shape, dtype, true),
      pivoting: true,
    }));
    return [
      ...plain,
      ...pivoted,
      { a: referenceArray(dtype, [3, 2], new Array(isComplex(dtype) ? 12 : 6).fill(0)), pivoting: false },
      {
        a: referenceArray(dtype, [2, 2], isComplex(dtype) ? [0, 0, 1, 2, 2, -1, 3, 1] : [0, 1, 2, 3]),
        pivoting: false,
      },
    ].map(({ a, pivoting }) => ({
      name: `${dtype} [${a.shape}]${pivoting ? " pivoted" : ""}`,
      inputs: [a],
      options: { full: false, pivoting },
    }));
  });
}
