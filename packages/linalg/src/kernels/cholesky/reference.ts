import { type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { squareShape } from "../../matrix-shape.ts";

/** Row by row: L[i, j] = (A[i, j] − Σ L[i, k] L[j, k]) / L[j, j]. */
export function choleskyReference(a: ReferenceArray): readonly ReferenceArray[] {
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
