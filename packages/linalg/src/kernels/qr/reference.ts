import { type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { matrixShape } from "../../matrix-shape.ts";
import type { QrOptions } from "./options.ts";

/** Householder reflections, one column at a time; the columns of A are taken in order, or with pivoting always the longest one that is left. */
export function qrReference(a: ReferenceArray, { full, pivoting }: QrOptions): readonly ReferenceArray[] {
  const { rows, columns, batchShape, batches } = matrixShape("qr: a", a);
  const count = Math.min(rows, columns);
  const kept = full ? rows : count;
  const q = new Float64Array(batches * rows * kept);
  const r = new Float64Array(batches * kept * columns);
  const order = new Int32Array(batches * columns);
  for (let batch = 0; batch < batches; batch++) {
    const size = rows * columns;
    const one = factorised(a.data.slice(batch * size, (batch + 1) * size) as Float64Array, rows, columns, pivoting);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < kept; j++) q[(batch * rows + i) * kept + j] = one.q[i * rows + j];
    r.set(one.r.subarray(0, kept * columns), batch * kept * columns);
    order.set(one.order, batch * columns);
  }
  const factors = [
    referenceArray(a.dtype, [...batchShape, rows, kept], q),
    referenceArray(a.dtype, [...batchShape, kept, columns], r),
  ];
  return pivoting ? [...factors, referenceArray("int32", [...batchShape, columns], order)] : factors;
}

/** Full factors of one matrix; `r` is the given array. */
function factorised(r: Float64Array, rows: number, columns: number, pivoting: boolean) {
  const q = Float64Array.from({ length: rows * rows }, (_, index) => (index % (rows + 1) === 0 ? 1 : 0));
  const order = Int32Array.from({ length: columns }, (_, j) => j);
  const below = (k: number, j: number) => Array.from({ length: rows - k }, (_, i) => r[(k + i) * columns + j]);
  for (let k = 0; k < Math.min(rows, columns); k++) {
    if (pivoting) {
      let best = k;
      for (let j = k + 1; j < columns; j++) if (Math.hypot(...below(k, j)) > Math.hypot(...below(k, best))) best = j;
      [order[k], order[best]] = [order[best], order[k]];
      for (let i = 0; i < rows; i++)
        [r[i * columns + k], r[i * columns + best]] = [r[i * columns + best], r[i * columns + k]];
    }
    const v = below(k, k);
    v[0] += (v[0] < 0 ? -1 : 1) * Math.hypot(...v);
    const square = v.reduce((sum, x) => sum + x * x, 0);
    if (square === 0) continue;
    // R ← H R and Q ← Q H.
    for (let j = 0; j < columns; j++) {
      const share = (2 / square) * v.reduce((sum, x, i) => sum + x * r[(k + i) * columns + j], 0);
      for (let i = 0; i < v.length; i++) r[(k + i) * columns + j] -= share * v[i];
    }
    for (let i = 0; i < rows; i++) {
      const share = (2 / square) * v.reduce((sum, x, j) => sum + x * q[i * rows + k + j], 0);
      for (let j = 0; j < v.length; j++) q[i * rows + k + j] -= share * v[j];
    }
    for (let i = k + 1; i < rows; i++) r[i * columns + k] = 0;
  }
  for (let k = 0; k < Math.min(rows, columns); k++) {
    if (!(r[k * (columns + 1)] < 0)) continue;
    for (let j = 0; j < columns; j++) r[k * columns + j] *= -1;
    for (let i = 0; i < rows; i++) q[i * rows + k] *= -1;
  }
  return { q, r, order };
}
