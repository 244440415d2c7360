import type { PerDimension } from "../dpm-solver-v3/by-dimension.ts";
import { interpolated, type ModelStatistics, placeOf } from "../dpm-solver-v3/statistics.ts";
import { type StatisticalStep, statisticalStep } from "../dpm-solver-v3/step.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { exponentialStep, factorial, phi, vandermondeWeights } from "../sampling/exponential-step.ts";
import type { DerivativeScaling, GenomePrediction, GenomeUpdate } from "./genome.ts";

/** Where an update starts, ends, and what it knows. */
export interface UpdatePoints {
  readonly schedule: NoiseSchedule;
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
export function scalingFactor(scaling: DerivativeScaling, step: number, prediction: GenomePrediction): number {
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
export function updateCoefficients(
  update: GenomeUpdate,
  prediction: "noise" | "data",
  points: UpdatePoints,
): UpdateCoefficients {
  const { schedule, startTime, endTime } = points;
  const step = exponentialStep(schedule, prediction, startTime, endTime);
  const { h } = step;
  let ofStart = step.weight(1);
  const ofActive = points.activeTimes.map(() => 0);
  for (const [index, weights] of derivativeRows(update, prediction, points).entries()) {
    const size = step.weight(index + 2) * h ** (index + 1);
    for (const [j, weight] of weights.entries()) {
      ofActive[j] += size * weight;
      ofStart -= size * weight;
    }
  }
  return { ofState: step.carry, ofStart, ofActive };
}

/** The update in what the statistics leave of the model, f = ofNoise · ε − ofState ⊙ x at every point. */
export interface StatisticalCoefficients {
  /** Its weights are those of f at the start and at the active points. */
  readonly step: StatisticalStep;
  readonly remainders: readonly { readonly ofNoise: number; readonly ofState: PerDimension }[];
}

/** The unified update in the prediction of DPM-Solver-v3, for each dimension. */
export function statisticalCoefficients(
  update: GenomeUpdate,
  statistics: ModelStatistics,
  points: UpdatePoints,
): StatisticalCoefficients {
  const { schedule, startTime, endTime, activeTimes } = points;
  const place = (time: number) => placeOf(statistics, schedule.halfLogSnr(time));
  const derivatives = derivativeRows(update, "statistics", points).map((weights) => [
    -weights.reduce((sum, weight) => sum + weight, 0),
    ...weights,
    ...activeTimes.slice(weights.length).map(() => 0),
  ]);
  return {
    step: statisticalStep({
      ...{ statistics, derivatives, from: place(startTime), to: place(endTime), others: activeTimes.map(place) },
      alphas: [schedule.alpha(startTime), schedule.alpha(endTime)],
    }),
    remainders: [startTime, ...activeTimes].map((time) => {
      const alpha = schedule.alpha(time);
      const linear = interpolated(statistics.linear, statistics.dimension, place(time));
      return { ofNoise: schedule.sigma(time) / alpha, ofState: linear.map((value) => value / alpha) };
    }),
  };
}

/** Weights of the differences of active points from the start in the first, second, … derivative that the update takes, scaled. */
function derivativeRows(
  { order, derivatives, scaling }: GenomeUpdate,
  prediction: GenomePrediction,
  { schedule, startTime, endTime, activeTimes }: UpdatePoints,
): number[][] {
  const start = schedule.halfLogSnr(startTime);
  const offsets = activeTimes.map((time) => schedule.halfLogSnr(time) - start);
  return Array.from({ length: order - 1 }, (_, index) => {
    const known = derivatives === "full" ? offsets : offsets.slice(0, index + 1);
    const factor = index === 0 ? scalingFactor(scaling, schedule.halfLogSnr(endTime) - start, prediction) : 1;
    return derivativeWeights(known, index + 1).map((weight) => factor * weight);
  });
}
