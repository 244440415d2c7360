import { isComplex, type ReferenceArray, referenceArray } from "@ansatz/tensor";

/** Which candidate is next, from the residuals of all and their sum. */
type Pick = (residuals: Float64Array, total: number, step: number) => number;

/**
 * The exact sequential sampler on the host: each candidate with probability its residual norm², which is then projected out of all others.
 *
 * @param features [m, M] rows of orthonormal functions, row-major; with `parts` 2 of complex numbers.
 */
export function chooseCandidates(
  features: Float64Array,
  size: number,
  count: number,
  parts: number,
  pick: Pick,
): Int32Array {
  const chosen = new Int32Array(size);
  const residuals = new Float64Array(count);
  for (let j = 0; j < size; j++)
    for (let at = 0; at < count * parts; at++)
      residuals[Math.floor(at / parts)] += features[j * count * parts + at] ** 2;
  const directions: Float64Array[] = [];
  for (let step = 0; step < size; step++) {
    const total = residuals.reduce((sum, residual) => sum + residual, 0);
    const index = pick(residuals, total, step);
    chosen[step] = index;
    const direction = new Float64Array(size * parts);
    for (let j = 0; j < size; j++)
      for (let part = 0; part < parts; part++)
        direction[j * parts + part] = features[(j * count + index) * parts + part];
    // Twice, against rounding.
    for (const other of [...directions, ...directions]) subtractProjection(direction, other, parts);
    const length = Math.hypot(...direction);
    directions.push(direction.map((value) => value / length));
    const along = innerProducts(directions[step], features, count, parts);
    for (let i = 0; i < count; i++)
      residuals[i] = Math.max(0, residuals[i] - along[i * parts] ** 2 - (parts === 2 ? along[2 * i + 1] ** 2 : 0));
    residuals[index] = 0;
  }
  return chosen;
}

/** x − (uᴴ x) u for a unit vector u. */
function subtractProjection(x: Float64Array, u: Float64Array, parts: number): void {
  const [re, im = 0] = innerProducts(u, x, 1, parts);
  for (let j = 0; j < x.length; j += parts) {
    const imaginary = parts === 2 ? u[j + 1] : 0;
    x[j] -= re * u[j] - im * imaginary;
    if (parts === 2) x[j + 1] -= re * imaginary + im * u[j];
  }
}

/** uᴴ times each column of a matrix [m, count]. */
function innerProducts(u: Float64Array, matrix: Float64Array, count: number, parts: number): Float64Array {
  const sums = new Float64Array(count * parts);
  for (let j = 0; j < u.length / parts; j++) {
    const row = j * count * parts;
    if (parts === 1) for (let i = 0; i < count; i++) sums[i] += u[j] * matrix[row + i];
    else
      for (let i = 0; i < 2 * count; i += 2) {
        sums[i] += u[2 * j] * matrix[row + i] + u[2 * j + 1] * matrix[row + i + 1];
        sums[i + 1] += u[2 * j] * matrix[row + i + 1] - u[2 * j + 1] * matrix[row + i];
      }
  }
  return sums;
}

/** The first candidate with which the sum of residuals exceeds a share of the total; where rounding leaves none, the last that is not zero. */
export function searchShare(residuals: Float64Array, total: number, share: number): number {
  let sum = 0;
  for (let i = 0; i < residuals.length; i++) {
    sum += residuals[i];
    if (sum > share * total) return i;
  }
  return Math.max(
    0,
    residuals.findLastIndex((residual) => residual > 0),
  );
}

export function projectionProcessReference([features, uniforms]: readonly ReferenceArray[]): readonly ReferenceArray[] {
  const [size, count] = features.shape;
  const [samples] = uniforms.shape;
  const parts = isComplex(features.dtype) ? 2 : 1;
  const chosen = Array.from({ length: samples }, (_, sample) =>
    chooseCandidates(features.data as Float64Array, size, count, parts, (residuals, total, step) =>
      searchShare(residuals, total, uniforms.data[sample * size + step]),
    ),
  );
  return [
    referenceArray(
      "int32",
      [samples, size],
      chosen.flatMap((each) => Array.from(each)),
    ),
  ];
}
