import { InvalidInputError } from "@ansatz/tensor";
import { adamsBashforthWeights } from "../momentum/coefficients.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { transfer } from "../sampling/ddim.ts";
import { gaussLegendre } from "./gauss-legendre.ts";

/** One step of a multistep method in the noise prediction: x' = state · x + Σ_j noise[j] · e_(i−j), newest first. */
export interface MultistepRow {
  /** Ψ = α'/α. */
  readonly state: number;
  /** C_ij. */
  readonly noise: readonly number[];
}

/** The variable in which past predictions are extrapolated, or `"ipndm"` for constant Adams–Bashforth weights. */
export type ExtrapolationKind = "tAB" | "rhoAB" | "ipndm";

/** Polynomials of a higher degree than 3 swing too much (the paper's limit). */
export const HIGHEST_DEGREE = 3;

/** 32 points are exact to 3·10⁻¹³ on grids of 1 … 20 steps over the whole time range, after the substitution below. */
const RULE = gaussLegendre(32);

/**
 * Coefficients of all steps of an exponential multistep method, e being the noise prediction: x_(i+1) = Ψ x_i + Σ_j C_ij e_(i−j). Step i uses min(degree, i) + 1 predictions.
 *
 * - `"tAB"`: C_ij = α_(i+1) ∫ ρ'(τ) ℓ_j(τ) dτ over the step, ℓ_j Lagrange's polynomial through the times t_(i−k);
 * - `"rhoAB"`: the same with polynomials in ρ = σ/α, where the integral has a closed form;
 * - `"ipndm"`: (σ_(i+1) − Ψ σ_i) times Adams–Bashforth's weights.
 *
 * Σ_j C_ij = σ_(i+1) − Ψ σ_i for all of them: constant predictions are followed exactly, and degree 0 is DDIM.
 *
 * @param times of the grid, strictly monotone.
 * @param degree r, 0 … 3.
 * @throws InvalidInputError
 * Source: "Fast Sampling of Diffusion Models with Exponential Integrator", equations 14–15 and appendix; the quadrature is ours (the authors' code takes a left Riemann sum that is off by up to 5·10⁻³).
 */
export function multistepCoefficients(
  schedule: NoiseSchedule,
  times: readonly number[],
  kind: ExtrapolationKind,
  degree: number,
): readonly MultistepRow[] {
  if (!Number.isInteger(degree) || degree < 0 || degree > HIGHEST_DEGREE)
    throw new InvalidInputError("degree", `an integer in 0 … ${HIGHEST_DEGREE}`, degree);
  if (kind !== "tAB" && kind !== "rhoAB" && kind !== "ipndm")
    throw new InvalidInputError("kind", '"tAB", "rhoAB" or "ipndm"', kind);
  return Array.from({ length: times.length - 1 }, (_, i) => {
    const past = Array.from({ length: Math.min(degree, i) + 1 }, (_, j) => times[i - j]);
    const next = times[i + 1];
    const [state, ddim] = transfer(schedule, times[i], next);
    if (kind === "ipndm") return { state, noise: adamsBashforthWeights(past.length).map((weight) => ddim * weight) };
    const alpha = schedule.alpha(next);
    const weights = kind === "tAB" ? timeWeights(schedule, next, past) : ratioWeights(schedule, next, past);
    return { state, noise: weights.map((weight) => alpha * weight) };
  });
}

/** The largest coefficient of a prediction: how much the method amplifies errors of the model on this grid. */
export function largestCoefficient(rows: readonly MultistepRow[]): number {
  return rows.reduce((most, { noise }) => Math.max(most, ...noise.map(Math.abs)), 0);
}

/** σ/α, the noise-to-signal ratio. */
export function noiseRatio(schedule: NoiseSchedule, time: number): number {
  return Math.exp(-schedule.halfLogSnr(time));
}

/** ∫ ρ' ℓ_j dτ from past[0] to next. */
function timeWeights(schedule: NoiseSchedule, next: number, past: readonly number[]): number[] {
  const end = noiseRatio(schedule, next);
  const rise = end - noiseRatio(schedule, past[0]);
  // By parts: ∫ ρ'ℓ = ℓ(start)(ρ(end) − ρ(start)) − ∫ (ρ − ρ(end)) ℓ'. No slope of the schedule is needed, kinks of a table matter less, and the sum over j is exact.
  const sums = past.map((_, j) => (j === 0 ? rise : 0));
  if (past.length === 1) return sums;
  // ρ behaves like √τ near 0, and is smooth in u = √τ.
  const [from, to] = [Math.sqrt(past[0]), Math.sqrt(next)];
  for (const [k, node] of RULE.nodes.entries()) {
    const u = 0.5 * (from + to + (to - from) * node);
    const weight = RULE.weights[k] * (to - from) * u;
    const height = noiseRatio(schedule, u * u) - end;
    for (let j = 0; j < past.length; j++) sums[j] -= weight * height * lagrangeSlope(past, j, u * u);
  }
  return sums;
}

/** ∫ ℓ_j dρ from the first of the past ratios to the next. */
function ratioWeights(schedule: NoiseSchedule, next: number, past: readonly number[]): number[] {
  const from = noiseRatio(schedule, past[0]);
  const step = noiseRatio(schedule, next) - from;
  // In units of the step, so that nothing over- or underflows.
  const nodes = past.map((time) => (noiseRatio(schedule, time) - from) / step);
  return nodes.map((own, j) => {
    // Coefficients of Π_(k≠j) (s − s_k), rising powers.
    let polynomial = [1];
    let scale = 1;
    for (const [k, other] of nodes.entries()) {
      if (k === j) continue;
      polynomial = [0, ...polynomial].map((value, power) => value - other * (polynomial[power] ?? 0));
      scale *= own - other;
    }
    return (step * polynomial.reduce((sum, value, power) => sum + value / (power + 1), 0)) / scale;
  });
}

/** ℓ_j'(τ) of Lagrange's polynomial through the nodes. */
function lagrangeSlope(nodes: readonly number[], j: number, at: number): number {
  let sum = 0;
  for (let m = 0; m < nodes.length; m++) {
    if (m === j) continue;
    let product = 1 / (nodes[j] - nodes[m]);
    for (let k = 0; k < nodes.length; k++) if (k !== j && k !== m) product *= (at - nodes[k]) / (nodes[j] - nodes[k]);
    sum += product;
  }
  return sum;
}
