import type { Prediction } from "../../models/prediction.ts";

/** A mixture of isotropic Gaussians seen through noise: x = α x₀ + σ ε. */
export interface MixtureScoreOptions {
  /** Of the components; positive. */
  readonly weights: readonly number[];
  /** Of every coordinate, per component; V = α² v + σ² must be positive. */
  readonly variances: readonly number[];
  readonly alpha: number;
  readonly sigma: number;
  /** What is asked for: the mean of the noise, of the data or of the velocity given the state, or the score ∇ ln p. */
  readonly prediction: Prediction;
}

/** What a component contributes: its logarithm is bias − distance² · halfPrecision, its prediction ofState · x + ofMean · μ. */
export interface ComponentFactors {
  readonly bias: Float64Array<ArrayBuffer>;
  readonly halfPrecision: Float64Array<ArrayBuffer>;
  readonly ofState: Float64Array<ArrayBuffer>;
  readonly ofMean: Float64Array<ArrayBuffer>;
  /** Added to all logarithms, so that rounding in float32 does not see what they have in common. */
  readonly shift: number;
}

/** Factors of all components, and of some more that have no weight, up to `length`. */
export function componentFactors(
  { weights, variances, alpha, sigma, prediction }: MixtureScoreOptions,
  dimensions: number,
  length = weights.length,
): ComponentFactors {
  const bias = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
  const halfPrecision = new Float64Array(length).fill(1);
  const ofState = new Float64Array(length);
  const ofMean = new Float64Array(length);
  let shift = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < weights.length; k++) {
    const variance = alpha * alpha * variances[k] + sigma * sigma;
    bias[k] = Math.log(weights[k]) - (dimensions / 2) * Math.log(2 * Math.PI * variance);
    halfPrecision[k] = 0.5 / variance;
    shift = Math.max(shift, bias[k]);
    // E[ε] = σ (x − α μ)/V and E[x₀] = μ + α v (x − α μ)/V, which is (σ² μ + α v x)/V.
    if (prediction === "noise") {
      ofState[k] = sigma / variance;
      ofMean[k] = (-sigma * alpha) / variance;
    } else if (prediction === "score") {
      ofState[k] = -1 / variance;
      ofMean[k] = alpha / variance;
    } else if (prediction === "data") {
      ofState[k] = (alpha * variances[k]) / variance;
      ofMean[k] = (sigma * sigma) / variance;
    } else {
      ofState[k] = (alpha * sigma * (1 - variances[k])) / variance;
      ofMean[k] = (-sigma * (alpha * alpha + sigma * sigma)) / variance;
    }
  }
  for (let k = 0; k < weights.length; k++) bias[k] -= shift;
  return { bias, halfPrecision, ofState, ofMean, shift };
}
