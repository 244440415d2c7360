import { isComplex, type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { squareShape } from "../../matrix-shape.ts";
import { complexArray, complexElements, conjugateOf, minus, times } from "../complex-numbers.ts";

/** Row by row: L[i, j] = (A[i, j] − Σ L[i, k] L[j, k]) / L[j, j]. */
export function choleskyReference(a: ReferenceArray): readonly ReferenceArray[] {
  if (isComplex(a.dtype)) return complexReference(a);
  const { rows: n, batchShape, batches } = squareShape("cholesky: a", a);
  const l = new Float64Array(a.data.length);
  const info = new Int32Array(batches);
  for (let batch = 0; batch < batches; batch++) {
    const at = (i: number, j: number) => (batch * n + i) * n + j;
    for (let i = 0; i < n && info[batch] === 0; i++)
      for (let j = 0; j <= i; j++) {
        let sum = a.data[at(i, j)];
        for (let k = 0; k < j; k++) sum -= l[at(i, k)] * l[at(j, k)];
        if (j < i) l[at(i, j)] = sum / l[at(j, j)];
        else if (sum > 0 && sum < Number.POSITIVE_INFINITY) l[at(i, i)] = Math.sqrt(sum);
        else info[batch] = i + 1;
      }
    if (info[batch] === 0) continue;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) l[at(i, j)] = j <= i ? Number.NaN : 0;
  }
  return [referenceArray(a.dtype, a.shape, l), referenceArray("int32", batchShape, info)];
}

/** The same with L[j, k] conjugated; of the diagonal of A only the real part is read. */
function complexReference(a: ReferenceArray): readonly ReferenceArray[] {
  const { rows: n, batchShape, batches } = squareShape("cholesky: a", a);
  const elements = complexElements(a);
  const l = elements.map(() => [0, 0] as const) as typeof elements;
  const info = new Int32Array(batches);
  for (let batch = 0; batch < batches; batch++) {
    const at = (i: number, j: number) => (batch * n + i) * n + j;
    for (let i = 0; i < n && info[batch] === 0; i++)
      for (let j = 0; j <= i; j++) {
        let sum = elements[at(i, j)];
        for (let k = 0; k < j; k++) sum = minus(sum, times(l[at(i, k)], conjugateOf(l[at(j, k)])));
        const [pivot] = j < i ? l[at(j, j)] : [Math.sqrt(sum[0])];
        if (j < i) l[at(i, j)] = [sum[0] / pivot, sum[1] / pivot];
        else if (sum[0] > 0 && sum[0] < Number.POSITIVE_INFINITY) l[at(i, i)] = [pivot, 0];
        else info[batch] = i + 1;
      }
    if (info[batch] === 0) continue;
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) l[at(i, j)] = [Number.NaN, Number.NaN];
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) l[at(i, j)] = [0, 0];
  }
  return [complexArray(a.dtype, a.shape, l), referenceArray("int32", batchShape, info)];
}
