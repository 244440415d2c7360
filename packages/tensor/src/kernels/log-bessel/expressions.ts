import { slopeCoefficients, uniformCoefficients } from "./coefficients.ts";
import { leadingDifference } from "./crossing.ts";
import { logGammaOfOnePlus } from "./gamma.ts";
import type { Expression } from "./regions.ts";
import { TERMS } from "./regions.ts";

/** Which of the two functions, and as the sign that tells their expansions apart. */
export type Kind = "I" | "K";

/** log F_v(x) and F_(v+1)(x) / F_v(x), F being I or K. */
export interface Evaluation {
  readonly logarithm: number;
  readonly ratio: number;
}

let coefficients: { readonly values: readonly (readonly number[])[]; readonly slopes: readonly (readonly number[])[] };

/** An expression at a point where it applies, in plain float64. */
export function evaluate(kind: Kind, expression: Expression, v: number, x: number): Evaluation {
  if (expression === "fallback") return kind === "I" ? series(v, x) : trapezoid(v, x);
  const isHankel = expression === "μ3" || expression === "μ20";
  return isHankel ? hankel(kind, TERMS[expression], v, x) : uniform(kind, TERMS[expression], v, x);
}

/** Hankel's expansion for large arguments, DLMF 10.40.1–2: μ_K of the paper, the sums with log1p. */
function hankel(kind: Kind, terms: number, v: number, x: number): Evaluation {
  const sign = kind === "I" ? -1 : 1;
  let term = 1;
  let tail = 0;
  let weighted = 0;
  for (let k = 1; k <= terms; k++) {
    term *= (sign * (4 * v ** 2 - (2 * k - 1) ** 2)) / (8 * k * x);
    tail += term;
    weighted += k * term;
  }
  const ratio = 1 + (sign * (v + 0.5 + weighted / (1 + tail))) / x;
  if (kind === "I") return { logarithm: x - Math.log(2 * Math.PI * x) / 2 + Math.log1p(tail), ratio };
  return { logarithm: Math.log(Math.PI / (2 * x)) / 2 - x + Math.log1p(tail), ratio };
}

/**
 * Debye's expansion for large orders, DLMF 10.41.3–4: U_K of the paper, in w = √(v² + x²) so that nothing is divided by v: v η = w − v log((v + w) / x),
 * and u_k(p) / vᵏ = Qₖ(p²) / wᵏ.
 */
function uniform(kind: Kind, terms: number, v: number, x: number): Evaluation {
  coefficients ??= { values: uniformCoefficients(), slopes: slopeCoefficients() };
  const sign = kind === "I" ? 1 : -1;
  const w = Math.sqrt(v ** 2 + x ** 2);
  const t = (v / w) ** 2;
  const sumOf = (rows: readonly (readonly number[])[], count: number) =>
    rows
      .slice(0, count)
      .reduceRight((sum, row) => (sum + row.reduceRight((value, each) => value * t + each, 0)) * (sign / w), 0);
  const tail = sumOf(coefficients.values, terms);
  const main = leadingDifference(v, x, w);
  // Slopes converge more slowly than values.
  const enough = Math.max(terms, 6);
  const correction =
    (x / w ** 2) * (0.5 + sumOf(coefficients.slopes, enough) / (1 + sumOf(coefficients.values, enough)));
  if (kind === "I")
    return {
      logarithm: main - Math.log(2 * Math.PI * w) / 2 + Math.log1p(tail),
      ratio: x / (v + w) - correction,
    };
  return {
    logarithm: Math.log(Math.PI / (2 * w)) / 2 - main + Math.log1p(tail),
    ratio: (v + w) / x + correction,
  };
}

/** The power series, DLMF 10.25.2, each term from the one before. */
function series(v: number, x: number): Evaluation {
  const quarter = x ** 2 / 4;
  let term = 1;
  let sum = 0;
  let weighted = 0;
  for (let k = 1; term > 1e-18 * (1 + sum); k++) {
    term *= quarter / (k * (k + v));
    sum += term;
    weighted += k * term;
  }
  return {
    logarithm: v * Math.log(x / 2) - logGammaOfOnePlus(v) + Math.log1p(sum),
    ratio: x < 1e-100 ? x / (2 * (v + 1)) : (2 / x) * (weighted / (1 + sum)),
  };
}

const STEP = 1 / 8;

/** The trapezoid rule on K_v(x) = ∫ exp(−x cosh t) cosh(v t) dt (DLMF 10.32.9) relative to the integrand's peak; its error is about exp(x − π² / step). */
function trapezoid(v: number, x: number): Evaluation {
  if (x < SMALL) return smallK(v, x);
  const w = Math.sqrt(v ** 2 + x ** 2);
  const peak = Math.asinh(v / x);
  const logPeak = v * peak - v ** 2 / (w + x);
  let sum = 0;
  let weighted = 0;
  for (let node = 0; ; node++) {
    const t = node * STEP;
    const height = 2 * Math.sinh(t / 2) ** 2;
    const base = -x * height - logPeak;
    const value = (node === 0 ? 0.5 : 1) * (Math.exp(base + v * t) + Math.exp(base - v * t));
    sum += value;
    weighted += value * height;
    if (t > peak && base + v * t < -40) break;
  }
  return { logarithm: v * peak - w + Math.log((sum * STEP) / 2), ratio: v / x + 1 + weighted / sum };
}

/** Below, K is the first term of its power series to all digits, and the trapezoid rule would take hundreds of nodes. */
export const SMALL = 1e-12;

const EULER = 0.5772156649015329;

/** ½ Γ(v) (2/x)ᵛ, and below order ¾ with the term of order −v: √(Γ(1 + v) Γ(1 − v)) sinh(m) / v, m = v log(2/x) + ½ log(Γ(1 + v) / Γ(1 − v)). */
export function smallK(v: number, x: number): Evaluation {
  const logarithm = Math.log(2) - Math.log(x);
  if (v >= 0.75) return { logarithm: logGammaOfOnePlus(v) - Math.log(2 * v) + v * logarithm, ratio: 2 * (v / x) };
  if (v < 1e-20) return { logarithm: Math.log(logarithm - EULER), ratio: 1 / (x * (logarithm - EULER)) };
  const above = logGammaOfOnePlus(v);
  const below = logGammaOfOnePlus(-v);
  // For small v the difference of the logarithms would lose its digits: ζ(3)/3, ζ(5)/5, ζ(7)/7 of DLMF 5.7.3.
  const square = v ** 2;
  const odd = 0.40068563438653143 + square * (0.20738555102867398 + square * 0.14404989684617264);
  const m = v * logarithm + (v < 0.02 ? -v * (EULER + square * odd) : (above - below) / 2);
  const difference = -Math.expm1(-2 * m);
  return { logarithm: (above + below) / 2 + m + Math.log(difference / (2 * v)), ratio: (2 * (v / x)) / difference };
}
