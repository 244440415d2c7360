/** right ← matrix⁻¹ right by elimination without pivots, for a positive definite matrix `[n, n]`, which is lost, and right sides `[n, columns]`. */
export function eliminate(
  matrix: Float64Array<ArrayBuffer>,
  right: Float64Array<ArrayBuffer>,
  n: number,
  columns: number,
): void {
  for (let pivot = 0; pivot < n; pivot++)
    for (let row = pivot + 1; row < n; row++) {
      const factor = matrix[row * n + pivot] / matrix[pivot * (n + 1)];
      for (let j = pivot; j < n; j++) matrix[row * n + j] -= factor * matrix[pivot * n + j];
      for (let k = 0; k < columns; k++) right[row * columns + k] -= factor * right[pivot * columns + k];
    }
  for (let row = n - 1; row >= 0; row--)
    for (let k = 0; k < columns; k++) {
      for (let j = row + 1; j < n; j++) right[row * columns + k] -= matrix[row * n + j] * right[j * columns + k];
      right[row * columns + k] /= matrix[row * (n + 1)];
    }
}
