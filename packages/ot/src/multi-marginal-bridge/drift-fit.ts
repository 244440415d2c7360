import { InvalidInputError } from "@ansatz/tensor";
import { eliminate } from "./elimination.ts";
import type { CompleteFamily } from "./reference-family.ts";

/** How parameters are fitted to trajectories. */
export type DriftFit =
  | {
      /** The minimum itself: linear least squares for affine families, else Levenberg's and Marquardt's method from the present parameters. */
      readonly method: "least-squares";
      /** Most iterations of the latter. Default 50. */
      readonly iterations?: number;
    }
  | AdamFit;

export interface AdamFit {
  readonly method: "adam";
  /** Default 0.05 (paper); for a `gradientField` 0.01. */
  readonly learningRate?: number;
  /** Full-batch steps. Default 20 (paper); for a `gradientField` 30. */
  readonly epochs?: number;
}

/** States and the steps that followed them. */
export interface DriftSamples {
  readonly dimension: number;
  /** `[count, d]`. */
  readonly states: Float64Array<ArrayBuffer>;
  /** Increments over Δ, `[count, d]`. */
  readonly velocities: Float64Array<ArrayBuffer>;
  /** `[count]`. */
  readonly times: Float64Array<ArrayBuffer>;
}

export interface FittedDrift {
  readonly parameters: Float64Array<ArrayBuffer>;
  /** Mean over samples of |velocity − b_θ|²: 2σ² times the KL divergence per unit of time, but for a constant. */
  readonly mismatch: number;
  /** Of the normal matrix Σ (∂b/∂θ)ᵀ ∂b/∂θ, scaled to a unit diagonal: large where parameters cannot be told apart. */
  readonly conditionNumber: number;
}

/**
 * Fits the drift to trajectories by maximum likelihood: θ ← argmin Σ |(X_{l+1} − X_l)/Δ − b_θ(X_l, t_l)|².
 * Source: "Multi-marginal Schrödinger Bridges with Iterative Reference Refinement", section on the reference's update (Girsanov's theorem for constant σ).
 */
export function fitDrift(
  family: CompleteFamily,
  samples: DriftSamples,
  start: Float64Array<ArrayBuffer>,
  fit: DriftFit,
): FittedDrift {
  const parameters =
    fit.method === "adam"
      ? adam(family, samples, start, fit.learningRate ?? 0.05, fit.epochs ?? 20)
      : leastSquares(family, samples, start, family.affine ? 1 : (fit.iterations ?? 50));
  const { normal, cost } = normalEquations(family, samples, parameters);
  return { parameters, mismatch: cost, conditionNumber: conditionNumber(normal, parameters.length) };
}

/** @throws InvalidInputError naming the option at fault. */
export function checkFit(fit: DriftFit): void {
  if (fit.method !== "adam" && fit.method !== "least-squares")
    throw new InvalidInputError("options.fit.method", '"least-squares" or "adam"', (fit as DriftFit).method);
  const positive =
    fit.method === "adam" ? { learningRate: fit.learningRate, epochs: fit.epochs } : { iterations: fit.iterations };
  for (const [name, value] of Object.entries(positive))
    if (
      value !== undefined &&
      !(value > 0 && Number.isFinite(value) && (name === "learningRate" || Number.isInteger(value)))
    )
      throw new InvalidInputError(`options.fit.${name}`, "a positive number", value);
}

interface NormalEquations {
  /** Mean of Jᵀ J, `[p, p]`. */
  readonly normal: Float64Array<ArrayBuffer>;
  /** Mean of Jᵀ (velocity − b). */
  readonly gradient: Float64Array<ArrayBuffer>;
  /** Mean of |velocity − b|². */
  readonly cost: number;
}

function normalEquations(
  family: CompleteFamily,
  { dimension, states, velocities, times }: DriftSamples,
  parameters: Float64Array<ArrayBuffer>,
): NormalEquations {
  const p = parameters.length;
  const normal = new Float64Array(p * p);
  const gradient = new Float64Array(p);
  const jacobian = new Float64Array(dimension * p);
  const drift = new Float64Array(dimension);
  const state = new Float64Array(dimension);
  let cost = 0;
  for (let sample = 0; sample < times.length; sample++) {
    for (let i = 0; i < dimension; i++) state[i] = states[sample * dimension + i];
    family.drift(state, times[sample], parameters, drift);
    family.parameterJacobian(state, times[sample], parameters, jacobian);
    for (let i = 0; i < dimension; i++) {
      const residual = velocities[sample * dimension + i] - drift[i];
      cost += (residual * residual) / times.length;
      for (let a = 0; a < p; a++) {
        const slope = jacobian[i * p + a] / times.length;
        if (slope === 0) continue;
        gradient[a] += slope * residual;
        for (let b = 0; b <= a; b++) normal[a * p + b] += slope * jacobian[i * p + b];
      }
    }
  }
  for (let a = 0; a < p; a++) for (let b = 0; b < a; b++) normal[b * p + a] = normal[a * p + b];
  return { normal, gradient, cost };
}

