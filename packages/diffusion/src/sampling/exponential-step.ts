import { InvalidInputError } from "@ansatz/tensor";
import type { NoiseSchedule } from "../noise-schedules/index.ts";

/** |z| below which φ is summed as a series: the recurrence loses |z|^(1−k) in accuracy. */
const SERIES_RADIUS = 1;

/**
 * φ_k(z) = ∫₀¹ e^((1−u)z) u^(k−1)/(k−1)! du: φ_0 = e^z, φ_1 = (e^z − 1)/z, φ_(k+1) = (φ_k − 1/k!)/z; to rounding for all z.
 *
 * @throws InvalidInputError unless k is an integer ≥ 0.
 */
export function phi(k: number, z: number): number {
  if (!Number.isInteger(k) || k < 0) throw new InvalidInputError("k", "an integer ≥ 0", k);
  if (k === 0) return Math.exp(z);
  if (Math.abs(z) < SERIES_RADIUS) return series(k, z);
  let value = Math.expm1(z) / z;
  for (let order = 1; order < k; order++) value = (value - 1 / factorial(order)) / z;
  return value;
}

/** Σ z^j/(j + k)!. */
function series(k: number, z: number): number {
  let term = 1 / factorial(k);
  let sum = 0;
  for (let j = 1; sum + term !== sum; j++) {
    sum += term;
    term *= z / (k + j);
  }
  return sum;
}

export function factorial(n: number): number {
  let product = 1;
  for (let factor = 2; factor <= n; factor++) product *= factor;
  return product;
}

/**
 * A step of the semi-linear equation in λ, its linear part solved exactly: x' = carry · x + Σ_k weight_k · f^(k−1), f^(k) the k-th derivative of the prediction along the path in
 * units of the step, h^k dᵏf/dλᵏ.
 *
 * noise: x' = (α'/α)x − σ' Σ h φ_k(h) ε^(k−1); data: x' = (σ'/σ)x + α' Σ h φ_k(−h) x₀^(k−1).
 */
export interface ExponentialStep {
  /** h = λ' − λ, negative when encoding. */
  readonly h: number;
  readonly carry: number;
  /** s·h: a weight with φ_k replaced by 1. */
  readonly scale: number;
  /** s·h·φ_k(±h) with s = −σ' or α'; the weight of the derivative of order k − 1. */
  weight(k: number): number;
}

/** Source: "DPM-Solver", proposition 3.1 and appendix B; for data, DPM-Solver++, proposition 4.1. */
export function exponentialStep(
  schedule: NoiseSchedule,
  prediction: "noise" | "data",
  from: number,
  to: number,
): ExponentialStep {
  const h = schedule.halfLogSnr(to) - schedule.halfLogSnr(from);
  if (prediction === "noise") {
    const scale = -schedule.sigma(to) * h;
    return {
      h,
      scale,
      carry: Math.exp(schedule.logAlpha(to) - schedule.logAlpha(from)),
      weight: (k) => scale * phi(k, h),
    };
  }
  const scale = schedule.alpha(to) * h;
  return { h, scale, carry: schedule.sigma(to) / schedule.sigma(from), weight: (k) => scale * phi(k, -h) };
}

/**
 * Weights w_j with Σ_j w_j r_j^m = moment_m for m = 0, 1, …: the quadrature rule with given nodes and moments.
 * Source: Björck, Pereyra, "Solution of Vandermonde systems of equations" (Mathematics of Computation, 1970).
 */
export function vandermondeWeights(nodes: readonly number[], moments: readonly number[]): number[] {
  const weights = [...moments];
  const last = nodes.length - 1;
  for (let k = 0; k < last; k++) for (let i = last; i > k; i--) weights[i] -= nodes[k] * weights[i - 1];
  for (let k = last - 1; k >= 0; k--) {
    for (let i = k + 1; i <= last; i++) weights[i] /= nodes[i] - nodes[i - k - 1];
    for (let i = k; i < last; i++) weights[i] -= weights[i + 1];
  }
  return weights;
}

/**
 * Weights of the differences f_j − f_0 in a step that replaces f by the polynomial through all of them.
 *
 * @param nodes r_j = (λ_j − λ_0)/h, none of them 0.
 */
export function differenceWeights(step: ExponentialStep, nodes: readonly number[]): number[] {
  // Σ_j w_j r_j^m/m! is the weight of the m-th derivative.
  const moments = nodes.map((_, index) => factorial(index + 1) * step.weight(index + 2));
  return vandermondeWeights(nodes, moments).map((weight, index) => weight / nodes[index]);
}
