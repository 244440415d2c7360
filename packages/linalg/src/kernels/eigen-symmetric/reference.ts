import { type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { squareShape } from "../../matrix-shape.ts";
import { jacobiEigen } from "./jacobi.ts";
import type { EigenSymmetricOptions } from "./options.ts";

/** Jacobi's method. */
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
    const own = jacobiEigen(full, n);
    const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => own.values[i] - own.values[j]);
    for (const [j, source] of order.entries()) {
      values[batch * n + j] = own.values[source];
      const vector = own.vectors.subarray(source * n, (source + 1) * n);
      const largest = vector.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
      for (let i = 0; i < n; i++) columns[(batch * n + i) * n + j] = largest < 0 ? -vector[i] : vector[i];
    }
  }
  const outputs = [referenceArray(a.dtype, [...batchShape, n], values)];
  return vectors ? [...outputs, referenceArray(a.dtype, a.shape, columns)] : outputs;
}
