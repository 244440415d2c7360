import { InvalidInputError } from "@ansatz/tensor";

/** How labels are spread: as `num_train_timesteps` and the like. */
export interface LabelSpacing {
  readonly kind: "linspace" | "leading" | "trailing";
  /** N. */
  readonly trainingSteps: number;
  /** Labels that may be used, from 0 on: fewer than N where the noisy end is cut. */
  readonly usedSteps: number;
  readonly offset: number;
  /** Whether labels are those of `steps` + 1 points of which the last, at 0, is left out. */
  readonly leavesOutLast: boolean;
  /** Whether evenly spread labels stay between whole ones. */
  readonly isFractional: boolean;
}

/** The labels at which the model is evaluated, falling, as diffusers computes them. @throws InvalidInputError for steps that do not fit. */
export function spacedLabels(spacing: LabelSpacing, steps: number): number[] {
  const { kind, trainingSteps, usedSteps, offset, leavesOutLast, isFractional } = spacing;
  if (!Number.isInteger(steps) || steps < 1 || steps >= usedSteps)
    throw new InvalidInputError("steps", `an integer in [1, ${usedSteps - 1}]`, steps);
  const points = leavesOutLast ? steps + 1 : steps;
  const labels = Array.from({ length: points }, (_, index) => {
    if (kind === "linspace") {
      const label = points === 1 ? 0 : (index * (usedSteps - 1)) / (points - 1);
      return isFractional ? label : roundHalfEven(label);
    }
    if (kind === "leading") return index * Math.floor(usedSteps / points);
    return roundHalfEven(usedSteps - (steps - 1 - index) * (trainingSteps / steps)) - 1;
  });
  if (kind === "trailing") return labels.slice(0, steps).reverse();
  const falling = labels.reverse().slice(0, steps);
  return kind === "leading" ? falling.map((label) => label + offset) : falling;
}

/** As NumPy rounds. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
