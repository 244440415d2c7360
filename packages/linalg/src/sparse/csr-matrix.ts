import { InvalidInputError } from "@ansatz/tensor";

/** Entries of a sparse matrix, one after the other: those at the same place are added up. */
export interface Coordinates {
  readonly rows: ArrayLike<number>;
  readonly columns: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/**
 * A sparse matrix in compressed rows, in float64 on the host; never changed. Columns ascend within a row and do not repeat; entries that are zero may be stored.
 * `sparseOperator` brings it to a device.
 */
export class CsrMatrix {
  readonly shape: readonly [rows: number, columns: number];
  /** Row i has the entries from `rowPointers[i]` to before `rowPointers[i + 1]`. */
  readonly rowPointers: Int32Array<ArrayBuffer>;
  readonly columnIndices: Int32Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;

  private constructor(
    shape: readonly [number, number],
    rowPointers: Int32Array,
    columnIndices: Int32Array,
    values: Float64Array,
  ) {
    this.shape = shape;
    this.rowPointers = rowPointers as Int32Array<ArrayBuffer>;
    this.columnIndices = columnIndices as Int32Array<ArrayBuffer>;
    this.values = values as Float64Array<ArrayBuffer>;
  }

  /**
   * Assembles a matrix from its entries in any order (COO); what is at the same place is added up, in the order given.
   * @throws InvalidInputError when lists differ in length, or a place is not within the shape.
   */
  static fromCoordinates(shape: readonly [number, number], { rows, columns, values }: Coordinates): CsrMatrix {
    checkExtents(shape);
    if (rows.length !== values.length || columns.length !== values.length)
      throw new InvalidInputError("CsrMatrix: coordinates", "as many rows and columns as values", [
        rows.length,
        columns.length,
        values.length,
      ]);
    const counts = new Int32Array(shape[0] + 1);
    for (let k = 0; k < values.length; k++) {
      checkPlace("rows", rows[k], shape[0], k);
      checkPlace("columns", columns[k], shape[1], k);
      counts[rows[k] + 1]++;
    }
    for (let row = 0; row < shape[0]; row++) counts[row + 1] += counts[row];
    // Sorted by row, in the order given.
    const next = counts.slice(0, shape[0]);
    const order = new Int32Array(values.length);
    for (let k = 0; k < values.length; k++) order[next[rows[k]]++] = k;
    const pointers = new Int32Array(shape[0] + 1);
    const columnIndices: number[] = [];
    const kept: number[] = [];
    for (let row = 0; row < shape[0]; row++) {
      const own = Array.from(order.subarray(counts[row], counts[row + 1])).sort(
        (a, b) => columns[a] - columns[b] || a - b,
      );
      for (const k of own) {
        if (columnIndices.length > pointers[row] && columnIndices.at(-1) === columns[k])
          kept[kept.length - 1] += values[k];
        else {
          columnIndices.push(columns[k]);
          kept.push(values[k]);
        }
      }
      pointers[row + 1] = kept.length;
    }
    return new CsrMatrix([...shape], pointers, Int32Array.from(columnIndices), Float64Array.from(kept));
  }

