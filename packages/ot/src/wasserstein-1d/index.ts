import { InvalidInputError } from "@ansatz/tensor";

export interface Wasserstein1dOptions {
  /** p of W_p, at least 1. Default 1. */
  readonly order?: number;
  /** Masses of the points x: not negative, not all zero; they are divided by their sum. Default: all alike. */
  readonly xWeights?: ArrayLike<number>;
  /** Masses of the points y, like `xWeights`. */
  readonly yWeights?: ArrayLike<number>;
}

/**
 * The Wasserstein distance W_p between weighted points on a line, in closed form: (∫₀¹ |F⁻¹(q) − G⁻¹(q)|ᵖ dq)^(1/p), F and G the distribution functions of both.
 * There may be more points on one side than on the other, in any order; sorting them is most of the work.
 *
 * @returns a distance, in units of the points (SciPy's `wasserstein_distance`; POT's `wasserstein_1d` is its p-th power).
 * @throws InvalidInputError naming the argument and the index.
 */
export function wasserstein1d(x: ArrayLike<number>, y: ArrayLike<number>, options: Wasserstein1dOptions = {}): number {
  const { order = 1, xWeights, yWeights } = options;
  if (!(order >= 1 && Number.isFinite(order))) throw new InvalidInputError("options.order", "a number ≥ 1", order);
  const first = sortedMeasure("x", x, xWeights);
  const second = sortedMeasure("y", y, yWeights);
  // Distances relative to the largest that can occur, so that their powers neither overflow nor vanish.
  const scale = Math.max(
    Math.abs(first.points[0] - second.points.at(-1)!),
    Math.abs(first.points.at(-1)! - second.points[0]),
  );
  if (scale === 0) return 0;
  let total = 0;
  let below = 0;
  for (let i = 0, j = 0; i < first.points.length && j < second.points.length; ) {
    const next = Math.min(first.cumulative[i], second.cumulative[j]);
    total += (next - below) * (Math.abs(first.points[i] - second.points[j]) / scale) ** order;
    below = next;
    const [atFirst, atSecond] = [first.cumulative[i], second.cumulative[j]];
    if (atFirst <= next) i++;
    if (atSecond <= next) j++;
  }
  return scale * total ** (1 / order);
}

/** Points in rising order and the share of the mass up to and with each, the last being 1. */
function sortedMeasure(argument: string, points: ArrayLike<number>, weights: ArrayLike<number> | undefined) {
  const count = points?.length ?? 0;
  if (count === 0) throw new InvalidInputError(argument, "at least one number", points);
  if (weights !== undefined && weights.length !== count)
    throw new InvalidInputError(`options.${argument}Weights`, `${count} masses, one per point`, weights.length);
  let total = 0;
  for (let index = 0; index < count; index++) {
    if (!Number.isFinite(points[index]))
      throw new InvalidInputError(`${argument}[${index}]`, "a finite number", points[index]);
    const mass = weights ? weights[index] : 1;
    if (!(mass >= 0 && Number.isFinite(mass)))
      throw new InvalidInputError(`options.${argument}Weights[${index}]`, "a mass ≥ 0", mass);
    total += mass;
  }
  if (!(total > 0)) throw new InvalidInputError(`options.${argument}Weights`, "masses that are not all zero", total);
  if (!weights) {
    const sorted = Float64Array.from(points).sort();
    return { points: sorted, cumulative: sorted.map((_, index) => (index + 1) / count) };
  }
  const order = Int32Array.from({ length: count }, (_, index) => index).sort((a, b) => points[a] - points[b]);
  let sum = 0;
  const cumulative = Float64Array.from(order, (index) => {
    sum += weights[index] / total;
    return sum;
  });
  cumulative[count - 1] = 1;
  return { points: Float64Array.from(order, (index) => points[index]), cumulative };
}
