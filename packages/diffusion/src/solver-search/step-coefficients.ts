import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { exponentialStep, factorial, phi, vandermondeWeights } from "../sampling/exponential-step.ts";
import type { DerivativeScaling, GenomeUpdate } from "./genome.ts";

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
  const moments = offsets.map((_, index) => (index + 1 === derivative ? factorial(derivative) : 0));
  return vandermondeWeights(offsets, moments).map((weight, index) => weight / offsets[index]);
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
  const step = exponentialStep(schedule, prediction, startTime, endTime);
  const { h } = step;
  const startLambda = schedule.halfLogSnr(startTime);
  const offsets = activeTimes.map((time) => schedule.halfLogSnr(time) - startLambda);
  let ofStart = step.weight(1);
  const ofActive = offsets.map(() => 0);
  for (let k = 1; k < order; k++) {
    const known = derivatives === "full" ? offsets : offsets.slice(0, k);
    const size = step.weight(k + 1) * h ** k * (k === 1 ? scalingFactor(scaling, h, prediction) : 1);
    for (const [j, weight] of derivativeWeights(known, k).entries()) {
      ofActive[j] += size * weight;
      ofStart -= size * weight;
    }
  }
  return { ofState: step.carry, ofStart, ofActive };
}
