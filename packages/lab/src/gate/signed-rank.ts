import { InvalidInputError } from "@ansatz/tensor";

/** Most values that the exact distribution is computed for: sums of ranks stay small integers. */
const MOST_VALUES = 200;

/**
 * Wilcoxon's signed-rank test that the values lie above `center`, exactly: the probability that, were they distributed symmetrically about it, the ranks of
 * those above it added up to at least what they do. Values equal to `center` say nothing and are left out; equal distances share their ranks.
 *
 * Source: Wilcoxon, "Individual comparisons by ranking methods" (1945); ties as in Pratt, Gibbons, "Concepts of Nonparametric Theory" (1981), 3.7.
 *
 * @returns p, 1 when there are no values.
 * @throws InvalidInputError when a value is not finite, or there are more than 200.
 */
export function signedRankTest(values: readonly number[], center = 0): number {
  checkValues(values);
  const distances = values.map((value) => value - center).filter((distance) => distance !== 0);
  const ranks = doubledRanks(distances.map(Math.abs));
  const above = ranks.reduce((total, rank, index) => total + (distances[index] > 0 ? rank : 0), 0);
  return upperTail(ranks, above);
}

/** Estimate of the middle of a symmetric distribution, with bounds that each hold with probability 1 − `level`. */
export interface SignedRankBounds {
  /** Median of the means of all pairs (Hodges–Lehmann). */
  readonly estimate: number;
  /** −∞ where there are too few values to say anything at this level. */
  readonly lower: number;
  readonly upper: number;
}

/**
 * The centers that `signedRankTest` does not reject at `level` from below and from above, by inversion of the test over the means of all pairs of values.
 *
 * @throws InvalidInputError when there is no value, or one is not finite, or there are more than 200.
 */
export function signedRankBounds(values: readonly number[], level: number): SignedRankBounds {
  checkValues(values);
  if (values.length === 0) throw new InvalidInputError("signedRankBounds: values", "at least one", values);
  const means = values.flatMap((a, index) => values.slice(index).map((b) => (a + b) / 2)).sort((a, b) => a - b);
  const ranks = doubledRanks(values.map((_, index) => index));
  // The bound is the (k + 1)-th mean from outside, k the most pairs that may lie beyond it with probability at most `level`.
  let beyond = -1;
  while (beyond + 1 < means.length && 1 - upperTail(ranks, 2 * (beyond + 2)) <= level) beyond++;
  const middle = means.length >> 1;
  return {
    estimate: means.length % 2 === 1 ? means[middle] : (means[middle - 1] + means[middle]) / 2,
    lower: beyond < 0 ? Number.NEGATIVE_INFINITY : means[beyond],
    upper: beyond < 0 ? Number.POSITIVE_INFINITY : means[means.length - 1 - beyond],
  };
}

/** Twice the ranks 1 … n, so that shared ranks are integers. */
function doubledRanks(sizes: readonly number[]): number[] {
  const order = sizes.map((_, index) => index).sort((a, b) => sizes[a] - sizes[b]);
  const ranks = new Array<number>(sizes.length);
  for (let first = 0; first < order.length; ) {
    let last = first;
    while (last + 1 < order.length && sizes[order[last + 1]] === sizes[order[first]]) last++;
    for (let position = first; position <= last; position++) ranks[order[position]] = first + last + 2;
    first = last + 1;
  }
  return ranks;
}

/** P(sum of a random half of the ranks ≥ `sum`), each rank being taken with probability ½. */
function upperTail(ranks: readonly number[], sum: number): number {
  const total = ranks.reduce((a, b) => a + b, 0);
  let probabilities = new Float64Array(total + 1);
  probabilities[0] = 1;
  for (const rank of ranks) {
    const next = new Float64Array(total + 1);
    for (let at = 0; at <= total; at++)
      next[at] = 0.5 * (probabilities[at] + (at >= rank ? probabilities[at - rank] : 0));
    probabilities = next;
  }
  let tail = 0;
  for (let at = Math.max(0, sum); at <= total; at++) tail += probabilities[at];
  return Math.min(1, tail);
}

function checkValues(values: readonly number[]): void {
  if (values.length > MOST_VALUES)
    throw new InvalidInputError("signedRank: values", `at most ${MOST_VALUES}`, values.length);
  for (const value of values)
    if (!Number.isFinite(value)) throw new InvalidInputError("signedRank: values", "finite numbers", value);
}
