/** Eigenvalues and vectors of a symmetric matrix [m, m] of some tens of rows on the host, by Jacobi's rotations, in no order; column k of the vectors belongs to value k. */
export function smallSymmetricEigen(matrix: Float64Array, m: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const vectors = Float64Array.from({ length: m * m }, (_, at) => (at % (m + 1) === 0 ? 1 : 0));
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < m; p++)
      for (let q = p + 1; q < m; q++) {
        const here = a[p * m + q];
        off += here * here;
        if (here === 0) continue;
        const theta = (a[q * m + q] - a[p * m + p]) / (2 * here);
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        rotate(a, m, p, q, c, t * c);
        for (let k = 0; k < m; k++) {
          const [x, y] = [vectors[k * m + p], vectors[k * m + q]];
          vectors[k * m + p] = c * x - t * c * y;
          vectors[k * m + q] = t * c * x + c * y;
        }
      }
    if (off < 1e-300) break;
  }
  return { values: Float64Array.from({ length: m }, (_, k) => a[k * m + k]), vectors };
}

/** Rows and columns p and q of a symmetric matrix, turned. */
function rotate(a: Float64Array, m: number, p: number, q: number, c: number, s: number): void {
  for (let k = 0; k < m; k++) {
    const [x, y] = [a[k * m + p], a[k * m + q]];
    a[k * m + p] = c * x - s * y;
    a[k * m + q] = s * x + c * y;
  }
  for (let k = 0; k < m; k++) {
    const [x, y] = [a[p * m + k], a[q * m + k]];
    a[p * m + k] = c * x - s * y;
    a[q * m + k] = s * x + c * y;
  }
}
