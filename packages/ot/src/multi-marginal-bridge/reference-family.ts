import { type Device, InvalidInputError } from "@ansatz/tensor";
import type { AdamFit, DriftSamples } from "./drift-fit.ts";

/** A class of reference processes dX = b_θ(X, t) dt + σ dW: a drift with parameters. */
export interface ReferenceFamily {
  readonly name: string;
  /** d. */
  readonly dimension: number;
  /** What the parameters are called; their number is that of θ. */
  readonly parameterNames: readonly string[];
  /** Where the fit starts from, unless the drift is affine in θ. */
  readonly initialParameters: readonly number[];
  /** Whether b = b₀ + Σ_p θ_p ∂b/∂θ_p with derivatives that do not depend on θ: the fit is then linear least squares. */
  readonly affine: boolean;
  /** Writes b_θ(x, t) `[d]`. */
  drift(state: Float64Array, time: number, parameters: Float64Array, into: Float64Array): void;
  /** Writes ∂b/∂x `[d, d]`, row-major. Default: central differences. */
  stateJacobian?(state: Float64Array, time: number, parameters: Float64Array, into: Float64Array): void;
  /** Writes ∂b/∂θ `[d, p]`, row-major. Default: central differences. */
  parameterJacobian?(state: Float64Array, time: number, parameters: Float64Array, into: Float64Array): void;
  /**
   * Fits the parameters to the steps of trajectories in its own way, for families with too many of them for normal equations. `mismatch` is the mean of |velocity − b_θ|².
   */
  fit?(
    samples: DriftSamples,
    start: Float64Array<ArrayBuffer>,
    options: { readonly fit: AdamFit | undefined; readonly device: Device },
  ): Promise<{ readonly parameters: Float64Array<ArrayBuffer>; readonly mismatch: number }>;
}

/** A family with all derivatives. */
export type CompleteFamily = Required<Omit<ReferenceFamily, "fit">> & Pick<ReferenceFamily, "fit">;

/** Fills in derivatives that a family does not have. @throws InvalidInputError naming what is wrong with a family. */
export function completeFamily(family: ReferenceFamily): CompleteFamily {
  if (typeof family?.drift !== "function") throw new InvalidInputError("reference.drift", "a function", family?.drift);
  if (!Number.isInteger(family.dimension) || family.dimension < 1)
    throw new InvalidInputError("reference.dimension", "an integer ≥ 1", family.dimension);
  const count = family.parameterNames?.length;
  if (family.initialParameters?.length !== count)
    throw new InvalidInputError(
      "reference.initialParameters",
      `${count} numbers, one per name`,
      family.initialParameters?.length,
    );
  const { dimension } = family;
  const [above, below] = [new Float64Array(dimension), new Float64Array(dimension)];
  const differences = (values: Float64Array, evaluate: (into: Float64Array) => void, into: Float64Array): void => {
    for (let p = 0; p < values.length; p++) {
      const value = values[p];
      const step = 6e-6 * Math.max(1, Math.abs(value));
      values[p] = value + step;
      evaluate(above);
      values[p] = value - step;
      evaluate(below);
      values[p] = value;
      for (let i = 0; i < dimension; i++) into[i * values.length + p] = (above[i] - below[i]) / (2 * step);
    }
  };
  return {
    ...family,
    drift: family.drift.bind(family),
    stateJacobian:
      family.stateJacobian?.bind(family) ??
      ((state, time, parameters, into) => differences(state, (to) => family.drift(state, time, parameters, to), into)),
    parameterJacobian:
      family.parameterJacobian?.bind(family) ??
      ((state, time, parameters, into) =>
        differences(parameters, (to) => family.drift(state, time, parameters, to), into)),
  };
}

/** Lotka's and Volterra's predators and prey: ẋ = α x − β x y, ẏ = δ x y − γ y; θ = (α, β, γ, δ). Affine in θ. */
export function lotkaVolterra(): ReferenceFamily {
  return {
    name: "Lotka–Volterra",
    dimension: 2,
    parameterNames: ["prey growth α", "predation β", "predator death γ", "predator growth δ"],
    initialParameters: [1e-5, 1e-5, 1e-5, 1e-5],
    affine: true,
    drift([x, y], _, [alpha, beta, gamma, delta], into) {
      into[0] = alpha * x - beta * x * y;
      into[1] = delta * x * y - gamma * y;
    },
    stateJacobian([x, y], _, [alpha, beta, gamma, delta], into) {
      into[0] = alpha - beta * y;
      into[1] = -beta * x;
      into[2] = delta * y;
      into[3] = delta * x - gamma;
    },
    parameterJacobian([x, y], _, __, into) {
      into.fill(0);
      into[0] = x;
      into[1] = -x * y;
      into[6] = -y;
      into[7] = x * y;
    },
  };
}

