import type { Tensor } from "@ansatz/tensor";
import type { NoiseSchedule } from "../noise-schedules/index.ts";

/**
 * What a network answers with: the noise ε in x = α x₀ + σ ε, the clean data x₀, the velocity v = α ε − σ x₀, or the score ∇ ln p = −ε/σ.
 */
export type Prediction = "noise" | "data" | "velocity" | "score";

export const PREDICTIONS: readonly Prediction[] = ["noise", "data", "velocity", "score"];

/** A network that says what is noise and what is data in a state. */
export interface DenoisingModel {
  readonly prediction: Prediction;
  /** @param x states [batch, …] @param time a time of the schedule, the same for all of them. @returns a new tensor of the shape and dtype of x, which the caller disposes. */
  predict(x: Tensor, time: number): Tensor | Promise<Tensor>;
}

/** A denoising model, or a bare function, which predicts the noise. */
export type Model = DenoisingModel | ((x: Tensor, time: number) => Tensor | Promise<Tensor>);

export function denoisingModel(model: Model): DenoisingModel {
  return typeof model === "function" ? { prediction: "noise", predict: model } : model;
}

/** A network that is fed the label of a discrete step instead of the time. */
export function labelledModel(model: Model, schedule: Pick<NoiseSchedule, "label">): DenoisingModel {
  const { prediction, predict } = denoisingModel(model);
  return { prediction, predict: (x, time) => predict.call(model, x, schedule.label(time)) };
}

/**
 * All predictions are linear in the state and each other: coefficients (a, b) with `to` = a·x + b·`from`.
 *
 * x = α x₀ + σ ε, v = α ε − σ x₀, score = −ε/σ; velocities also where α² + σ² is not 1.
 */
export function conversion(
  from: Prediction,
  to: Prediction,
  { alpha, sigma }: { readonly alpha: number; readonly sigma: number },
): readonly [ofState: number, ofOutput: number] {
  if (from === to) return [0, 1];
  const power = alpha * alpha + sigma * sigma;
  const [noise, data] = {
    noise: [
      [0, 1],
      [1 / alpha, -sigma / alpha],
    ],
    data: [
      [1 / sigma, -alpha / sigma],
      [0, 1],
    ],
    velocity: [
      [sigma / power, alpha / power],
      [alpha / power, -sigma / power],
    ],
    score: [
      [0, -sigma],
      [1 / alpha, (sigma * sigma) / alpha],
    ],
  }[from];
  if (to === "noise") return [noise[0], noise[1]];
  if (to === "data") return [data[0], data[1]];
  if (to === "score") return [-noise[0] / sigma, -noise[1] / sigma];
  return [alpha * noise[0] - sigma * data[0], alpha * noise[1] - sigma * data[1]];
}