/** One undamped step is the answer for affine families; others take damped steps until they no longer help. */
function leastSquares(
  family: CompleteFamily,
  samples: DriftSamples,
  start: Float64Array<ArrayBuffer>,
  iterations: number,
): Float64Array<ArrayBuffer> {
  let parameters = Float64Array.from(start);
  let at = normalEquations(family, samples, parameters);
  let damping = family.affine ? 0 : 1e-3;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const move = dampedSolve(at, parameters.length, damping);
    const next = parameters.map((value, index) => value + move[index]);
    if (family.affine) return next;
    const there = normalEquations(family, samples, next);
    if (there.cost < at.cost) {
      const gain = (at.cost - there.cost) / at.cost;
      [parameters, at, damping] = [next, there, damping / 10];
      if (gain < 1e-12) break;
    } else {
      damping *= 10;
      if (damping > 1e12) break;
    }
  }
  return parameters;
}

/** Relative ridge against parameters that no sample depends on. */
const RIDGE = 1e-13;

/** (N + damping · diag N)⁻¹ gradient by elimination on the matrix scaled to a unit diagonal. */
function dampedSolve({ normal, gradient }: NormalEquations, p: number, damping: number): Float64Array<ArrayBuffer> {
  const { scaled, scale } = unitDiagonal(normal, p);
  const right = gradient.map((value, a) => value * scale[a]);
  for (let a = 0; a < p; a++) scaled[a * (p + 1)] += damping + RIDGE;
  eliminate(scaled, right, p, 1);
  return right.map((value, a) => value * scale[a]);
}

function unitDiagonal(normal: Float64Array<ArrayBuffer>, p: number) {
  const scale = Float64Array.from({ length: p }, (_, a) =>
    normal[a * (p + 1)] > 0 ? 1 / Math.sqrt(normal[a * (p + 1)]) : 0,
  );
  const scaled = normal.map((value, index) => value * scale[Math.floor(index / p)] * scale[index % p]);
  for (let a = 0; a < p; a++) if (scale[a] === 0) scaled[a * (p + 1)] = 1;
  return { scaled, scale };
}

/** Largest over smallest eigenvalue of the scaled matrix, by power iterations on it and on its inverse. */
function conditionNumber(normal: Float64Array<ArrayBuffer>, p: number): number {
  const { scaled } = unitDiagonal(normal, p);
  const start = Float64Array.from({ length: p }, (_, a) => 1 + 0.1 * Math.sin(1 + a));
  const largest = powerIteration(p, start, (x) => {
    const y = new Float64Array(p);
    for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) y[a] += scaled[a * p + b] * x[b];
    return y;
  });
  const inverse = powerIteration(p, start, (x) => dampedSolve({ normal: scaled, gradient: x, cost: 0 }, p, 0));
  return largest * inverse;
}

function powerIteration(
  p: number,
  start: Float64Array<ArrayBuffer>,
  apply: (x: Float64Array<ArrayBuffer>) => Float64Array<ArrayBuffer>,
): number {
  let x = start;
  let size = 0;
  for (let iteration = 0; iteration < 20 * p + 50; iteration++) {
    const y = apply(x);
    size = Math.hypot(...y);
    if (!(size > 0)) return 0;
    x = y.map((value) => value / size);
  }
  return size;
}

function adam(
  family: CompleteFamily,
  samples: DriftSamples,
  start: Float64Array<ArrayBuffer>,
  learningRate: number,
  epochs: number,
): Float64Array<ArrayBuffer> {
  const parameters = Float64Array.from(start);
  const first = new Float64Array(parameters.length);
  const second = new Float64Array(parameters.length);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const { gradient } = normalEquations(family, samples, parameters);
    for (let a = 0; a < parameters.length; a++) {
      const g = -2 * gradient[a];
      first[a] += 0.1 * (g - first[a]);
      second[a] += 0.001 * (g * g - second[a]);
      const size = Math.sqrt(second[a] / (1 - 0.999 ** epoch)) + 1e-8;
      parameters[a] -= (learningRate * first[a]) / (1 - 0.9 ** epoch) / size;
    }
  }
  return parameters;
}
