/** The real matrix [[A, −B], [B, A]] of a complex one A + i B [rows, columns] (`parts` 2), or a real one itself (`parts` 1); row-major. */
export function embedded(matrix: Float64Array, rows: number, columns: number, parts: number): Float64Array {
  if (parts === 1) return matrix;
  const result = new Float64Array(4 * rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const [re, im] = [matrix[2 * (i * columns + j)], matrix[2 * (i * columns + j) + 1]];
      const top = i * 2 * columns + j;
      const bottom = (rows + i) * 2 * columns + j;
      [result[top], result[top + columns], result[bottom], result[bottom + columns]] = [re, -im, im, re];
    }
  return result;
}

/**
 * Multiplies elements of embedded vectors (x, y), which stand for x + i y (`parts` 2; real vectors have 1), by the factor of modulus 1 that makes the largest element of a given one real and positive.
 *
 * @returns the i-th element of a vector times the factor.
 */
export function uprightTurn(
  vector: Float64Array,
  parts: number,
): (x: Float64Array, i: number) => readonly [re: number, im: number] {
  const n = vector.length / parts;
  const imaginary = (x: Float64Array, i: number) => (parts === 2 ? x[x.length / 2 + i] : 0);
  const size = (i: number) => Math.hypot(vector[i], imaginary(vector, i));
  let best = 0;
  for (let i = 1; i < n; i++) if (size(i) > size(best)) best = i;
  const length = size(best);
  const [fr, fi] = length === 0 ? [1, 0] : [vector[best] / length, -imaginary(vector, best) / length];
  return (x, i) => {
    const [re, im] = [x[i], imaginary(x, i)];
    return [re * fr - im * fi, re * fi + im * fr];
  };
}
