import type { MixturePotential } from "./potential.ts";

/** Responsibility-weighted means over a batch, as the kernel mixture-moments gives them. */
export interface Moments {
  /** Mean of the log-sums over the batch. */
  readonly logSum: number;
  /** Mean of w, `[K]`. */
  readonly mass: ArrayLike<number>;
  /** Mean of w δ, `[K, D]`. */
  readonly first: ArrayLike<number>;
  /** Mean of w δ², `[K, D]`, or of w δδᵀ, `[K, D, D]`, where the potential has rotations. */
  readonly second: ArrayLike<number>;
}

/** Derivatives of the loss. */
export interface LossGradient {
  /** With respect to log α, `[K]`. */
  readonly logWeights: Float64Array<ArrayBuffer>;
  /** With respect to r, `[K, D]`. */
  readonly centers: Float64Array<ArrayBuffer>;
  /** With respect to log s, `[K, D]`. */
  readonly logEigenvalues: Float64Array<ArrayBuffer>;
  /** Along rotations Q ← Q exp(Ω), Ω skew: with respect to Ω_ij, i < j, `[K, D (D − 1) / 2]`; empty where all S are diagonal. */
  readonly rotations: Float64Array<ArrayBuffer>;
}

/**
 * Gradient of L = mean log c(x₀) − mean log v(x₁) from moments of both batches (δ = x₀ for the normaliser, x₁ − r for the potential).
 * Source: "Light Schrödinger Bridge", equation 11; derivatives derived.
 */
export function lossGradient(potential: MixturePotential, normalizer: Moments, density: Moments): LossGradient {
  const { components, dimension, rotations } = potential;
  const pairs = rotations ? (dimension * (dimension - 1)) / 2 : 0;
  const gradient: LossGradient = {
    logWeights: new Float64Array(components),
    centers: new Float64Array(components * dimension),
    logEigenvalues: new Float64Array(components * dimension),
    rotations: new Float64Array(components * pairs),
  };
  for (let k = 0; k < components; k++) gradient.logWeights[k] = normalizer.mass[k] - density.mass[k];
  if (rotations) rotatedGradient(potential, normalizer, density, gradient);
  else diagonalGradient(potential, normalizer, density, gradient);
  return gradient;
}

function diagonalGradient(
  { components, dimension, regularization, logEigenvalues }: MixturePotential,
  normalizer: Moments,
  density: Moments,
  { centers, logEigenvalues: eigenvalues }: LossGradient,
): void {
  for (let k = 0, own = 0; k < components; k++)
    for (let j = 0; j < dimension; j++, own++) {
      const s = Math.exp(logEigenvalues[own]);
      centers[own] = (normalizer.first[own] - density.first[own] / s) / regularization;
      eigenvalues[own] =
        0.5 * ((s * normalizer.second[own] - density.second[own] / s) / regularization + density.mass[k]);
    }
}

function rotatedGradient(
  potential: MixturePotential,
  normalizer: Moments,
  density: Moments,
  gradient: LossGradient,
): void {
  const { components, dimension, regularization, logEigenvalues } = potential;
  const rotations = potential.rotations!;
  const size = dimension * dimension;
  const [normalizerSecond, densitySecond, half] = [size, size, size].map((length) => new Float64Array(length));
  const s = new Float64Array(dimension);
  for (let k = 0, pair = 0; k < components; k++) {
    const first = k * dimension;
    const matrix = rotations.subarray(k * size, (k + 1) * size);
    for (let j = 0; j < dimension; j++) s[j] = Math.exp(logEigenvalues[first + j]);
    toOwnAxes(normalizer.second, k * size, matrix, dimension, half, normalizerSecond);
    toOwnAxes(density.second, k * size, matrix, dimension, half, densitySecond);
    for (let i = 0; i < dimension; i++) gradient.centers[first + i] = normalizer.first[first + i] / regularization;
    for (let j = 0; j < dimension; j++) {
      // S⁻¹ times the first moment of the targets, axis by axis.
      let along = 0;
      for (let i = 0; i < dimension; i++) along += matrix[i * dimension + j] * density.first[first + i];
      along /= s[j] * regularization;
      for (let i = 0; i < dimension; i++) gradient.centers[first + i] -= matrix[i * dimension + j] * along;
      const at = j * dimension + j;
      const difference = s[j] * normalizerSecond[at] - densitySecond[at] / s[j];
      gradient.logEigenvalues[first + j] = 0.5 * (difference / regularization + density.mass[k]);
    }
    for (let i = 0; i < dimension; i++)
      for (let j = i + 1; j < dimension; j++, pair++) {
        const at = i * dimension + j;
        gradient.rotations[pair] =
          (normalizerSecond[at] * (s[j] - s[i]) + densitySecond[at] * (1 / s[j] - 1 / s[i])) / regularization;
      }
  }
}

/** Qᵀ M Q into `whole`; `half` is room for M Q. */
function toOwnAxes(
  second: ArrayLike<number>,
  at: number,
  rotation: Float64Array<ArrayBuffer>,
  dimension: number,
  half: Float64Array<ArrayBuffer>,
  whole: Float64Array<ArrayBuffer>,
): void {
  half.fill(0);
  whole.fill(0);
  for (let i = 0; i < dimension; i++)
    for (let m = 0; m < dimension; m++) {
      const moment = second[at + i * dimension + m];
      for (let j = 0; j < dimension; j++) half[i * dimension + j] += moment * rotation[m * dimension + j];
    }
  for (let m = 0; m < dimension; m++)
    for (let i = 0; i < dimension; i++) {
      const q = rotation[m * dimension + i];
      for (let j = 0; j < dimension; j++) whole[i * dimension + j] += q * half[m * dimension + j];
    }
}
