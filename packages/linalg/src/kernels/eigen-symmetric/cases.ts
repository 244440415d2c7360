import {
  type CaseRandom,
  isComplex,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Shape,
} from "@ansatz/tensor";
import type { MatrixDType } from "../../matrix-shape.ts";
import { fromEigenvalues } from "../hermitian-cases.ts";
import { isSingle, MATRIX_DTYPES, rounded } from "../matrix-dtypes.ts";
import { orthogonal } from "../orthogonal-cases.ts";
import type { EigenSymmetricOptions } from "./options.ts";

/** Symmetric or Hermitian matrices with the eigenvalues ±1, ±2, … that a random choice of signs leaves distinct: gaps of 1 keep eigenvectors well conditioned. */
export function separated(random: CaseRandom, shape: Shape, dtype: MatrixDType): ReferenceArray {
  const n = shape[shape.length - 1];
  const draw = () => Array.from({ length: n }, (_, k) => (k + 1) * random.pick([-1, 1]));
  if (isComplex(dtype)) {
    const values = fromEigenvalues(random, shape, () => draw().map((value) => [value, 0] as const));
    return referenceArray(dtype, shape, rounded(values, dtype));
  }
  const batches = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  const a = new Float64Array(batches * n * n);
  for (let batch = 0; batch < batches; batch++) {
    const q = orthogonal(random, n, n);
    const values = draw();
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        a[(batch * n + i) * n + j] = values.reduce((sum, value, k) => sum + value * q[i * n + k] * q[j * n + k], 0);
  }
  return referenceArray(dtype, shape, rounded(a, dtype));
}

export function randomEigenSymmetricCase(random: CaseRandom): KernelCase<EigenSymmetricOptions> {
  const dtype = random.pick(MATRIX_DTYPES);
  const n = random.integer(0, isComplex(dtype) ? 14 : 24);
  const shape = [...random.pick([[], [], [3], [2, 2]]), n, n];
  const vectors = random.pick([true, true, false]);
  return { name: `${dtype} [${shape}]`, inputs: [separated(random, shape, dtype)], options: { vectors } };
}

export function eigenSymmetricCases(random: CaseRandom): readonly KernelCase<EigenSymmetricOptions>[] {
  return MATRIX_DTYPES.flatMap((dtype) => {
    const shapes = [
      [0, 0],
      [0, 3, 3],
      [1, 1],
      [2, 2],
      [3, 3],
      [isComplex(dtype) ? 10 : 40, 5, 5],
      ...(isComplex(dtype) ? [[21, 21]] : [[45, 45]]),
    ];
    const scaled = (factor: number) => {
      const a = separated(random, [7, 7], dtype);
      return referenceArray(
        dtype,
        a.shape,
        a.data.map((x) => x * factor),
      );
    };
    return [
      ...shapes.map((shape) => separated(random, shape, dtype)),
      // Tridiagonal already, diagonal already, and what is above the diagonal is not read.
      realPart(dtype, 3, [2, Number.NaN, 0, 1, 3, Number.NaN, 0, 1, 5]),
      realPart(dtype, 3, [3, 0, 0, 0, 1, 0, 0, 0, 2]),
      realPart(dtype, 2, [Number.NaN, 0, 0, 1]),
      ...(!isSingle(dtype) ? [scaled(1e-200), scaled(1e200)] : []),
    ].map((a, index) => ({ name: `${dtype} [${a.shape}] (${index})`, inputs: [a], options: { vectors: true } }));
  });
}

function realPart(dtype: MatrixDType, n: number, values: readonly number[]): ReferenceArray {
  return referenceArray(dtype, [n, n], isComplex(dtype) ? values.flatMap((x) => [x, 0]) : values);
}