  /**
   * A matrix from what it consists of, as SciPy's `csr_matrix((data, indices, indptr))` does; columns may be in any order within a row. The arrays are copied.
   * @throws InvalidInputError when pointers do not ascend from 0 to the number of entries, or a column is not within the shape or twice in a row.
   */
  static fromCompressedRows(
    shape: readonly [number, number],
    {
      rowPointers,
      columnIndices,
      values,
    }: {
      readonly rowPointers: ArrayLike<number>;
      readonly columnIndices: ArrayLike<number>;
      readonly values: ArrayLike<number>;
    },
  ): CsrMatrix {
    checkExtents(shape);
    const [rows, columns] = shape;
    const pointers = Int32Array.from(rowPointers);
    if (columnIndices.length !== values.length)
      throw new InvalidInputError("CsrMatrix: columnIndices", `${values.length}, one per value`, columnIndices.length);
    if (
      pointers.length !== rows + 1 ||
      pointers[0] !== 0 ||
      pointers[rows] !== values.length ||
      pointers.some((pointer, row) => row > 0 && pointer < pointers[row - 1])
    )
      throw new InvalidInputError(
        "CsrMatrix: rowPointers",
        `${rows + 1} that ascend from 0 to ${values.length}`,
        pointers,
      );
    for (let k = 0; k < values.length; k++) checkPlace("columnIndices", columnIndices[k], columns, k);
    const unsorted = new CsrMatrix(
      [rows, columns],
      pointers,
      Int32Array.from(columnIndices),
      Float64Array.from(values),
    );
    const sorted = unsorted.transpose().transpose();
    for (let row = 0; row < rows; row++)
      for (let k = pointers[row] + 1; k < pointers[row + 1]; k++)
        if (sorted.columnIndices[k] === sorted.columnIndices[k - 1])
          throw new InvalidInputError(
            "CsrMatrix: columnIndices",
            "each column once in a row",
            `${sorted.columnIndices[k]} twice in row ${row}`,
          );
    return sorted;
  }

  /** The entries of a dense matrix, row-major, that are not zero. @throws InvalidInputError when its length is not that of the shape. */
  static fromDense(shape: readonly [number, number], values: ArrayLike<number>): CsrMatrix {
    checkExtents(shape);
    const [rows, columns] = shape;
    if (values.length !== rows * columns)
      throw new InvalidInputError("CsrMatrix: values", `${rows * columns} numbers`, values.length);
    const places = Array.from({ length: values.length }, (_, k) => k).filter((k) => values[k] !== 0);
    return CsrMatrix.fromCoordinates(shape, {
      rows: places.map((k) => Math.floor(k / columns)),
      columns: places.map((k) => k % columns),
      values: places.map((k) => values[k]),
    });
  }

  /** The unit matrix times a number. */
  static identity(size: number, factor = 1): CsrMatrix {
    const places = Int32Array.from({ length: size }, (_, k) => k);
    return CsrMatrix.fromCoordinates([size, size], { rows: places, columns: places, values: places.map(() => 1) }).map(
      (value) => value * factor,
    );
  }

  /** Stored entries. */
  get entries(): number {
    return this.values.length;
  }

  /** Row of every entry. */
  rowIndices(): Int32Array<ArrayBuffer> {
    const rows = new Int32Array(this.entries);
    for (let row = 0; row < this.shape[0]; row++) rows.fill(row, this.rowPointers[row], this.rowPointers[row + 1]);
    return rows;
  }

  toCoordinates(): Coordinates {
    return { rows: this.rowIndices(), columns: this.columnIndices.slice(), values: this.values.slice() };
  }

  /** All entries, row-major. */
  toDense(): Float64Array<ArrayBuffer> {
    const dense = new Float64Array(this.shape[0] * this.shape[1]);
    for (const [k, row] of this.rowIndices().entries())
      dense[row * this.shape[1] + this.columnIndices[k]] = this.values[k];
    return dense;
  }

  /** The entry at a place, 0 where none is stored. */
  at(row: number, column: number): number {
    let [low, high] = [this.rowPointers[row], this.rowPointers[row + 1] - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.columnIndices[middle] === column) return this.values[middle];
      if (this.columnIndices[middle] < column) low = middle + 1;
      else high = middle - 1;
    }
    return 0;
  }

  /** Entries (i, i). */
  diagonal(): Float64Array<ArrayBuffer> {
    return Float64Array.from({ length: Math.min(...this.shape) }, (_, k) => this.at(k, k));
  }

  /** Another value for every stored entry. */
  map(f: (value: number, row: number, column: number) => number): CsrMatrix {
    const rows = this.rowIndices();
    const values = this.values.map((value, k) => f(value, rows[k], this.columnIndices[k]));
    return new CsrMatrix(this.shape, this.rowPointers, this.columnIndices, values);
  }

