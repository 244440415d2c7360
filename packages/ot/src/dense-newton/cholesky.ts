/**
 * Solves A x = b in place for a symmetric positive definite A, of which the lower triangle is read and overwritten by its Cholesky factor.
 * @param matrix A, row-major `[n, n]`.
 * @param vector b, then x.
 * @returns false, with both overwritten, when a pivot is not positive.
 */
export function choleskySolve(matrix: Float64Array, vector: Float64Array): boolean {
  const size = vector.length;
  for (let i = 0; i < size; i++) {
    const row = matrix.subarray(i * size, i * size + i + 1);
    for (let j = 0; j <= i; j++) {
      const other = matrix.subarray(j * size, j * size + j + 1);
      let rest = row[j];
      for (let k = 0; k < j; k++) rest -= row[k] * other[k];
      if (j < i) row[j] = rest / other[j];
      else if (rest > 0) row[i] = Math.sqrt(rest);
      else return false;
    }
  }
  for (let i = 0; i < size; i++) {
    let rest = vector[i];
    for (let k = 0; k < i; k++) rest -= matrix[i * size + k] * vector[k];
    vector[i] = rest / matrix[i * size + i];
  }
  for (let i = size - 1; i >= 0; i--) {
    let rest = vector[i];
    for (let k = i + 1; k < size; k++) rest -= matrix[k * size + i] * vector[k];
    vector[i] = rest / matrix[i * size + i];
  }
  return true;
}
