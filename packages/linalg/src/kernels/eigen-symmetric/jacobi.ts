/** Sweeps of Jacobi's method after which nothing is left to do in float64. */
const SWEEPS = 30;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix [n, n] on the host, in no order, by Jacobi's method: rotations that make one pair of elements after the other zero. For some tens of rows.
 *
 * @returns vectors as rows: row k belongs to value k.
 */
export function jacobiEigen(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const vectors = Float64Array.from({ length: n * n }, (_, index) => (index % (n + 1) === 0 ? 1 : 0));
  const rotate = (x: Float64Array, i: number, j: number, c: number, s: number) => {
    const [first, second] = [x[i], x[j]];
    x[i] = c * first - s * second;
    x[j] = s * first + c * second;
  };
  let isDiagonal = false;
  for (let sweep = 0; sweep < SWEEPS && !isDiagonal; sweep++) {
    isDiagonal = true;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (a[p * n + q] === 0) continue;
        isDiagonal = false;
        const ratio = (a[q * (n + 1)] - a[p * (n + 1)]) / (2 * a[p * n + q]);
        const t = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(ratio, 1));
        const c = 1 / Math.hypot(t, 1);
        for (let k = 0; k < n; k++) rotate(a, p * n + k, q * n + k, c, t * c);
        for (let k = 0; k < n; k++) rotate(a, k * n + p, k * n + q, c, t * c);
        for (let k = 0; k < n; k++) rotate(vectors, p * n + k, q * n + k, c, t * c);
        a[p * n + q] = a[q * n + p] = 0;
      }
  }
  return { values: Float64Array.from({ length: n }, (_, k) => a[k * (n + 1)]), vectors };
}
