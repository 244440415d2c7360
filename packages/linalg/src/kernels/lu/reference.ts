import { isComplex, type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { matrixShape } from "../../matrix-shape.ts";
import { type Complex, complexArray, complexElements, minus, over, times } from "../complex-numbers.ts";

/** Elimination column by column; the pivot is the first element of largest size. */
export function luReference(a: ReferenceArray): readonly ReferenceArray[] {
  if (isComplex(a.dtype)) return complexReference(a);
  const { rows, columns, batchShape, batches } = matrixShape("lu: a", a);
  const lu = Float64Array.from(a.data);
  const permutation = Int32Array.from({ length: batches * rows }, (_, index) => index % rows);
  const status = Int32Array.from({ length: 2 * batches }, (_, index) => index % 2);
  for (let batch = 0; batch < batches; batch++) {
    const at = (i: number, j: number) => (batch * rows + i) * columns + j;
    const order = permutation.subarray(batch * rows, (batch + 1) * rows);
    for (let k = 0; k < Math.min(rows, columns); k++) {
      let best = k;
      for (let i = k + 1; i < rows; i++) if (Math.abs(lu[at(i, k)]) > Math.abs(lu[at(best, k)])) best = i;
      if (best !== k) {
        [order[k], order[best]] = [order[best], order[k]];
        status[2 * batch + 1] *= -1;
        for (let j = 0; j < columns; j++) [lu[at(k, j)], lu[at(best, j)]] = [lu[at(best, j)], lu[at(k, j)]];
      }
      const pivot = lu[at(k, k)];
      if (!(Math.abs(pivot) > 0 && Math.abs(pivot) < Number.POSITIVE_INFINITY)) status[2 * batch] ||= k + 1;
      if (pivot === 0) continue;
      for (let i = k + 1; i < rows; i++) {
        lu[at(i, k)] /= pivot;
        for (let j = k + 1; j < columns; j++) lu[at(i, j)] -= lu[at(i, k)] * lu[at(k, j)];
      }
    }
  }
  return [
    referenceArray(a.dtype, a.shape, lu),
    referenceArray("int32", [...batchShape, rows], permutation),
    referenceArray("int32", [...batchShape, 2], status),
  ];
}

/** The size of a complex number is |Re| + |Im|. */
function complexReference(a: ReferenceArray): readonly ReferenceArray[] {
  const { rows, columns, batchShape, batches } = matrixShape("lu: a", a);
  const lu = complexElements(a);
  const permutation = Int32Array.from({ length: batches * rows }, (_, index) => index % rows);
  const status = Int32Array.from({ length: 2 * batches }, (_, index) => index % 2);
  const size = (x: Complex) => Math.abs(x[0]) + Math.abs(x[1]);
  for (let batch = 0; batch < batches; batch++) {
    const at = (i: number, j: number) => (batch * rows + i) * columns + j;
    const order = permutation.subarray(batch * rows, (batch + 1) * rows);
    for (let k = 0; k < Math.min(rows, columns); k++) {
      let best = k;
      for (let i = k + 1; i < rows; i++) if (size(lu[at(i, k)]) > size(lu[at(best, k)])) best = i;
      if (best !== k) {
        [order[k], order[best]] = [order[best], order[k]];
        status[2 * batch + 1] *= -1;
        for (let j = 0; j < columns; j++) [lu[at(k, j)], lu[at(best, j)]] = [lu[at(best, j)], lu[at(k, j)]];
      }
      const pivot = lu[at(k, k)];
      if (!(size(pivot) > 0 && size(pivot) < Number.POSITIVE_INFINITY)) status[2 * batch] ||= k + 1;
      if (size(pivot) === 0) continue;
      for (let i = k + 1; i < rows; i++) {
        const factor = over(lu[at(i, k)], pivot);
        lu[at(i, k)] = factor;
        for (let j = k + 1; j < columns; j++) lu[at(i, j)] = minus(lu[at(i, j)], times(factor, lu[at(k, j)]));
      }
    }
  }
  return [
    complexArray(a.dtype, a.shape, lu),
    referenceArray("int32", [...batchShape, rows], permutation),
    referenceArray("int32", [...batchShape, 2], status),
  ];
}
