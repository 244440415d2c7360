import { type Device, type FloatDType, InvalidInputError, type Tensor } from "@ansatz/tensor";
import { mixtureScoreKernel } from "../kernels/mixture-score/index.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import type { DenoisingModel } from "./prediction.ts";

/** A mixture of isotropic Gaussians in D dimensions, the distribution of the data. */
export interface GaussianMixture {
  /** Positive, with sum 1. */
  readonly weights: readonly number[];
  readonly means: readonly (readonly number[])[];
  /** Variance of every coordinate, per component; 0 is a point mass. */
  readonly variances: readonly number[];
}

/** One Gaussian in two dimensions: m = (1, −0.5), v = 0.25. */
export const SINGLE_GAUSSIAN: GaussianMixture = { weights: [1], means: [[1, -0.5]], variances: [0.25] };

/** Three Gaussians in two dimensions. */
export const THREE_GAUSSIANS: GaussianMixture = {
  weights: [0.2, 0.5, 0.3],
  means: [
    [2, 0],
    [-1, 1.5],
    [-0.5, -2],
  ],
  variances: [0.04, 0.09, 0.16],
};

/** @throws InvalidInputError naming the part at fault. */
export function checkMixture({ weights, means, variances }: GaussianMixture): void {
  const count = weights.length;
  if (count === 0 || weights.some((weight) => !(weight > 0)) || Math.abs(total(weights) - 1) > 1e-9)
    throw new InvalidInputError("mixture.weights", "positive numbers with sum 1", weights);
  if (means.length !== count || means.some((mean) => mean.length !== means[0].length || !mean.every(Number.isFinite)))
    throw new InvalidInputError("mixture.means", `${count} points of finite coordinates`, means);
  if (variances.length !== count || variances.some((variance) => !(variance >= 0 && Number.isFinite(variance))))
    throw new InvalidInputError("mixture.variances", `${count} finite numbers ≥ 0`, variances);
}

function total(values: readonly number[]): number {
  return values.reduce((sum_, value) => sum_ + value, 0);
}

/** A mixture on a device, as a noise predictor; `dispose` frees its parameters. */
export interface MixtureModel extends DenoisingModel, Disposable {
  readonly prediction: "noise";
  /** The exact noise prediction E[ε | x_t = x]; differentiable in x. @param x [batch, …] of D elements per example. */
  predict(x: Tensor, time: number): Tensor;
}

/**
 * The exact denoiser of data from a Gaussian mixture, in the mixture's own dtype: E[ε | x] = −σ ∇ ln p_t(x), with posterior weights by log-sum-exp, on every device;
 * it differentiates to any order.
 *
 * Symbols: V_k = α²v_k + σ², d_k = x − αμ_k, r = softmax(ln w_k − |d_k|²/(2V_k) − (D/2) ln V_k); score = −Σ r_k d_k/V_k.
 *
 * @throws InvalidInputError
 */
export function mixtureModel(
  mixture: GaussianMixture,
  { schedule, device, dtype = device.defaultFloat }: { schedule: NoiseSchedule; device: Device; dtype?: FloatDType },
): MixtureModel {
  checkMixture(mixture);
  const { means, variances, weights } = mixture;
  const dimension = means[0].length;
  const mu = device.tensor(means.flat(), [weights.length, dimension], dtype);
  return {
    prediction: "noise",
    predict: (x, time) =>
      device.scope(() => {
        const [alpha, sigma] = [schedule.alpha(time), schedule.sigma(time)];
        const options = { weights, variances, alpha, sigma, prediction: "noise" } as const;
        return mixtureScoreKernel.run([x.reshape([-1, dimension]), mu], options)[0].reshape(x.shape);
      }),
    [Symbol.dispose]: () => mu.dispose(),
  };
}

/** One point of a noisy mixture. */
export interface MixturePoint {
  readonly noise: Float64Array;
  readonly score: Float64Array;
  /** E[x₀ | x]. */
  readonly data: Float64Array;
  /** Posterior probability of every component. */
  readonly responsibilities: Float64Array;
  readonly logDensity: number;
}

/** Everything known of one point of a mixture at a noise level, in plain float64: the reference of the kernels. */
export function mixturePoint(
  { weights, means, variances }: GaussianMixture,
  x: ArrayLike<number>,
  { alpha, sigma }: { readonly alpha: number; readonly sigma: number },
): MixturePoint {
  const dimension = means[0].length;
  const noisy = variances.map((variance) => alpha * alpha * variance + sigma * sigma);
  const logits = weights.map((weight, k) => {
    let distance = 0;
    for (let d = 0; d < dimension; d++) distance += (x[d] - alpha * means[k][d]) ** 2;
    return Math.log(weight) - distance / (2 * noisy[k]) - (dimension / 2) * Math.log(2 * Math.PI * noisy[k]);
  });
  const largest = Math.max(...logits);
  const normaliser = total(logits.map((logit) => Math.exp(logit - largest)));
  const responsibilities = Float64Array.from(logits, (logit) => Math.exp(logit - largest) / normaliser);
  const score = new Float64Array(dimension);
  const data = new Float64Array(dimension);
  for (const [k, share] of responsibilities.entries()) {
    for (let d = 0; d < dimension; d++) {
      const offset = (x[d] - alpha * means[k][d]) / noisy[k];
      score[d] -= share * offset;
      data[d] += share * (means[k][d] + alpha * variances[k] * offset);
    }
  }
  const noise = score.map((value) => -sigma * value);
  return { score, data, noise, responsibilities, logDensity: largest + Math.log(normaliser) };
}

/** Covariance of x₀ given x_t: (σ²/α²)(I + σ² ∇² ln p), row-major [D, D]; by ∇² ln p = Σ r_k(d_k d_kᵀ/V_k² − I/V_k) − score scoreᵀ. */
export function posteriorCovariance(
  mixture: GaussianMixture,
  x: ArrayLike<number>,
  levels: { readonly alpha: number; readonly sigma: number },
): Float64Array {
  const { alpha, sigma } = levels;
  const dimension = mixture.means[0].length;
  const noisy = mixture.variances.map((variance) => alpha * alpha * variance + sigma * sigma);
  const { score, responsibilities } = mixturePoint(mixture, x, levels);
  const covariance = new Float64Array(dimension * dimension);
  for (let a = 0; a < dimension; a++)
    for (let b = 0; b < dimension; b++) {
      let hessian = -score[a] * score[b];
      for (const [k, mean] of mixture.means.entries()) {
        const outer = ((x[a] - alpha * mean[a]) * (x[b] - alpha * mean[b])) / noisy[k] ** 2;
        hessian += responsibilities[k] * (outer - (a === b ? 1 / noisy[k] : 0));
      }
      covariance[a * dimension + b] =
        ((sigma * sigma) / (alpha * alpha)) * ((a === b ? 1 : 0) + sigma * sigma * hessian);
    }
  return covariance;
}
