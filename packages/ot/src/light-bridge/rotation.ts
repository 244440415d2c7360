/**
 * Q ← Q (I − Ω/2)⁻¹ (I + Ω/2) with the skew matrix Ω whose upper triangle, row by row, is given: Cayley's transform, which keeps Q orthogonal to rounding and agrees with exp(Ω) to
 * second order. Elimination needs no pivots: the symmetric part of I − Ω/2 is the identity.
 */
export function rotate(matrix: Float64Array<ArrayBuffer>, dimension: number, upperTriangle: ArrayLike<number>): void {
  const left = new Float64Array(dimension * dimension);
  const right = new Float64Array(dimension * dimension);
  for (let i = 0, pair = 0; i < dimension; i++) {
    left[i * dimension + i] = 1;
    right[i * dimension + i] = 1;
    for (let j = i + 1; j < dimension; j++, pair++) {
      const half = upperTriangle[pair] / 2;
      left[i * dimension + j] = -half;
      left[j * dimension + i] = half;
      right[i * dimension + j] = half;
      right[j * dimension + i] = -half;
    }
  }
  solveInPlace(left, right, dimension);
  const rows = Float64Array.from(matrix);
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j < dimension; j++) {
      let sum = 0;
      for (let m = 0; m < dimension; m++) sum += rows[i * dimension + m] * right[m * dimension + j];
      matrix[i * dimension + j] = sum;
    }
}

/** Replaces `right` by left⁻¹ right, Gaussian elimination without pivots. */
function solveInPlace(left: Float64Array<ArrayBuffer>, right: Float64Array<ArrayBuffer>, dimension: number): void {
  for (let pivot = 0; pivot < dimension; pivot++) {
    for (let row = pivot + 1; row < dimension; row++) {
      const factor = left[row * dimension + pivot] / left[pivot * dimension + pivot];
      if (factor === 0) continue;
      for (let j = pivot; j < dimension; j++) left[row * dimension + j] -= factor * left[pivot * dimension + j];
      for (let j = 0; j < dimension; j++) right[row * dimension + j] -= factor * right[pivot * dimension + j];
    }
  }
  for (let row = dimension - 1; row >= 0; row--)
    for (let j = 0; j < dimension; j++) {
      let value = right[row * dimension + j];
      for (let m = row + 1; m < dimension; m++) value -= left[row * dimension + m] * right[m * dimension + j];
      right[row * dimension + j] = value / left[row * dimension + row];
    }
}
