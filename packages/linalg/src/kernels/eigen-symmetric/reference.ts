import { type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { squareShape } from "../../matrix-shape.ts";
import type { EigenSymmetricOptions } from "./options.ts";

/** Sweeps of Jacobi's method after which nothing is left to do in float64. */
const SWEEPS = 30;

/** Jacobi's method: rotations that make one pair of elements after the other zero. */
export function eigenSymmetricReference(
  a: ReferenceArray,
  { vectors }: EigenSymmetricOptions,
): readonly ReferenceArray[] {
  const { rows: n, batchShape, batches } = squareShape("eigenSymmetric: a", a);
  const values = new Float64Array(batches * n);
  const columns = new Float64Array(batches * n * n);
  for (let batch = 0; batch < batches; batch++) {
    const full = Float64Array.from({ length: n * n }, (_, index) => {
      const [i, j] = [Math.floor(index / n), index % n];
      return a.data[batch * n * n + Math.max(i, j) * n + Math.min(i, j)];
    });
    if (!full.every(Number.isFinite)) {
      values.fill(Number.NaN, batch * n, (batch + 1) * n);
      columns.fill(Number.NaN, batch * n * n, (batch + 1) * n * n);
      continue;
    }
    const rows = diagonalised(full, n);
    const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => full[i * (n + 1)] - full[j * (n + 1)]);
    for (const [j, source] of order.entries()) {
      values[batch * n + j] = full[source * (n + 1)];
      const vector = rows.subarray(source * n, (source + 1) * n);
      const largest = vector.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
      for (let i = 0; i < n; i++) columns[(batch * n + i) * n + j] = largest < 0 ? -vector[i] : vector[i];
    }
  }
  const outputs = [referenceArray(a.dtype, [...batchShape, n], values)];
  return vectors ? [...outputs, referenceArray(a.dtype, a.shape, columns)] : outputs;
}

/** Makes `a` diagonal in place; returns the eigenvectors as rows. */
function diagonalised(a: Float64Array, n: number): Float64Array {
  const rows = Float64Array.from({ length: n * n }, (_, index) => (index % (n + 1) === 0 ? 1 : 0));
  const rotate = (x: Float64Array, i: number, j: number, c: number, s: number) => {
    const [first, second] = [x[i], x[j]];
    x[i] = c * first - s * second;
    x[j] = s * first + c * second;
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (a[p * n + q] === 0) continue;
        const ratio = (a[q * (n + 1)] - a[p * (n + 1)]) / (2 * a[p * n + q]);
        const t = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(ratio, 1));
        const c = 1 / Math.hypot(t, 1);
        for (let k = 0; k < n; k++) rotate(a, p * n + k, q * n + k, c, t * c);
        for (let k = 0; k < n; k++) rotate(a, k * n + p, k * n + q, c, t * c);
        for (let k = 0; k < n; k++) rotate(rows, p * n + k, q * n + k, c, t * c);
        a[p * n + q] = a[q * n + p] = 0;
      }
  return rows;
}