  /** The stored entries for which `keeps` says so. */
  filter(keeps: (value: number, row: number, column: number) => boolean): CsrMatrix {
    const rows = this.rowIndices();
    const kept = Array.from(rows.keys()).filter((k) => keeps(this.values[k], rows[k], this.columnIndices[k]));
    return CsrMatrix.fromCoordinates(this.shape, {
      rows: kept.map((k) => rows[k]),
      columns: kept.map((k) => this.columnIndices[k]),
      values: kept.map((k) => this.values[k]),
    });
  }

  /** Aᵀ; of a matrix in compressed rows, the same one in compressed columns (CSC). */
  transpose(): CsrMatrix {
    const [rows, columns] = this.shape;
    const pointers = new Int32Array(columns + 1);
    for (const column of this.columnIndices) pointers[column + 1]++;
    for (let column = 0; column < columns; column++) pointers[column + 1] += pointers[column];
    const next = pointers.slice(0, columns);
    const rowIndices = new Int32Array(this.entries);
    const values = new Float64Array(this.entries);
    for (let row = 0; row < rows; row++)
      for (let k = this.rowPointers[row]; k < this.rowPointers[row + 1]; k++) {
        const target = next[this.columnIndices[k]]++;
        rowIndices[target] = row;
        values[target] = this.values[k];
      }
    return new CsrMatrix([columns, rows], pointers, rowIndices, values);
  }

  /** A + B. @throws InvalidInputError when shapes differ. */
  add(other: CsrMatrix): CsrMatrix {
    if (this.shape.join() !== other.shape.join())
      throw new InvalidInputError("CsrMatrix.add: other", `shape [${this.shape}]`, `[${other.shape}]`);
    const [a, b] = [this.toCoordinates(), other.toCoordinates()];
    return CsrMatrix.fromCoordinates(this.shape, {
      rows: [...Array.from(a.rows), ...Array.from(b.rows)],
      columns: [...Array.from(a.columns), ...Array.from(b.columns)],
      values: [...Array.from(a.values), ...Array.from(b.values)],
    });
  }

  /**
   * A B, row by row. @throws InvalidInputError when extents do not fit.
   * Source: Gustavson, "Two fast algorithms for sparse matrices" (1978).
   */
  multiply(other: CsrMatrix): CsrMatrix {
    const [rows, inner] = this.shape;
    if (other.shape[0] !== inner)
      throw new InvalidInputError("CsrMatrix.multiply: other", `${inner} rows`, `[${other.shape}]`);
    const pointers = new Int32Array(rows + 1);
    const columnIndices: number[] = [];
    const values: number[] = [];
    const sums = new Float64Array(other.shape[1]);
    const seenAt = new Int32Array(other.shape[1]).fill(-1);
    for (let row = 0; row < rows; row++) {
      const found: number[] = [];
      for (let entry = this.rowPointers[row]; entry < this.rowPointers[row + 1]; entry++) {
        const middle = this.columnIndices[entry];
        for (let k = other.rowPointers[middle]; k < other.rowPointers[middle + 1]; k++) {
          const column = other.columnIndices[k];
          if (seenAt[column] !== row) {
            seenAt[column] = row;
            sums[column] = 0;
            found.push(column);
          }
          sums[column] += this.values[entry] * other.values[k];
        }
      }
      for (const column of found.sort((a, b) => a - b)) {
        columnIndices.push(column);
        values.push(sums[column]);
      }
      pointers[row + 1] = values.length;
    }
    return new CsrMatrix([rows, other.shape[1]], pointers, Int32Array.from(columnIndices), Float64Array.from(values));
  }
}

function checkExtents(shape: readonly [number, number]): void {
  if (shape.length !== 2 || !shape.every((extent) => Number.isInteger(extent) && extent >= 0))
    throw new InvalidInputError("CsrMatrix: shape", "two integers ≥ 0", shape);
}

function checkPlace(name: string, place: number, extent: number, entry: number): void {
  if (!Number.isInteger(place) || place < 0 || place >= extent)
    throw new InvalidInputError(`CsrMatrix: ${name}[${entry}]`, `an integer in [0, ${extent})`, place);
}
