import { InvalidInputError } from "@ansatz/tensor";
import { incompleteBeta } from "./incomplete-beta.ts";

/**
 * Tests on the raw samples of one process, as other gates use them. They are here to be measured beside ours: samples of one process are not independent, so their p-values
 * are not what they say.
 */

/**
 * Welch's t-test that `head` is larger than `base`. Source: Welch, "The generalization of Student's problem when several different population variances are involved" (1947).
 *
 * @returns the one-sided p.
 * @throws InvalidInputError when a side has fewer than two samples.
 */
export function welchTest(base: readonly number[], head: readonly number[]): number {
  if (Math.min(base.length, head.length) < 2)
    throw new InvalidInputError("welchTest", "at least two samples a side", [base.length, head.length]);
  const [a, b] = [moments(base), moments(head)];
  const variance = a.ofMean + b.ofMean;
  if (variance === 0) return b.mean > a.mean ? 0 : b.mean < a.mean ? 1 : 0.5;
  const t = (b.mean - a.mean) / Math.sqrt(variance);
  const freedom = variance ** 2 / (a.ofMean ** 2 / (base.length - 1) + b.ofMean ** 2 / (head.length - 1));
  const tail = incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;
  return t > 0 ? tail : 1 - tail;
}

function moments(samples: readonly number[]): { mean: number; ofMean: number } {
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  const squares = samples.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, ofMean: squares / (samples.length - 1) / samples.length };
}

/**
 * The Mann–Whitney test that `head` is larger than `base`, by the normal approximation with corrections for ties and continuity.
 * Source: Mann, Whitney, "On a test of whether one of two random variables is stochastically larger than the other" (1947).
 *
 * @returns the one-sided p.
 * @throws InvalidInputError when a side has no sample.
 */
export function mannWhitneyTest(base: readonly number[], head: readonly number[]): number {
  if (base.length === 0 || head.length === 0)
    throw new InvalidInputError("mannWhitneyTest", "at least one sample a side", [base.length, head.length]);
  const all = [...base.map((value) => ({ value, isHead: false })), ...head.map((value) => ({ value, isHead: true }))];
  all.sort((a, b) => a.value - b.value);
  const n = all.length;
  let headRanks = 0;
  let ties = 0;
  for (let first = 0; first < n; ) {
    let last = first;
    while (last + 1 < n && all[last + 1].value === all[first].value) last++;
    const count = last - first + 1;
    ties += count ** 3 - count;
    for (let at = first; at <= last; at++) if (all[at].isHead) headRanks += (first + last) / 2 + 1;
    first = last + 1;
  }
  const u = headRanks - (head.length * (head.length + 1)) / 2;
  const product = base.length * head.length;
  const variance = (product / 12) * (n + 1 - ties / (n * (n - 1)));
  if (variance === 0) return 1;
  return normalTail((u - product / 2 - 0.5) / Math.sqrt(variance));
}

/**
 * P(Z ≥ z) of a standard normal variable, to about 1e-14: its power series near the middle, the continued fraction of Mills's ratio in the tails.
 * Source: Abramowitz, Stegun, "Handbook of Mathematical Functions", 26.2.11 and 26.2.14.
 */
function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z > 3) {
    let fraction = z;
    for (let term = 60; term >= 1; term--) fraction = z + term / fraction;
    return density / fraction;
  }
  let term = z;
  let sum = z;
  for (let k = 3; term > 1e-17 * sum; k += 2) sum += term *= (z * z) / k;
  return 0.5 - density * sum;
}
