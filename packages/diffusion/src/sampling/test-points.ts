/** x_T of the error figures: (0.7, −1.3) and (2, 0.1). */
export const TEST_NOISE = Float64Array.from([0.7, -1.3, 2.0, 0.1]);

/** max |a − b|. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index])), 0);
}
