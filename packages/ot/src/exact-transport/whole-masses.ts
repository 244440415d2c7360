/** What a mass of 1 becomes: sums of whole numbers up to twice this are exact in float64. */
const UNIT = 2 ** 52;

/**
 * Both marginals in whole numbers with the same sum, so that flows are exact: an arc is empty or it is not, and degenerate pivots are seen as such.
 * No mass moves by more than half of 2⁻⁵², but for those that are smaller than that, which become 1, and for the largest mass of one side, which takes up the rounding of the others.
 */
export function wholeMasses(rows: Float64Array, columns: Float64Array): readonly [Float64Array, Float64Array] {
  const sides = [rows, columns].map((masses) => masses.map((mass) => Math.max(1, Math.round(mass * UNIT))));
  const [rowSum, columnSum] = sides.map((masses) => masses.reduce((total, mass) => total + mass, 0));
  const smaller = rowSum < columnSum ? sides[0] : sides[1];
  smaller[smaller.indexOf(smaller.reduce((largest, mass) => Math.max(largest, mass)))] += Math.abs(rowSum - columnSum);
  return [sides[0], sides[1]];
}
