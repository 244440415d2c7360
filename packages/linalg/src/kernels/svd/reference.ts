import { type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { matrixShape } from "../../matrix-shape.ts";
import type { SvdOptions } from "./options.ts";

/** Sweeps of Jacobi's method after which nothing is left to do in float64. */
const SWEEPS = 30;

/** One-sided Jacobi (M. Hestenes, 1958): rotations that make one pair of columns after the other orthogonal. Full factors of matrices that are not square are not determined, and not computed. */
export function svdReference(a: ReferenceArray, { vectors }: SvdOptions): readonly ReferenceArray[] {
  const { rows, columns, batchShape, batches } = matrixShape("svd: a", a);
  const count = Math.min(rows, columns);
  const u = new Float64Array(batches * rows * count);
  const s = new Float64Array(batches * count);
  const vt = new Float64Array(batches * count * columns);
  for (let batch = 0; batch < batches; batch++) {
    const matrix = Array.from({ length: rows }, (_, i) =>
      Array.from(a.data.subarray((batch * rows + i) * columns, (batch * rows + i + 1) * columns)),
    );
    const known = matrix.every((row) => row.every(Number.isFinite));
    const transposed = rows < columns;
    const triples = known ? decomposed(transposed ? transpose(matrix) : matrix) : [];
    for (let k = 0; k < count; k++) {
      const nan = (length: number) => new Array<number>(length).fill(Number.NaN);
      const { value, left, right } = triples[k] ?? {
        value: Number.NaN,
        left: nan(Math.max(rows, columns)),
        right: nan(count),
      };
      const [uColumn, vRow] = transposed ? [right, left] : [left, right];
      const largest = uColumn.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
      const sign = largest < 0 ? -1 : 1;
      s[batch * count + k] = value;
      for (let i = 0; i < rows; i++) u[(batch * rows + i) * count + k] = sign * uColumn[i];
      for (let j = 0; j < columns; j++) vt[(batch * count + k) * columns + j] = sign * vRow[j];
    }
  }
  const values = referenceArray(a.dtype, [...batchShape, count], s);
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
