import type { CsrMatrix } from "../csr-matrix.ts";

/** Not eliminated yet, or no column. */
const NONE = -1;

/** P A Q = L U by compressed columns: L with ones on its diagonal, which come first in a column; the pivot comes last in a column of U. */
export interface LuColumns {
  readonly lower: CompressedColumns;
  readonly upper: CompressedColumns;
  /** Row of A that is the k-th pivot's. */
  readonly rowOrder: Int32Array<ArrayBuffer>;
}

/** Entries of every column, in any order. */
interface CompressedColumns {
  readonly pointers: Int32Array<ArrayBuffer>;
  readonly rows: Int32Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;
}

/**
 * LU factors with partial pivoting, column after column, in time proportional to the multiplications.
 *
 * Source: Gilbert, Peierls, "Sparse partial pivoting in time proportional to arithmetic operations" (1988).
 *
 * @param columns A's columns: its transpose in compressed rows.
 * @param columnOrder which column of A comes k-th.
 * @param pivotThreshold the diagonal of A stays the pivot if it is at least so many times the largest candidate.
 * @returns the factors, or the number of the first pivot that is zero or not finite.
 */
export function factorColumns(columns: CsrMatrix, columnOrder: Int32Array, pivotThreshold: number): LuColumns | number {
  const n = columnOrder.length;
  const lower = new GrowingColumns(n, columns.entries);
  const upper = new GrowingColumns(n, columns.entries);
  const solver = new SparseSolve(n, lower);
  for (let k = 0; k < n; k++) {
    const column = columnOrder[k];
    const reached = solver.solve(columns, column);
    const { values, pivotOf } = solver;
    let [pivotRow, largest] = [NONE, 0];
    for (let at = reached; at < n; at++) {
      const row = solver.reach[at];
      const step = pivotOf[row];
      if (step !== NONE) upper.append(step, values[row]);
      // A NaN becomes the pivot, which is refused.
      else if (pivotRow === NONE || Math.abs(values[row]) > largest || Number.isNaN(values[row])) {
        if (Number.isNaN(largest)) continue;
        largest = Math.abs(values[row]);
        pivotRow = row;
      }
    }
    if (pivotRow === NONE || !(largest > 0) || largest === Number.POSITIVE_INFINITY) return k + 1;
    if (pivotOf[column] === NONE && solver.isReached(column, reached))
      if (Math.abs(values[column]) >= pivotThreshold * largest && values[column] !== 0) pivotRow = column;
    const pivot = values[pivotRow];
    pivotOf[pivotRow] = k;
    upper.append(k, pivot);
    upper.close(k);
    lower.append(pivotRow, 1);
    for (let at = reached; at < n; at++) {
      const row = solver.reach[at];
      if (pivotOf[row] === NONE) lower.append(row, values[row] / pivot);
      values[row] = 0;
    }
    lower.close(k);
  }
  const { pivotOf } = solver;
  const rowOrder = new Int32Array(n);
  for (let row = 0; row < n; row++) rowOrder[pivotOf[row]] = row;
  const [lowerColumns, upperColumns] = [lower.trimmed(), upper.trimmed()];
  return {
    lower: { ...lowerColumns, rows: lowerColumns.rows.map((row) => pivotOf[row]) },
    upper: upperColumns,
    rowOrder,
  };
}

/** Solves with the columns of L there are, for one column of A after the other. */
class SparseSolve {
  /** x, zero but for the rows reached. */
  readonly values: Float64Array;
  /** Which pivot a row is. */
  readonly pivotOf: Int32Array;
  /** From what `solve` returned to the end: rows where x is not zero, in an order in which they can be eliminated. */
  readonly reach: Int32Array;
  readonly #lower: GrowingColumns;
  readonly #seenAt: Int32Array;
  readonly #path: Int32Array;
  readonly #next: Int32Array;
  #call = 0;

  constructor(n: number, lower: GrowingColumns) {
    this.values = new Float64Array(n);
    this.pivotOf = new Int32Array(n).fill(NONE);
    this.reach = new Int32Array(n);
    this.#lower = lower;
    this.#seenAt = new Int32Array(n);
    this.#path = new Int32Array(n);
    this.#next = new Int32Array(n);
  }

  isReached(row: number, from: number): boolean {
    return from < this.reach.length && this.#seenAt[row] === this.#call;
  }

  /** x = L⁻¹ of a column. */
  solve(columns: CsrMatrix, column: number): number {
    const { values, pivotOf } = this;
    const { pointers, rows, values: factors } = this.#lower;
    const [begin, end] = [columns.rowPointers[column], columns.rowPointers[column + 1]];
    const top = this.#findReach(columns.columnIndices, begin, end);
    for (let k = begin; k < end; k++) values[columns.columnIndices[k]] = columns.values[k];
    for (let at = top; at < this.reach.length; at++) {
      const row = this.reach[at];
      const step = pivotOf[row];
      if (step === NONE) continue;
      const value = values[row];
      for (let k = pointers[step] + 1; k < pointers[step + 1]; k++) values[rows[k]] -= factors[k] * value;
    }
    return top;
  }

  /** Rows that can be reached from those of a column through columns of L, by depth-first search. */
  #findReach(start: Int32Array, begin: number, end: number): number {
    const { pivotOf, reach } = this;
    const { pointers, rows } = this.#lower;
    const call = ++this.#call;
    const [seenAt, path, next] = [this.#seenAt, this.#path, this.#next];
    let top = reach.length;
    for (let k = begin; k < end; k++) {
      if (seenAt[start[k]] === call) continue;
      let depth = 0;
      path[0] = start[k];
      seenAt[start[k]] = call;
      next[0] = pivotOf[start[k]] === NONE ? 0 : pointers[pivotOf[start[k]]] + 1;
      while (depth >= 0) {
        const row = path[depth];
        const step = pivotOf[row];
        const stop = step === NONE ? 0 : pointers[step + 1];
        let at = next[depth];
        while (at < stop && seenAt[rows[at]] === call) at++;
        if (at < stop) {
          const child = rows[at];
          next[depth] = at + 1;
          seenAt[child] = call;
          path[++depth] = child;
          next[depth] = pivotOf[child] === NONE ? 0 : pointers[pivotOf[child]] + 1;
        } else {
          reach[--top] = row;
          depth--;
        }
      }
    }
    return top;
  }
}

/** Compressed columns to which entries are appended. */
class GrowingColumns {
  readonly pointers: Int32Array<ArrayBuffer>;
  rows: Int32Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
  #end = 0;

  constructor(columns: number, entries: number) {
    this.pointers = new Int32Array(columns + 1);
    this.rows = new Int32Array(4 * entries + columns);
    this.values = new Float64Array(4 * entries + columns);
  }

  append(row: number, value: number): void {
    if (this.#end === this.rows.length) this.#grow();
    this.rows[this.#end] = row;
    this.values[this.#end++] = value;
  }

  close(column: number): void {
    this.pointers[column + 1] = this.#end;
  }

  trimmed(): CompressedColumns {
    return { pointers: this.pointers, rows: this.rows.slice(0, this.#end), values: this.values.slice(0, this.#end) };
  }

  #grow(): void {
    const rows = new Int32Array(2 * this.rows.length + 16);
    const values = new Float64Array(rows.length);
    rows.set(this.rows);
    values.set(this.values);
    this.rows = rows;
    this.values = values;
  }
}
