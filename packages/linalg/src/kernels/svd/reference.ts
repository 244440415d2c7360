import { isComplex, type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { matrixShape, realDType } from "../../matrix-shape.ts";
import { embedded, uprightTurn } from "../real-embedding.ts";
import type { SvdOptions } from "./options.ts";

/** Sweeps of Jacobi's method after which nothing is left to do in float64. */
const SWEEPS = 30;

/**
 * One-sided Jacobi (M. Hestenes, 1958): rotations that make one pair of columns after the other orthogonal; of complex matrices A + i B on [[A, −B], [B, A]], which have every singular value twice.
 * Full factors of matrices that are not square are not determined, and not computed.
 */
export function svdReference(a: ReferenceArray, { vectors }: SvdOptions): readonly ReferenceArray[] {
  const { rows, columns, batchShape, batches, dtype } = matrixShape("svd: a", a);
  const count = Math.min(rows, columns);
  const parts = isComplex(dtype) ? 2 : 1;
  const u = new Float64Array(batches * rows * count * parts);
  const s = new Float64Array(batches * count);
  const vt = new Float64Array(batches * count * columns * parts);
  for (let batch = 0; batch < batches; batch++) {
    const size = rows * columns * parts;
    const values = a.data.slice(batch * size, (batch + 1) * size) as Float64Array;
    const flat = embedded(values, rows, columns, parts);
    const width = columns * parts;
    const matrix = Array.from({ length: rows * parts }, (_, i) =>
      Array.from(flat.subarray(i * width, (i + 1) * width)),
    );
    const transposed = rows < columns;
    const triples = values.every(Number.isFinite) ? decomposed(transposed ? transpose(matrix) : matrix) : [];
    for (let k = 0; k < count; k++) {
      const nan = (length: number) => new Array<number>(length * parts).fill(Number.NaN);
      const { value, left, right } = triples[k * parts] ?? {
        value: Number.NaN,
        left: nan(Math.max(rows, columns)),
        right: nan(count),
      };
      const [uColumn, vRow] = (transposed ? [right, left] : [left, right]).map((x) => Float64Array.from(x));
      const turned = uprightTurn(uColumn, parts);
      s[batch * count + k] = value;
      for (let i = 0; i < rows; i++) {
        const element = turned(uColumn, i);
        for (let part = 0; part < parts; part++) u[((batch * rows + i) * count + k) * parts + part] = element[part];
      }
      for (let j = 0; j < columns; j++) {
        const [re, im] = turned(vRow, j);
        vt.set(parts === 2 ? [re, -im] : [re], ((batch * count + k) * columns + j) * parts);
      }
    }
  }
  const values = referenceArray(realDType(dtype), [...batchShape, count], s);
  if (!vectors) return [values];
  return [
    referenceArray(a.dtype, [...batchShape, rows, count], u),
    values,
    referenceArray(a.dtype, [...batchShape, count, columns], vt),
  ];
}

function transpose(matrix: readonly (readonly number[])[]): number[][] {
  return (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j]));
}

const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);

/** Singular values in descending order with their vectors, of a matrix with at least as many rows as columns. */
function decomposed(matrix: readonly (readonly number[])[]) {
  // Squares of the numbers must fit.
  const scale = Math.max(...matrix.flat().map(Math.abs)) || 1;
  const columns = transpose(matrix).map((column) => column.map((x) => x / scale));
  const rights = columns.map((_, i) => columns.map((__, j) => (i === j ? 1 : 0)));
  const rotate = (list: number[][], p: number, q: number, c: number, s: number) => {
    const [first, second] = [list[p], list[q]];
    list[p] = first.map((x, i) => c * x - s * second[i]);
    list[q] = second.map((x, i) => s * first[i] + c * x);
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < columns.length; p++)
      for (let q = p + 1; q < columns.length; q++) {
        const product = dot(columns[p], columns[q]);
        const [one, other] = [dot(columns[p], columns[p]), dot(columns[q], columns[q])];
        if (Math.abs(product) <= 1e-16 * Math.sqrt(one * other)) continue;
        const ratio = (other - one) / (2 * product);
        const t = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(ratio, 1));
        const c = 1 / Math.hypot(t, 1);
        rotate(columns, p, q, c, t * c);
        rotate(rights, p, q, c, t * c);
        rotated = true;
      }
    if (!rotated) break;
  }
  return columns
    .map((column, k) => {
      const value = Math.hypot(...column);
      return { value: value * scale, left: column.map((x) => x / value), right: rights[k] };
    })
    .sort((a, b) => b.value - a.value);
}
