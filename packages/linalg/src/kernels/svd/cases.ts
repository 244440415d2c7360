import {
  type CaseRandom,
  isComplex,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Shape,
} from "@ansatz/tensor";
import type { MatrixDType } from "../../matrix-shape.ts";
import { unitary } from "../hermitian-cases.ts";
import { isSingle, MATRIX_DTYPES, rounded } from "../matrix-dtypes.ts";
import { orthogonal } from "../orthogonal-cases.ts";
import type { SvdOptions } from "./options.ts";

/** Matrices with the singular values 1, 2, 3, …: gaps of 1 keep singular vectors well conditioned. */
export function separatedValues(random: CaseRandom, shape: Shape, dtype: MatrixDType): ReferenceArray {
  const [rows, columns] = shape.slice(-2);
  const count = Math.min(rows, columns);
  const batches = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  if (isComplex(dtype)) return complexSeparated(random, shape, dtype);
  const a = new Float64Array(batches * rows * columns);
  for (let batch = 0; batch < batches; batch++) {
    const [u, v] = [orthogonal(random, rows, count), orthogonal(random, columns, count)];
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        for (let k = 0; k < count; k++)
          a[(batch * rows + i) * columns + j] += (k + 1) * u[i * count + k] * v[j * count + k];
  }
  return referenceArray(dtype, shape, rounded(a, dtype));
}

function complexSeparated(random: CaseRandom, shape: Shape, dtype: MatrixDType): ReferenceArray {
  const [rows, columns] = shape.slice(-2);
  const count = Math.min(rows, columns);
  const batches = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  const a = new Float64Array(2 * batches * rows * columns);
  for (let batch = 0; batch < batches; batch++) {
    const [u, v] = [unitary(random, rows, count), unitary(random, columns, count)];
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const at = 2 * ((batch * rows + i) * columns + j);
        for (let k = 0; k < count; k++) {
          const [x, y] = [2 * (i * count + k), 2 * (j * count + k)];
          a[at] += (k + 1) * (u[x] * v[y] + u[x + 1] * v[y + 1]);
          a[at + 1] += (k + 1) * (u[x + 1] * v[y] - u[x] * v[y + 1]);
        }
      }
  }
  return referenceArray(dtype, shape, rounded(a, dtype));
}

export function randomSvdCase(random: CaseRandom): KernelCase<SvdOptions> {
  const dtype = random.pick(MATRIX_DTYPES);
  const most = isComplex(dtype) ? 12 : 20;
  const shape = [...random.pick([[], [], [3], [2, 2]]), random.integer(0, most), random.integer(0, most)];
  const options = { vectors: random.pick([true, true, false]), full: false };
  return { name: `${dtype} [${shape}]`, inputs: [separatedValues(random, shape, dtype)], options };
}

const REAL_SHAPES = [
  [30, 5, 4],
  [40, 40],
  [90, 20],
  [20, 90],
];
const COMPLEX_SHAPES = [
  [10, 5, 4],
  [20, 20],
  [40, 10],
  [10, 40],
];

export function svdCases(random: CaseRandom): readonly KernelCase<SvdOptions>[] {
  return MATRIX_DTYPES.flatMap((dtype) => {
    const shapes = [
      [0, 0],
      [0, 3],
      [3, 0],
      [0, 3, 3],
      [1, 1],
      [1, 5],
      [5, 1],
      [2, 2],
      ...(isComplex(dtype) ? COMPLEX_SHAPES : REAL_SHAPES),
    ];
    const scaled = (factor: number) => {
      const a = separatedValues(random, [6, 5], dtype);
      return referenceArray(
        dtype,
        a.shape,
        a.data.map((x) => x * factor),
      );
    };
    return [
      ...shapes.map((shape) => separatedValues(random, shape, dtype)),
      // Bidiagonal already, with a negative number; diagonal already.
      realPart(dtype, [3, 3], [2, 1, 0, 0, -3, 1, 0, 0, 5]),
      realPart(dtype, [3, 2], [3, 0, 0, -4, 0, 0]),
      realPart(dtype, [2, 2], [Number.NaN, 0, 0, 1]),
      ...(!isSingle(dtype) ? [scaled(1e-200), scaled(1e200)] : []),
    ].map((a, index) => ({
      name: `${dtype} [${a.shape}] (${index})`,
      inputs: [a],
      options: { vectors: true, full: false },
    }));
  });
}

function realPart(dtype: MatrixDType, shape: Shape, values: readonly number[]): ReferenceArray {
  return referenceArray(dtype, shape, isComplex(dtype) ? values.flatMap((x) => [x, 0]) : values);
}
