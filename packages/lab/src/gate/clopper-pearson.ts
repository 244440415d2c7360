import { InvalidInputError } from "@ansatz/tensor";
import { incompleteBeta } from "./incomplete-beta.ts";

/** A share that was counted, with exact bounds that each hold with probability 95 %. */
export interface Proportion {
  readonly count: number;
  readonly total: number;
  readonly lower: number;
  readonly upper: number;
}

const CONFIDENCE = 0.95;

/**
 * Exact one-sided bounds of a probability from how often it happened. Source: Clopper, Pearson, "The use of confidence or fiducial limits illustrated in the case of the
 * binomial" (1934).
 *
 * @throws InvalidInputError unless 0 ≤ count ≤ total, both integers.
 */
export function proportion(count: number, total: number): Proportion {
  if (!(Number.isInteger(count) && Number.isInteger(total) && count >= 0 && count <= total))
    throw new InvalidInputError("proportion", "integers with 0 ≤ count ≤ total", { count, total });
  return {
    count,
    total,
    lower: count === 0 ? 0 : betaQuantile(1 - CONFIDENCE, count, total - count + 1),
    upper: count === total ? 1 : betaQuantile(CONFIDENCE, count + 1, total - count),
  };
}

/** Where I_x(a, b) = p, by bisection down to neighbouring numbers. */
function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (incompleteBeta(middle, a, b) < p) low = middle;
    else high = middle;
  }
}
