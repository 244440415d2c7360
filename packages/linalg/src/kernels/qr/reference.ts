import { isComplex, type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { matrixShape } from "../../matrix-shape.ts";
import { type Complex, complexArray, complexElements, conjugateOf, minus, times } from "../complex-numbers.ts";
import type { QrOptions } from "./options.ts";

/** Householder reflections, one column at a time; the columns of A are taken in order, or with pivoting always the longest one that is left. */
export function qrReference(a: ReferenceArray, options: QrOptions): readonly ReferenceArray[] {
  if (isComplex(a.dtype)) return complexReference(a, options);
  const { full, pivoting } = options;
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

/**
 * Gram–Schmidt orthogonalisation, twice for each column, of matrices whose first columns (or, with pivoting, longest ones) are linearly independent or zero at the end.
 * Full factors of matrices with more rows than columns are not determined, and not computed.
 */
function complexReference(a: ReferenceArray, { pivoting }: QrOptions): readonly ReferenceArray[] {
  const { rows, columns, batchShape, batches } = matrixShape("qr: a", a);
  const count = Math.min(rows, columns);
  const elements = complexElements(a);
  const zeros = (length: number) => Array.from({ length }, (): Complex => [0, 0]);
  const q = zeros(batches * rows * count);
  const r = zeros(batches * count * columns);
  const order = new Int32Array(batches * columns);
  for (let batch = 0; batch < batches; batch++) {
    const matrix = Array.from({ length: columns }, (_, j) =>
      Array.from({ length: rows }, (__, i) => elements[(batch * rows + i) * columns + j]),
    );
    const left = matrix.map((column) => column.slice());
    const places = matrix.map((_, j) => j);
    const basis: Complex[][] = [];
    for (let k = 0; k < count; k++) {
      if (pivoting) {
        const longest = Math.max(...left.slice(k).map(lengthOf));
        const best = left.findIndex((column, j) => j >= k && lengthOf(column) === longest);
        for (const list of [left, matrix, places] as unknown[][]) [list[k], list[best]] = [list[best], list[k]];
      }
      const length = lengthOf(left[k]);
      const unit = length === 0 ? left[k].map((_, i): Complex => [i === k ? 1 : 0, 0]) : left[k];
      basis.push(unit.map(([re, im]): Complex => [re / (length || 1), im / (length || 1)]));
      for (let j = k + 1; j < columns; j++)
        for (let twice = 0; twice < 2; twice++) for (const vector of basis) left[j] = beside(vector, left[j]);
    }
    for (const [k, vector] of basis.entries()) {
      for (let i = 0; i < rows; i++) q[(batch * rows + i) * count + k] = vector[i];
      for (let j = k; j < columns; j++) r[(batch * count + k) * columns + j] = innerProduct(vector, matrix[j]);
      // Real, but for rounding.
      const diagonal = (batch * count + k) * columns + k;
      r[diagonal] = [r[diagonal][0], 0];
    }
    order.set(places, batch * columns);
  }
  const factors = [
    complexArray(a.dtype, [...batchShape, rows, count], q),
    complexArray(a.dtype, [...batchShape, count, columns], r),
  ];
  return pivoting ? [...factors, referenceArray("int32", [...batchShape, columns], order)] : factors;
}

const lengthOf = (x: readonly Complex[]) => Math.hypot(...x.flat());

function innerProduct(x: readonly Complex[], y: readonly Complex[]): Complex {
  let [re, im] = [0, 0];
  for (const [i, value] of x.entries()) {
    const term = times(conjugateOf(value), y[i]);
    re += term[0];
    im += term[1];
  }
  return [re, im];
}

/** y without its part along a unit vector x. */
function beside(x: readonly Complex[], y: readonly Complex[]): Complex[] {
  const share = innerProduct(x, y);
  return y.map((value, i) => minus(value, times(share, x[i])));
}
