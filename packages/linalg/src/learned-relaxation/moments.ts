import { jacobiEigen } from "../kernels/eigen-symmetric/jacobi.ts";

/** What least squares needs to know of a history: Φᵀ Φ [m, m], Φᵀ y [m], Σ y². */
export interface Moments {
  readonly gram: Float64Array;
  readonly right: Float64Array;
  readonly square: number;
  readonly rounds: number;
}

/** Eigenvalues below this share of the largest count as zero: squares of singular values, so that those below 10⁻⁶ of the largest do. */
const RANK_TOLERANCE = 1e-12;

/** The shortest θ with the least ‖Φ θ − y / scale‖, by the eigenvalues of Φᵀ Φ. */
export function shortestLeastSquares({ gram, right }: Moments, scale: number): Float64Array {
  const m = right.length;
  const { values, vectors } = jacobiEigen(gram, m);
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  const theta = new Float64Array(m);
  for (let k = 0; k < m; k++) {
    if (values[k] <= RANK_TOLERANCE * largest) continue;
    let along = 0;
    for (let j = 0; j < m; j++) along += vectors[k * m + j] * right[j];
    for (let j = 0; j < m; j++) theta[j] += (vectors[k * m + j] * along) / (values[k] * scale);
  }
  return theta;
}

/** The θ of least ‖Φ θ − y / scale‖ with |θ_j| ≤ bounds[j], by projected coordinate descent. */
export function boundedLeastSquares(
  { gram, right }: Moments,
  scale: number,
  bounds: Float64Array,
  start: Float64Array,
): Float64Array {
  const m = right.length;
  const theta = start.map((value, j) => Math.min(bounds[j], Math.max(-bounds[j], value)));
  for (let sweep = 0; sweep < 500; sweep++) {
    let moved = 0;
    for (let j = 0; j < m; j++) {
      let slope = -right[j] / scale;
      for (let k = 0; k < m; k++) slope += gram[j * m + k] * theta[k];
      const next = Math.min(bounds[j], Math.max(-bounds[j], theta[j] - slope / gram[j * m + j]));
      // A feature that was zero throughout says nothing of its coefficient.
      if (!Number.isFinite(next)) continue;
      moved = Math.max(moved, Math.abs(next - theta[j]) / bounds[0]);
      theta[j] = next;
    }
    if (moved < 1e-9) break;
  }
  return theta;
}

/** ‖Φ θ − y / scale‖². */
export function quadratic({ gram, right, square }: Moments, scale: number, theta: Float64Array): number {
  const m = right.length;
  let sum = square / scale ** 2;
  for (let j = 0; j < m; j++) {
    sum -= (2 * theta[j] * right[j]) / scale;
    for (let k = 0; k < m; k++) sum += theta[j] * gram[j * m + k] * theta[k];
  }
  return Math.max(0, sum);
}
