import { InvalidInputError } from "@ansatz/tensor";
import { NotPositiveDefiniteError, SingularMatrixError } from "../errors.ts";
import type { CsrMatrix } from "./csr-matrix.ts";

/** L with ones on its diagonal, and U, on the places of A. @throws InvalidInputError unless A is square with all of its diagonal stored; SingularMatrixError when a pivot is zero. */
export function incompleteLu(a: CsrMatrix): { lower: CsrMatrix; upper: CsrMatrix } {
  const diagonal = diagonalEntries("incompleteLu: a", a);
  const { rowPointers, columnIndices } = a;
  const [n] = a.shape;
  const values = a.values.slice();
  const entryAt = new Int32Array(n).fill(-1);
  for (let row = 0; row < n; row++) {
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) entryAt[columnIndices[k]] = k;
    for (let k = rowPointers[row]; k < diagonal[row]; k++) {
      const above = columnIndices[k];
      values[k] /= values[diagonal[above]];
      for (let j = diagonal[above] + 1; j < rowPointers[above + 1]; j++) {
        const target = entryAt[columnIndices[j]];
        if (target >= 0) values[target] -= values[k] * values[j];
      }
    }
    const pivot = values[diagonal[row]];
    if (pivot === 0 || !Number.isFinite(pivot)) throw new SingularMatrixError("incompleteLu", 0, row + 1);
    for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) entryAt[columnIndices[k]] = -1;
  }
  let next = 0;
  const factors = a.map(() => values[next++]);
  return {
    lower: factors.filter((_, row, column) => column <= row).map((value, row, column) => (row === column ? 1 : value)),
    upper: factors.filter((_, row, column) => column >= row),
  };
}

/** L of A ≈ L Lᵀ, on the places of A's lower triangle. @throws InvalidInputError unless A is square with all of its diagonal stored; NotPositiveDefiniteError when a pivot is not positive. */
export function incompleteCholesky(a: CsrMatrix): CsrMatrix {
  const triangle = a.filter((_, row, column) => column <= row);
  const diagonal = diagonalEntries("incompleteCholesky: a", triangle);
  const { rowPointers, columnIndices } = triangle;
  const [n] = a.shape;
  const values = triangle.values.slice();
  const rowOf = new Float64Array(n);
  const isIn = new Uint8Array(n);
  for (let row = 0; row < n; row++) {
    for (let k = rowPointers[row]; k < diagonal[row]; k++) {
      const column = columnIndices[k];
      let sum = values[k];
      for (let j = rowPointers[column]; j < diagonal[column]; j++)
        if (isIn[columnIndices[j]]) sum -= values[j] * rowOf[columnIndices[j]];
      values[k] = sum / values[diagonal[column]];
      rowOf[column] = values[k];
      isIn[column] = 1;
    }
    let pivot = values[diagonal[row]];
    for (let k = rowPointers[row]; k < diagonal[row]; k++) {
      pivot -= values[k] ** 2;
      isIn[columnIndices[k]] = 0;
    }
    if (!(pivot > 0) || !Number.isFinite(pivot)) throw new NotPositiveDefiniteError("incompleteCholesky", 0, row + 1);
    values[diagonal[row]] = Math.sqrt(pivot);
  }
  let next = 0;
  return triangle.map(() => values[next++]);
}

/** Where the entries of the diagonal are. */
function diagonalEntries(argument: string, { shape, rowPointers, columnIndices }: CsrMatrix): Int32Array {
  if (shape[0] !== shape[1]) throw new InvalidInputError(argument, "a square matrix", `[${shape}]`);
  return Int32Array.from({ length: shape[0] }, (_, row) => {
    const entry = columnIndices.indexOf(row, rowPointers[row]);
    if (entry < 0 || entry >= rowPointers[row + 1])
      throw new InvalidInputError(argument, "a diagonal without holes", `none in row ${row}`);
    return entry;
  });
}
