import { isComplex, type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { matrixShape } from "../../matrix-shape.ts";
import { complexArray, complexElements, minus, over, times } from "../complex-numbers.ts";
import type { SolveTriangularOptions } from "./options.ts";

/** Substitution, column by column. */
export function solveTriangularReference(
  [t, b]: readonly ReferenceArray[],
  options: SolveTriangularOptions,
): readonly ReferenceArray[] {
  if (isComplex(b.dtype)) return complexReference(t, b, options);
  const { lower, transpose, unitDiagonal } = options;
  const { rows: n, columns, batches } = matrixShape("solveTriangular: b", b);
  const x = Float64Array.from(b.data);
  for (let batch = 0; batch < batches; batch++) {
    const element = (i: number, j: number) => t.data[batch * n * n + (transpose ? j * n + i : i * n + j)];
    for (let column = 0; column < columns; column++) {
      const at = (i: number) => (batch * n + i) * columns + column;
      for (let step = 0; step < n; step++) {
        const forward = lower !== transpose;
        const i = forward ? step : n - 1 - step;
        let sum = x[at(i)];
        for (let j = forward ? 0 : i + 1; j < (forward ? i : n); j++) sum -= element(i, j) * x[at(j)];
        x[at(i)] = unitDiagonal ? sum : sum / element(i, i);
      }
    }
  }
  return [referenceArray(b.dtype, b.shape, x)];
}

function complexReference(
  t: ReferenceArray,
  b: ReferenceArray,
  { lower, transpose, unitDiagonal }: SolveTriangularOptions,
): readonly ReferenceArray[] {
  const { rows: n, columns, batches } = matrixShape("solveTriangular: b", b);
  const triangle = complexElements(t);
  const x = complexElements(b);
  for (let batch = 0; batch < batches; batch++) {
    const element = (i: number, j: number) => triangle[batch * n * n + (transpose ? j * n + i : i * n + j)];
    for (let column = 0; column < columns; column++) {
      const at = (i: number) => (batch * n + i) * columns + column;
      for (let step = 0; step < n; step++) {
        const forward = lower !== transpose;
        const i = forward ? step : n - 1 - step;
        let sum = x[at(i)];
        for (let j = forward ? 0 : i + 1; j < (forward ? i : n); j++) sum = minus(sum, times(element(i, j), x[at(j)]));
        x[at(i)] = unitDiagonal ? sum : over(sum, element(i, i));
      }
    }
  }
  return [complexArray(b.dtype, b.shape, x)];
}
