import type { Interval } from "./chebyshev.ts";

/** Fewest samples that a not-a-knot spline needs. */
export const FEWEST_SAMPLES = 4;

/**
 * Cubic splines (not-a-knot) through samples at the centres of `count` equal cells of an interval, evaluated anywhere in it: half a cell beyond the outermost samples at most.
 *
 * @param samples [count, columns], row-major: one spline for each column. count ≥ 4.
 * @param at points of the interval.
 * @returns [at.length, columns].
 */
export function splineValues(
  samples: ArrayLike<number>,
  count: number,
  at: ArrayLike<number>,
  [lower, upper]: Interval,
): Float64Array<ArrayBuffer> {
  const columns = samples.length / count;
  const h = (upper - lower) / count;
  const curvatures = secondDifferences(samples, count, columns);
  const values = new Float64Array(at.length * columns);
  for (let point = 0; point < at.length; point++) {
    const place = (at[point] - lower) / h - 0.5;
    const cell = Math.min(Math.max(Math.floor(place), 0), count - 2);
    const right = place - cell;
    const left = 1 - right;
    // h² is in the curvatures.
    const [a, b] = [(left ** 3 - left) / 6, (right ** 3 - right) / 6];
    const from = cell * columns;
    for (let column = 0; column < columns; column++) {
      const [low, high] = [from + column, from + columns + column];
      values[point * columns + column] =
        left * samples[low] + right * samples[high] + a * curvatures[low] + b * curvatures[high];
    }
  }
  return values;
}

/** h² times the second derivatives at the samples. On equal cells the end conditions make the outermost inner ones explicit. */
function secondDifferences(y: ArrayLike<number>, count: number, columns: number): Float64Array {
  const m = new Float64Array(count * columns);
  const last = count - 1;
  const row = (index: number) => index * columns;
  for (let i = 1; i < last; i++)
    for (let c = 0; c < columns; c++) m[row(i) + c] = 6 * (y[row(i - 1) + c] - 2 * y[row(i) + c] + y[row(i + 1) + c]);
  for (let c = 0; c < columns; c++) {
    m[row(1) + c] /= 6;
    if (last > 2) m[row(last - 1) + c] /= 6;
  }
  // M_(i−1) + 4 M_i + M_(i+1) = right side, for 2 ≤ i ≤ last − 2.
  const pivots = new Float64Array(count).fill(4);
  for (let i = 2; i <= last - 2; i++) {
    const factor = i === 2 ? 1 : 1 / pivots[i - 1];
    if (i > 2) pivots[i] = 4 - factor;
    for (let c = 0; c < columns; c++) m[row(i) + c] -= factor * m[row(i - 1) + c];
  }
  for (let i = last - 2; i >= 2; i--)
    for (let c = 0; c < columns; c++) m[row(i) + c] = (m[row(i) + c] - m[row(i + 1) + c]) / pivots[i];
  for (let c = 0; c < columns; c++) {
    m[c] = 2 * m[row(1) + c] - m[row(2) + c];
    m[row(last) + c] = 2 * m[row(last - 1) + c] - m[row(last - 2) + c];
  }
  return m;
}