/** Concentrations below this count as this in the drift. */
const SMALLEST_CONCENTRATION = 1e-8;

/**
 * Three genes that repress each other in a circle: ẋ₁ = β / (1 + (x₃/k)ⁿ) − γ x₁, and so on with x₂ repressed by x₁, x₃ by x₂; θ = (β, n, k, γ), of which magnitudes count. Concentrations are
 * clipped in the drift, not in the state. β and (k, n) are hard to tell apart where x/k is large: see `conditionNumber` of the result.
 */
export function repressilator(): ReferenceFamily {
  return {
    name: "repressilator",
    dimension: 3,
    parameterNames: ["production β", "Hill exponent n", "threshold k", "degradation γ"],
    // The paper starts at (10⁻⁵, 1, 1, 10⁻⁵); production must not vanish for the exponent to matter at all.
    initialParameters: [1, 1, 1, 1],
    affine: false,
    drift(state, _, parameters, into) {
      const [beta, n, k, gamma] = [0, 1, 2, 3].map((p) => Math.abs(parameters[p]));
      for (let i = 0; i < 3; i++) {
        const repressor = Math.max(SMALLEST_CONCENTRATION, state[(i + 2) % 3]);
        into[i] = beta / (1 + (repressor / k) ** n) - gamma * Math.max(SMALLEST_CONCENTRATION, state[i]);
      }
    },
    stateJacobian(state, _, parameters, into) {
      const [beta, n, k, gamma] = [0, 1, 2, 3].map((p) => Math.abs(parameters[p]));
      into.fill(0);
      for (let i = 0; i < 3; i++) {
        const by = (i + 2) % 3;
        if (state[i] > SMALLEST_CONCENTRATION) into[i * 3 + i] = -gamma;
        if (!(state[by] > SMALLEST_CONCENTRATION)) continue;
        const power = (state[by] / k) ** n;
        into[i * 3 + by] = (-beta * n * power) / (state[by] * (1 + power) ** 2);
      }
    },
    parameterJacobian(state, _, parameters, into) {
      const [beta, n, k] = [0, 1, 2].map((p) => Math.abs(parameters[p]));
      for (let i = 0; i < 3; i++) {
        const ratio = Math.max(SMALLEST_CONCENTRATION, state[(i + 2) % 3]) / k;
        const power = ratio ** n;
        const slope = (beta * power) / (1 + power) ** 2;
        into[i * 4] = 1 / (1 + power);
        into[i * 4 + 1] = -slope * Math.log(ratio);
        into[i * 4 + 2] = (slope * n) / k;
        into[i * 4 + 3] = -Math.max(SMALLEST_CONCENTRATION, state[i]);
        // Magnitudes count: their derivatives have the signs of the parameters.
        for (let p = 0; p < 4; p++) if (parameters[p] < 0) into[i * 4 + p] *= -1;
      }
    },
  };
}

/** A spring: b = c − κ x, the Ornstein–Uhlenbeck process; θ = (κ, c₁, …, c_d). Affine in θ. */
export function linearSpring(dimension: number): ReferenceFamily {
  return {
    name: "linear spring",
    dimension,
    parameterNames: ["stiffness κ", ...Array.from({ length: dimension }, (_, i) => `pull c${i + 1}`)],
    initialParameters: new Array(dimension + 1).fill(0),
    affine: true,
    drift(state, _, parameters, into) {
      for (let i = 0; i < dimension; i++) into[i] = parameters[1 + i] - parameters[0] * state[i];
    },
    stateJacobian(_, __, parameters, into) {
      into.fill(0);
      for (let i = 0; i < dimension; i++) into[i * (dimension + 1)] = -parameters[0];
    },
    parameterJacobian(state, _, __, into) {
      into.fill(0);
      for (let i = 0; i < dimension; i++) {
        into[i * (dimension + 1)] = -state[i];
        into[i * (dimension + 1) + 1 + i] = 1;
      }
    },
  };
}

/** Circling around a center: b = (a₁ − ω y, a₂ + ω x); θ = (ω, a₁, a₂), the center is (−a₂, a₁) / ω. Affine in θ. */
export function vortex(): ReferenceFamily {
  return {
    name: "vortex",
    dimension: 2,
    parameterNames: ["angular velocity ω", "drift a1", "drift a2"],
    initialParameters: [0, 0, 0],
    affine: true,
    drift([x, y], _, [omega, a1, a2], into) {
      into[0] = a1 - omega * y;
      into[1] = a2 + omega * x;
    },
    stateJacobian(_, __, [omega], into) {
      into[0] = 0;
      into[1] = -omega;
      into[2] = omega;
      into[3] = 0;
    },
    parameterJacobian([x, y], _, __, into) {
      into.set([-y, 1, 0, x, 0, 1]);
    },
  };
}
