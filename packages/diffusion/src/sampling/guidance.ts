import { grad, InvalidInputError, sum, type Tensor } from "@ansatz/tensor";
import type { Model } from "../models/prediction.ts";

/**
 * How a condition steers sampling. ε is the noise that the sampler sees; w is `scale`.
 *
 * - `"classifier-free"`: ε = ε_u + w(ε_c − ε_u), ε_c from the model that is sampled and ε_u from `unconditional`; w = 1 asks the conditional model alone.
 *   Source: Ho, Salimans, "Classifier-free diffusion guidance", in DPM-Solver's convention.
 * - `"classifier"`: ε = ε − w σ ∇ₓ ln p(y | x). Source: Dhariwal, Nichol, "Diffusion models beat GANs".
 */
export type Guidance =
  | { readonly kind: "classifier-free"; readonly unconditional: Model; readonly scale: number }
  | {
      readonly kind: "classifier";
      /** ∇ₓ ln p(y | x) at noisy states: see `classifierGradient`. */
      readonly gradient: (x: Tensor, time: number) => Tensor | Promise<Tensor>;
      readonly scale: number;
    };

/** The gradient of a classifier's log-probability, given as a differentiable function of the state with one value for each example. */
export function classifierGradient(
  logProbability: (x: Tensor, time: number) => Tensor,
): (x: Tensor, time: number) => Tensor {
  const gradient = grad((x: Tensor, time: number) => sum(logProbability(x, time)));
  return (x, time) => gradient(x, time);
}

/** @throws InvalidInputError */
export function checkGuidance(guidance: Guidance): void {
  if (guidance.kind !== "classifier-free" && guidance.kind !== "classifier")
    throw new InvalidInputError(
      "options.guidance.kind",
      '"classifier-free" or "classifier"',
      (guidance as Guidance).kind,
    );
  if (!Number.isFinite(guidance.scale))
    throw new InvalidInputError("options.guidance.scale", "a finite number", guidance.scale);
}
