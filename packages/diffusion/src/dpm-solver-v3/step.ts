import { factorial, vandermondeWeights } from "../sampling/exponential-step.ts";
import type { PerDimension } from "./by-dimension.ts";
import { type ModelStatistics, nodeAt } from "./statistics.ts";

/** Integrals over the nodes between two of them, for each dimension; exponentials are of differences from the first node, so that none overflows that need not. */
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

/** Trapezoidal sums from one node to another, in either direction. */
function integrate(statistics: ModelStatistics, from: number, to: number, count: number): Integrals {
  const { dimension, linear, scale, bias } = statistics;
  const zeros = () => new Float64Array(dimension);
  const sums = { linear: zeros(), scale: zeros(), bias: zeros(), drift: zeros() };
  const moments = Array.from({ length: count }, zeros);
  const direction = Math.sign(to - from);
  const start = nodeAt(statistics, from);
  for (let node = from; node !== to; node += direction) {
    const [here, there] = [nodeAt(statistics, node), nodeAt(statistics, node + direction)];
    const half = (there - here) / 2;
    const [p, q] = [node * dimension, (node + direction) * dimension];
    for (let d = 0; d < dimension; d++) {
      const linearSum = sums.linear[d] + half * (linear[p + d] + linear[q + d]);
      const scaleSum = sums.scale[d] + half * (scale[p + d] + scale[q + d]);
      const inner = sums.bias[d] + half * (Math.exp(-sums.scale[d]) * bias[p + d] + Math.exp(-scaleSum) * bias[q + d]);
      const [left, right] = [Math.exp(sums.linear[d] + sums.scale[d]), Math.exp(linearSum + scaleSum)];
      sums.drift[d] += half * (left * sums.bias[d] + right * inner);
      let [leftPower, rightPower] = [1, 1];
      for (let k = 0; k < count; k++) {
        moments[k][d] += half * (left * leftPower + right * rightPower);
        leftPower *= (here - start) / (k + 1);
        rightPower *= (there - start) / (k + 1);
      }
      sums.linear[d] = linearSum;
      sums.scale[d] = scaleSum;
      sums.bias[d] = inner;
    }
  }
  return { ...sums, moments };
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
  /** Nodes of the step's ends. */
  readonly from: number;
  readonly to: number;
  /** Nodes of the other points that f is known at, the nearest first. */
  readonly others: readonly number[];
  /** The k-th derivative from the k + 1 nearest points alone. */
  readonly pseudo: boolean;
  /** α at the ends. */
  readonly alphas: readonly [from: number, to: number];
}

/**
 * The coefficients of a step of order 1 + others, for each dimension: of x' = α' A (x/α − ∫E B − Σ_k ∫E (λ − λ_s)^k/k! g^(k)), g = exp(−∫s) f − B.
 *
 * Source: "DPM-Solver-v3", equations 13 to 15 and appendix B.
 */
export function statisticalStep(options: StatisticalStepOptions): StatisticalStep {
  const { statistics, from, to, others, pseudo, alphas } = options;
  const { dimension } = statistics;
  const integrals = integrate(statistics, from, to, others.length + 1);
  const origin = nodeAt(statistics, from);
  const distances = others.map((node) => nodeAt(statistics, node) - origin);
  const derivatives = pseudo ? pseudoDerivatives(distances) : polynomialDerivatives(distances);
  const toOthers = others.map((node) => integrate(statistics, from, node, 0));
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

/** Rows: weights of g at the start and the others in its first, second, … derivative at the start, of the polynomial through all of them. */
function polynomialDerivatives(distances: readonly number[]): number[][] {
  return distances.map((_, k) => {
    // Σ_k ĝ^(k) δ_j^k/k! = g_j − g_0: the k-th derivative's weights have all moments 0 but one.
    const moments = distances.map((_, m) => (m === k ? factorial(k + 1) : 0));
    const weights = vandermondeWeights(distances, moments).map((weight, j) => weight / distances[j]);
    return [-weights.reduce((sum, weight) => sum + weight, 0), ...weights];
  });
}

/** The same from k! times the divided difference of the k + 1 first points. */
function pseudoDerivatives(distances: readonly number[]): number[][] {
  const points = [0, ...distances];
  return distances.map((_, index) => {
    const used = points.slice(0, index + 2);
    const weights = used.map((point, i) =>
      used.reduce((weight, other, j) => (j === i ? weight : weight / (point - other)), factorial(index + 1)),
    );
    return [...weights, ...points.slice(index + 2).map(() => 0)];
  });
}
