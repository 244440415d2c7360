import { InvalidInputError } from "@ansatz/tensor";
import type { DiscreteSchedule } from "../noise-schedules/index.ts";
import type { Grid } from "./grids.ts";

/** Added to the last step before spacing, as DEIS's JAX code does (its PyTorch code does not, and ends up with other steps). */
const LAST_STEP_OFFSET = 0.1;

/**
 * A grid of `steps` + 1 different steps of a discrete model's table, for `sample`'s `grid`: the spacing is rounded down to whole steps, repeated ones are dropped, and as many of the
 * smallest unused steps above the end are taken instead. First and last step are those of the table.
 *
 * @param spacing `"time-uniform"`, `"time-quadratic"`, `"log-snr"` or one with an exponent; in time means in steps here.
 * @throws InvalidInputError when there are fewer steps in the table than asked for.
 *
 * Source: "Fast Sampling of Diffusion Models with Exponential Integrator", discrete models, in the convention of its JAX code.
 */
export function discreteTimes(
  schedule: DiscreteSchedule,
  steps: number,
  spacing: Exclude<Grid, readonly number[]> = "time-quadratic",
): number[] {
  const last = schedule.usedSteps - 1;
  if (!Number.isInteger(steps) || steps < 1 || steps > last)
    throw new InvalidInputError("steps", `an integer in [1, ${last}]`, steps);
  const wanted = spaced(schedule, steps, spacing).map(Math.floor);
  const used = new Set([last, ...wanted.slice(1, -1), 0]);
  for (let spare = 1; used.size < steps + 1; spare++) used.add(spare);
  return [...used].sort((a, b) => b - a).map(schedule.timeOfStep);
}

function spaced(schedule: DiscreteSchedule, steps: number, spacing: Exclude<Grid, readonly number[]>): number[] {
  const last = schedule.usedSteps - 1;
  const between = (from: number, to: number) =>
    Array.from({ length: steps + 1 }, (_, index) => from + ((to - from) * index) / steps);
  const lambda = (step: number) => schedule.halfLogSnr(schedule.timeOfStep(step));
  const stepAt = (halfLogSnr: number) => schedule.timeAt(halfLogSnr) * schedule.stepCount - 1;
  if (spacing === "log-snr") return between(lambda(last), lambda(LAST_STEP_OFFSET)).map(stepAt);
  if (typeof spacing !== "string" && spacing.kind === "ratio-power") {
    const power = (step: number) => Math.exp(-lambda(step) / spacing.exponent);
    return between(power(last), power(LAST_STEP_OFFSET)).map((value) => stepAt(-spacing.exponent * Math.log(value)));
  }
  const exponent = spacing === "time-uniform" ? 1 : spacing === "time-quadratic" ? 2 : spacing.exponent;
  return between(last ** (1 / exponent), LAST_STEP_OFFSET ** (1 / exponent)).map((value) => value ** exponent);
}
