import { isComplex, type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { realDType, squareShape } from "../../matrix-shape.ts";
import { embedded, uprightTurn } from "../real-embedding.ts";
import { jacobiEigen } from "./jacobi.ts";
import type { EigenSymmetricOptions } from "./options.ts";

/** Jacobi's method; of Hermitian matrices A + i B on the symmetric ones [[A, −B], [B, A]], which have every eigenvalue twice. */
export function eigenSymmetricReference(
  a: ReferenceArray,
  { vectors }: EigenSymmetricOptions,
): readonly ReferenceArray[] {
  const { rows: n, batchShape, batches, dtype } = squareShape("eigenSymmetric: a", a);
  const parts = isComplex(dtype) ? 2 : 1;
  const values = new Float64Array(batches * n);
  const columns = new Float64Array(batches * n * n * parts);
  for (let batch = 0; batch < batches; batch++) {
    const lower = a.data.slice(batch * n * n * parts, (batch + 1) * n * n * parts) as Float64Array;
    for (let i = 0; i < n; i++)
      for (let j = i; j < n; j++)
        for (let part = 0; part < parts; part++) {
          const mirrored = lower[(j * n + i) * parts + part];
          lower[(i * n + j) * parts + part] = part === 0 ? mirrored : i === j ? 0 : -mirrored;
        }
    if (!lower.every(Number.isFinite)) {
      values.fill(Number.NaN, batch * n, (batch + 1) * n);
      columns.fill(Number.NaN, batch * n * n * parts, (batch + 1) * n * n * parts);
      continue;
    }
    const own = jacobiEigen(embedded(lower, n, n, parts), n * parts);
    const order = Array.from(own.values, (_, i) => i).sort((i, j) => own.values[i] - own.values[j]);
    for (let j = 0; j < n; j++) {
      const source = order[j * parts];
      values[batch * n + j] = own.values[source];
      const vector = own.vectors.subarray(source * n * parts, (source + 1) * n * parts);
      const turned = uprightTurn(vector, parts);
      for (let i = 0; i < n; i++)
        for (let part = 0; part < parts; part++)
          columns[((batch * n + i) * n + j) * parts + part] = turned(vector, i)[part];
    }
  }
  const outputs = [referenceArray(realDType(dtype), [...batchShape, n], values)];
  return vectors ? [...outputs, referenceArray(a.dtype, a.shape, columns)] : outputs;
}
