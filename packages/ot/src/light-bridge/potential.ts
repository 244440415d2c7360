import { InvalidInputError } from "@ansatz/tensor";

/**
 * An adjusted Schrödinger potential: v(y) = Σ_k α_k N(y; r_k, ε S_k), with S_k = Q_k diag(s_k) Q_kᵀ. Plain data: it can be stored and made a `LightBridge` again.
 */
export interface MixturePotential {
  /** ε, the variance of the Wiener prior over the unit of time. */
  readonly regularization: number;
  /** D. */
  readonly dimension: number;
  /** K. */
  readonly components: number;
  /** log α, `[K]`. */
  readonly logWeights: Float64Array<ArrayBuffer>;
  /** r, `[K, D]`. */
  readonly centers: Float64Array<ArrayBuffer>;
  /** log s, `[K, D]`. */
  readonly logEigenvalues: Float64Array<ArrayBuffer>;
  /** Q, `[K, D, D]`, row-major, its columns the eigenvectors; without them all S_k are diagonal. */
  readonly rotations?: Float64Array<ArrayBuffer>;
}

/** What kernels take: exponents c_k + Σ_j z_j (a_kj z_j + b_kj) with z = Q_kᵀ(x − center). */
export interface ExponentTables {
  readonly offsets: Float64Array<ArrayBuffer>;
  readonly quadratic: Float64Array<ArrayBuffer>;
  readonly linear: Float64Array<ArrayBuffer>;
}

/** @throws InvalidInputError naming the field at fault. */
export function checkPotential(potential: MixturePotential): void {
  const { regularization, dimension, components, logWeights, centers, logEigenvalues, rotations } = potential;
  checkRegularization("potential.regularization", regularization);
  for (const [name, extent] of Object.entries({ dimension, components }))
    if (!Number.isInteger(extent) || extent < 1)
      throw new InvalidInputError(`potential.${name}`, "an integer ≥ 1", extent);
  const size = components * dimension;
  const lengths = {
    logWeights: [logWeights, components],
    centers: [centers, size],
    logEigenvalues: [logEigenvalues, size],
  };
  const all = { ...lengths, ...(rotations && { rotations: [rotations, size * dimension] }) };
  for (const [name, [values, length]] of Object.entries(all) as [string, [Float64Array, number]][]) {
    if (values?.length !== length)
      throw new InvalidInputError(`potential.${name}`, `${length} numbers`, values?.length);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw new InvalidInputError(`potential.${name}[${wrong}]`, "a finite number", values[wrong]);
  }
}

/** @throws InvalidInputError unless ε is a positive number. */
export function checkRegularization(argument: string, regularization: number): void {
  if (!(regularization > 0 && Number.isFinite(regularization) && Number.isFinite(1 / regularization)))
    throw new InvalidInputError(argument, "a positive number", regularization);
}

/** Q_kᵀ r_k of all components. */
function rotatedCenters({ dimension, components, centers, rotations }: MixturePotential): Float64Array<ArrayBuffer> {
  if (!rotations) return centers;
  const rotated = new Float64Array(centers.length);
  for (let k = 0; k < components; k++)
    for (let i = 0; i < dimension; i++)
      for (let j = 0; j < dimension; j++)
        rotated[k * dimension + j] += rotations[(k * dimension + i) * dimension + j] * centers[k * dimension + i];
  return rotated;
}

/** Exponents whose log-sum is log v; their centers are r. */
export function potentialTables(potential: MixturePotential): ExponentTables {
  const { regularization, dimension, components, logWeights, logEigenvalues } = potential;
  const offsets = Float64Array.from(logWeights);
  for (let k = 0; k < components; k++)
    for (let j = 0; j < dimension; j++)
      offsets[k] -= 0.5 * (Math.log(2 * Math.PI * regularization) + logEigenvalues[k * dimension + j]);
  return {
    offsets,
    quadratic: logEigenvalues.map((logS) => (-0.5 * Math.exp(-logS)) / regularization),
    linear: new Float64Array(logEigenvalues.length),
  };
}

/** Exponents whose log-sum is log c, the normaliser of the conditional plan; their centers are 0. */
export function normalizerTables(potential: MixturePotential): ExponentTables {
  const { regularization, logWeights, logEigenvalues } = potential;
  return {
    offsets: logWeights,
    quadratic: logEigenvalues.map((logS) => (0.5 * Math.exp(logS)) / regularization),
    linear: rotatedCenters(potential).map((r) => r / regularization),
  };
}

/**
 * Exponents whose log-sum has the gradient g(x, t) / ε, the drift at time t in [0, 1]; their centers are 0. With D = t S + (1 − t) I nothing is singular at either end:
 * log α − ½ log det D + (xᵀD⁻¹(S − I)x + 2xᵀD⁻¹r − t rᵀD⁻¹r) / (2ε).
 */
export function driftTables(potential: MixturePotential, time: number): ExponentTables {
  const { regularization, dimension, components, logWeights, logEigenvalues } = potential;
  const centers = rotatedCenters(potential);
  const offsets = Float64Array.from(logWeights);
  const quadratic = new Float64Array(components * dimension);
  const linear = new Float64Array(components * dimension);
  for (let k = 0; k < components; k++)
    for (let j = k * dimension; j < (k + 1) * dimension; j++) {
      // s − 1 by expm1: near s = 1 the difference would have no digits left.
      const excess = Math.expm1(logEigenvalues[j]);
      const scale = 1 + time * excess;
      offsets[k] -= 0.5 * (Math.log1p(time * excess) + (time * centers[j] ** 2) / (scale * regularization));
      quadratic[j] = (0.5 * excess) / (scale * regularization);
      linear[j] = centers[j] / (scale * regularization);
    }
  return { offsets, quadratic, linear };
}

/** log Σ exp, and its gauge: α is determined up to a factor, which is chosen so that the weights sum to 1. */
export function normalizedLogWeights(logWeights: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const largest = logWeights.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const logSum = largest + Math.log(logWeights.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  return logWeights.map((value) => value - logSum);
}
