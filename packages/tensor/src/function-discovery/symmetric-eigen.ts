/** Sweeps after which a small matrix is diagonal to the last digit; they end earlier where it is. */
const MOST_SWEEPS = 30;

/** Eigenvalues of a small symmetric matrix, row-major, and its eigenvectors as columns; by cyclic Jacobi rotations. */
export function symmetricEigen(
  matrix: ArrayLike<number>,
  size: number,
): { readonly values: number[]; readonly vectors: Float64Array } {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let isDiagonal = true;
    for (let p = 0; p < size; p++)
      for (let q = p + 1; q < size; q++) {
        const off = a[p * size + q];
        const [app, aqq] = [a[p * size + p], a[q * size + q]];
        if (Math.abs(off) <= 1e-17 * Math.sqrt(Math.abs(app * aqq)) || off === 0) continue;
        isDiagonal = false;
        const theta = (aqq - app) / (2 * off);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const cosine = 1 / Math.sqrt(t * t + 1);
        rotate(a, vectors, size, p, q, cosine, t * cosine);
      }
    if (isDiagonal) break;
  }
  return { values: Array.from({ length: size }, (_, i) => a[i * size + i]), vectors };
}

function rotate(
  a: Float64Array,
  vectors: Float64Array,
  size: number,
  p: number,
  q: number,
  cosine: number,
  sine: number,
): void {
  const turn = (array: Float64Array, at: number, other: number) => {
    const [first, second] = [array[at], array[other]];
    array[at] = cosine * first - sine * second;
    array[other] = sine * first + cosine * second;
  };
  for (let i = 0; i < size; i++) turn(a, i * size + p, i * size + q);
  for (let i = 0; i < size; i++) turn(a, p * size + i, q * size + i);
  for (let i = 0; i < size; i++) turn(vectors, i * size + p, i * size + q);
}
