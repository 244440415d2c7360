import type { NoiseSchedule } from "../noise-schedules/index.ts";
import type { DerivativeScaling, GenomeUpdate } from "./genome.ts";
import { phi } from "./phi-functions.ts";

/** Where an update starts, ends, and what it knows, in half log-SNR. */
export interface UpdatePoints {
  readonly schedule: NoiseSchedule;
  readonly prediction: "noise" | "data";
  readonly startTime: number;
  readonly endTime: number;
  /** Times of the active points. */
  readonly activeTimes: readonly number[];
}

/** x' = ofState · x_start + ofStart · p_start + Σ ofActive[j] · p_j, p being the prediction. */
export interface UpdateCoefficients {
  readonly ofState: number;
  readonly ofStart: number;
  readonly ofActive: readonly number[];
}

/**
 * Weights w with Σ_j w_j p_j ≈ the `derivative`-th derivative at the origin of a function that is p_j − p_0 at offset δ_j:
 * Σ_j w_j δ_j^m/m! = [m = derivative] for m = 1 … number of offsets.
 */
export function derivativeWeights(offsets: readonly number[], derivative: number): number[] {
  const size = offsets.length;
  // Scaled by the largest offset, rows are of one size whatever the step.
  const scale = Math.max(...offsets.map(Math.abs));
  const rows = Array.from({ length: size }, (_, row) => [
    ...offsets.map((offset) => (offset / scale) ** (row + 1)),
    row + 1 === derivative ? factorial(derivative) / scale ** derivative : 0,
  ]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = rows[row][column] / rows[column][column];
      for (let k = column; k <= size; k++) rows[row][k] -= factor * rows[column][k];
    }
  }
  return rows.map((row, index) => row[size] / row[index]);
}

/** The factor on the first derivative's term for a step h in λ. */
export function scalingFactor(scaling: DerivativeScaling, step: number, prediction: "noise" | "data"): number {
  if (typeof scaling === "object") return 1 + scaling.linear * step;
  const h = prediction === "noise" ? step : -step;
  switch (scaling) {
    case "none":
      return 1;
    // (e^h − 1)/h over 2 φ₂, without the cancellation of e^h − 1 − h.
    case "dpm-2":
      return phi(1, h) / (2 * phi(2, h));
    case "bh1":
      return 1 / (2 * phi(2, h));
    case "half-exponential":
      return 1 + Math.expm1(h) / 2;
    case "minus-half-exponential":
      return 1 - Math.expm1(h) / 2;
  }
}

/** The unified update as one linear combination. */
export function updateCoefficients(update: GenomeUpdate, points: UpdatePoints): UpdateCoefficients {
  const { schedule, prediction, startTime, endTime, activeTimes } = points;
  const { order, derivatives, scaling } = update;
  const startLambda = schedule.halfLogSnr(startTime);
  const h = schedule.halfLogSnr(endTime) - startLambda;
  const offsets = activeTimes.map((time) => schedule.halfLogSnr(time) - startLambda);
  const isNoise = prediction === "noise";
  const factor = isNoise ? -schedule.sigma(endTime) : schedule.alpha(endTime);
  const argument = isNoise ? h : -h;
  let ofStart = factor * h * phi(1, argument);
  const ofActive = offsets.map(() => 0);
  for (let k = 1; k < order; k++) {
    const known = derivatives === "full" ? offsets : offsets.slice(0, k);
    const size = factor * h ** (k + 1) * phi(k + 1, argument) * (k === 1 ? scalingFactor(scaling, h, prediction) : 1);
    for (const [j, weight] of derivativeWeights(known, k).entries()) {
      ofActive[j] += size * weight;
      ofStart -= size * weight;
    }
  }
  const ofState = isNoise
    ? Math.exp(schedule.logAlpha(endTime) - schedule.logAlpha(startTime))
    : schedule.sigma(endTime) / schedule.sigma(startTime);
  return { ofState, ofStart, ofActive };
}

function factorial(n: number): number {
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return product;
}
