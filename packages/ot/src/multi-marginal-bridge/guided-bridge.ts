import { choleskyInPlace, forwardSubstitute, type GaussianFlow } from "./gaussian-flow.ts";

/** Shares of a step's variance below this are the rounding of none. */
const NO_VARIANCE = 1e-12;

/**
 * A path of the reference from a start to an end, both kept exactly: every step is drawn given the end, with the transition over the rest of the way linearised at the present state.
 * X_{l+1} ~ N(m₁ + σ²Δ Φᵀ V⁻¹ (end − m), σ²Δ (I − σ²Δ Φᵀ V⁻¹ Φ)) with the reference's mean m₁ of the next step, m and V of the end, and Φ = ∂m/∂X_{l+1}. Exact where the drift is affine.
 *
 * @param noise standard normal numbers `[steps, d]`.
 * @param path receives the states `[steps + 1, d]`.
 */
export function guidedBridge(
  flow: GaussianFlow,
  { start, end, time, stepSize, steps, sigma }: BridgeSegment,
  noise: Float64Array<ArrayBuffer>,
  path: Float64Array<ArrayBuffer>,
): void {
  const d = start.length;
  const variance = sigma * sigma * stepSize;
  const state = Float64Array.from(start);
  const residual = new Float64Array(d);
  const column = new Float64Array(d);
  // L⁻¹ Φ, [d, d].
  const solved = new Float64Array(d * d);
  const spread = new Float64Array(d * d);
  path.set(start, 0);
  for (let step = 0; step < steps - 1; step++) {
    flow.run(state, time + step * stepSize, stepSize, steps - step);
    const { mean, covariance, sensitivity, firstMean } = flow;
    choleskyInPlace(covariance, d);
    for (let i = 0; i < d; i++) residual[i] = end[i] - mean[i];
    forwardSubstitute(covariance, residual, d);
    for (let j = 0; j < d; j++) {
      for (let i = 0; i < d; i++) column[i] = sensitivity[i * d + j];
      forwardSubstitute(covariance, column, d);
      for (let i = 0; i < d; i++) solved[i * d + j] = column[i];
    }
    for (let a = 0; a < d; a++) {
      let pull = 0;
      for (let i = 0; i < d; i++) pull += solved[i * d + a] * residual[i];
      state[a] = firstMean[a] + variance * pull;
      for (let b = 0; b <= a; b++) {
        let known = 0;
        for (let i = 0; i < d; i++) known += solved[i * d + a] * solved[i * d + b];
        spread[a * d + b] = (a === b ? 1 : 0) - variance * known;
      }
    }
    choleskyInPlace(spread, d, NO_VARIANCE);
    for (let a = 0; a < d; a++)
      for (let b = 0; b <= a; b++) state[a] += Math.sqrt(variance) * spread[a * d + b] * noise[step * d + b];
    path.set(state, (step + 1) * d);
  }
  path.set(end, steps * d);
}

export interface BridgeSegment {
  readonly start: Float64Array<ArrayBuffer>;
  readonly end: Float64Array<ArrayBuffer>;
  /** Time of the start. */
  readonly time: number;
  /** Δ. */
  readonly stepSize: number;
  readonly steps: number;
  /** σ. */
  readonly sigma: number;
}
