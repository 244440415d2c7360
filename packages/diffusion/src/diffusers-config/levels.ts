import { InvalidInputError } from "@ansatz/tensor";
import type { DiscreteSchedule } from "../noise-schedules/index.ts";
import { type LabelSpacing, spacedLabels } from "./labels.ts";

/** Where a scheduler evaluates: noise levels, and the labels that stand for them. */
export interface LevelSpacing {
  readonly labels: LabelSpacing;
  /** `"labels"`: the levels of evenly spread labels. Else the levels are spread themselves, in σ^(1/7) (Karras et al.) or in ln σ, σ being that of a process that only adds noise. */
  readonly kind: "labels" | "karras" | "exponential";
  /** Whether spread levels reach from one end of the table to the other, rather than from the first label's to the last one's. */
  readonly isWholeTable: boolean;
  /** What is linear in the label between two entries of the table, where a label is sought for a level: σ/α, or its logarithm. */
  readonly interpolation: "linear" | "logarithmic";
  /** Whether labels between two whole ones are rounded. */
  readonly isRounded: boolean;
}

/** A state's noise, as the ratio σ/α, and what the network is told of it. */
export interface Level {
  readonly label: number;
  readonly time: number;
}

/** ρ of Karras et al. */
const KARRAS_EXPONENT = 7;

/** Distance within which a label is a whole one. */
const LABEL_ROUNDING = 1e-6;

/** The levels of the evaluations, falling. @throws InvalidInputError for steps that do not fit. */
export function spacedLevels(spacing: LevelSpacing, schedule: DiscreteSchedule, steps: number): Level[] {
  const { kind, isWholeTable, isRounded } = spacing;
  const labels = spacedLabels(spacing.labels, steps);
  if (kind === "labels") return labels.map((label) => ({ label, time: timeOfLabel(schedule, label) }));
  if (steps < 2) throw new InvalidInputError("steps", "at least 2 where noise levels are spread", steps);
  const ends = isWholeTable ? [schedule.stepCount - 1, 0] : [labels[0], labels.at(-1)!];
  const times = ends.map((label) => timeOfLabel(schedule, label));
  const [forward, back] =
    kind === "karras"
      ? [(ratio: number) => ratio ** (1 / KARRAS_EXPONENT), (value: number) => value ** KARRAS_EXPONENT]
      : [Math.log, Math.exp];
  const [from, to] = times.map((time) => forward(ratioAt(schedule, time)));
  return Array.from({ length: steps }, (_, index) => {
    if (index === 0 || index === steps - 1) {
      const end = index === 0 ? 0 : 1;
      return { label: rounded(ends[end], isRounded), time: times[end] };
    }
    const time = schedule.timeAt(-Math.log(back(from + ((to - from) * index) / (steps - 1))));
    return { label: labelAt(spacing, schedule, time), time };
  });
}

/** The label of a level, in diffusers' interpolation between the entries of the table: the inverse of what `spacedLevels` does, for any level. */
export function labelAt({ interpolation, isRounded }: LevelSpacing, schedule: DiscreteSchedule, time: number): number {
  const ratio = ratioAt(schedule, time);
  const step = Math.min(
    schedule.usedSteps - 2,
    Math.max(0, Math.floor(time * schedule.stepCount - 1 + LABEL_ROUNDING)),
  );
  const [low, high] = [step, step + 1].map((entry) => ratioAt(schedule, schedule.timeOfStep(entry)));
  const part = interpolation === "linear" ? (ratio - low) / (high - low) : Math.log(ratio / low) / Math.log(high / low);
  return rounded(step + part, isRounded);
}

function rounded(label: number, isRounded: boolean): number {
  const nearest = Math.round(label);
  return isRounded || Math.abs(label - nearest) < LABEL_ROUNDING ? nearest : label;
}

/** σ is linear in the label between the entries of the table. */
function timeOfLabel(schedule: DiscreteSchedule, label: number): number {
  if (Number.isInteger(label)) return schedule.timeOfStep(label);
  const step = Math.floor(label);
  const [low, high] = [step, step + 1].map((entry) => ratioAt(schedule, schedule.timeOfStep(entry)));
  return schedule.timeAt(-Math.log(low + (label - step) * (high - low)));
}

function ratioAt(schedule: DiscreteSchedule, time: number): number {
  return Math.exp(-schedule.halfLogSnr(time));
}
