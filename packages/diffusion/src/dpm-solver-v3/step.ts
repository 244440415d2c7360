import { factorial, vandermondeWeights } from "../sampling/exponential-step.ts";
import type { PerDimension } from "./by-dimension.ts";
import { interpolated, type ModelStatistics, nodeAt } from "./statistics.ts";

/** Integrals between two places of the grid, for each dimension; exponentials are of differences from the first, so that none overflows that need not. */
interface Integrals {
  /** ∫ l. */
  readonly linear: PerDimension;
  /** ∫ s. */
  readonly scale: PerDimension;
  /** ∫ exp(−∫ s) b. */
  readonly bias: PerDimension;
  /** ∫ E ∫ exp(−∫ s) b with E = exp(∫ (l + s)). */
  readonly drift: PerDimension;
  /** ∫ E (λ − λ_s)^k/k! for k = 0, 1, … */
  readonly moments: readonly PerDimension[];
}

/** Trapezoidal sums over the nodes from one place to another, in either direction; with `count` 0 those of s and b alone. */
function integrate(statistics: ModelStatistics, from: number, to: number, count: number): Integrals {
  const { dimension, linear, scale, bias } = statistics;
  const zeros = () => new Float64Array(dimension);
  const sums = { linear: zeros(), scale: zeros(), bias: zeros(), drift: zeros() };
  const moments = Array.from({ length: count }, zeros);
  // exp(−∫ s) and exp(∫ (l + s)) at the last place, the latter at the next one as well.
  const shrinkage = zeros().fill(1);
  let growth = zeros().fill(1);
  let nextGrowth = zeros();
  const start = nodeAt(statistics, from);
  const places = placesBetween(from, to);
  const at = (place: number) =>
    [linear, scale, bias].map((values) => interpolated(values, dimension, place)) as [
      linear: PerDimension,
      scale: PerDimension,
      bias: PerDimension,
    ];
  let [linearHere, scaleHere, biasHere] = at(from);
  for (const [index, place] of places.entries()) {
    const [here, there] = [nodeAt(statistics, places[index - 1] ?? from), nodeAt(statistics, place)];
    const half = (there - here) / 2;
    const [linearThere, scaleThere, biasThere] = at(place);
    for (let d = 0; d < dimension; d++) {
      const scaleSum = sums.scale[d] + half * (scaleHere[d] + scaleThere[d]);
      const nextShrinkage = Math.exp(-scaleSum);
      const biasSum = sums.bias[d] + half * (shrinkage[d] * biasHere[d] + nextShrinkage * biasThere[d]);
      if (count > 0) {
        sums.linear[d] += half * (linearHere[d] + linearThere[d]);
        nextGrowth[d] = Math.exp(sums.linear[d] + scaleSum);
        sums.drift[d] += half * (growth[d] * sums.bias[d] + nextGrowth[d] * biasSum);
      }
      sums.scale[d] = scaleSum;
      sums.bias[d] = biasSum;
      shrinkage[d] = nextShrinkage;
    }
    let [left, right] = [half, half];
    for (const [k, moment] of moments.entries()) {
      for (let d = 0; d < dimension; d++) moment[d] += left * growth[d] + right * nextGrowth[d];
      left *= (here - start) / (k + 1);
      right *= (there - start) / (k + 1);
    }
    [growth, nextGrowth] = [nextGrowth, growth];
    [linearHere, scaleHere, biasHere] = [linearThere, scaleThere, biasThere];
  }
  return { ...sums, moments };
}

/** The nodes between two places, and the second of them. */
function placesBetween(from: number, to: number): number[] {
  if (from === to) return [];
  const isForward = to > from;
  const first = isForward ? Math.floor(from) + 1 : Math.ceil(from) - 1;
  const count = Math.max(0, isForward ? Math.ceil(to) - first : first - Math.floor(to));
  return [...Array.from({ length: count }, (_, index) => (isForward ? first + index : first - index)), to];
}

/** A step x' = carry ⊙ x + Σ weights_j ⊙ f_j + bias. */
export interface StatisticalStep {
  readonly carry: PerDimension;
  /** For the f of the start, and of the other points in their order. */
  readonly weights: readonly PerDimension[];
  readonly bias: PerDimension;
}

export interface StatisticalStepOptions {
  readonly statistics: ModelStatistics;
  /** Where the step begins and ends on the grid: a node's number, or something between two. */
  readonly from: number;
  readonly to: number;
  /** Where the other points are that f is known at. */
  readonly others: readonly number[];
  /** Rows of weights of g at the start and the others: its first, second, … derivative at the start. */
  readonly derivatives: readonly (readonly number[])[];
  /** α at the ends. */
  readonly alphas: readonly [from: number, to: number];
}

/**
 * The coefficients of a step of order 1 + derivatives, for each dimension: of x' = α' A (x/α − ∫E B − Σ_k ∫E (λ − λ_s)^k/k! g^(k)), g = exp(−∫s) f − B.
 *
 * Source: "DPM-Solver-v3", equations 13 to 15 and appendix B.
 */
export function statisticalStep(options: StatisticalStepOptions): StatisticalStep {
  const { statistics, from, to, others, derivatives, alphas } = options;
  const { dimension } = statistics;
  const integrals = integrate(statistics, from, to, derivatives.length + 1);
  const toOthers = others.map((place) => integrate(statistics, from, place, 0));
  const carry = new Float64Array(dimension);
  const bias = new Float64Array(dimension);
  const weights = Array.from({ length: others.length + 1 }, () => new Float64Array(dimension));
  for (let d = 0; d < dimension; d++) {
    const decay = alphas[1] * Math.exp(-integrals.linear[d]);
    carry[d] = decay / alphas[0];
    weights[0][d] = -decay * integrals.moments[0][d];
    bias[d] = -decay * integrals.drift[d];
    for (const [k, row] of derivatives.entries()) {
      const moment = decay * integrals.moments[k + 1][d];
      for (const [point, share] of row.entries()) {
        const weight = -moment * share;
        const { scale = undefined, bias: drifted = undefined } = toOthers[point - 1] ?? {};
        weights[point][d] += weight * (scale ? Math.exp(-scale[d]) : 1);
        if (drifted) bias[d] -= weight * drifted[d];
      }
    }
  }
  return { carry, weights, bias };
}

/**
 * Rows: weights of g at the start and at others in such distances, in its first, second, … derivative at the start, of the polynomial through all of them.
 */
export function polynomialDerivatives(distances: readonly number[]): number[][] {
  return distances.map((_, k) => {
    // Σ_k ĝ^(k) δ_j^k/k! = g_j − g_0: the k-th derivative's weights have all moments 0 but one.
    const moments = distances.map((_, m) => (m === k ? factorial(k + 1) : 0));
    const weights = vandermondeWeights(distances, moments).map((weight, j) => weight / distances[j]);
    return [-weights.reduce((sum, weight) => sum + weight, 0), ...weights];
  });
}

/** The same from k! times the divided difference of the k + 1 first points. */
export function pseudoDerivatives(distances: readonly number[]): number[][] {
  const points = [0, ...distances];
  return distances.map((_, index) => {
    const used = points.slice(0, index + 2);
    const weights = used.map((point, i) =>
      used.reduce((weight, other, j) => (j === i ? weight : weight / (point - other)), factorial(index + 1)),
    );
    return [...weights, ...points.slice(index + 2).map(() => 0)];
  });
}
