import { InvalidInputError } from "@ansatz/tensor";
import { discreteSchedule, type NoiseSchedule, type NoiseTable } from "../noise-schedules/index.ts";

export interface PseudoNumericalScheduleOptions {
  /**
   * What the network is fed at entry n of the table: `"reference"` (default) n − 1, as the authors' code, which transfers with the entry after the label's; `"matched"` n, the entry that a network is trained
   * with for this label.
   */
  readonly labels?: "reference" | "matched";
}

/** A table's schedule with the times of the authors' code. */
export interface PseudoNumericalSchedule extends NoiseSchedule {
  /** The times of about `steps` steps: give them to `sample` as its grid. There can be more, see `pseudoNumericalSchedule`. */
  stepTimes(steps: number): number[];
}

/** Times this close to that of a label are it. */
const LABEL_ROUNDING = 1e-9;

/**
 * The noise levels of a table of N entries as the authors' code uses them, for `pseudoNumerical` and `classicalMultistep`.
 *
 * Labels of the code are 0, s, 2s, … < N with s = ⌊N/steps⌋, walked downwards, then −1; the first is therefore about N − s, not N − 1, and where `steps` does not divide N there are more steps than asked for. Labels use entry label + 1 of the table, so that the walk
 * ends at entry 0 and label N − 1 does not exist (with s = 1 it is left out). Halfway between labels an odd distance apart the network is fed the fraction, while the entry is that of the label rounded toward 0.
 *
 * Time is (entry + 1)/N, as of `discreteSchedule`; between entries noise levels are those of the entry, so that no other grid makes sense.
 *
 * @throws InvalidInputError as `discreteSchedule`.
 */
export function pseudoNumericalSchedule(
  table: NoiseTable,
  { labels = "reference" }: PseudoNumericalScheduleOptions = {},
): PseudoNumericalSchedule {
  if (labels !== "reference" && labels !== "matched")
    throw new InvalidInputError("options.labels", '"reference" or "matched"', labels);
  const entries = discreteSchedule(table);
  const count = entries.stepCount;
  const offset = labels === "reference" ? 1 : 0;
  const label = (time: number) => {
    const value = time * count - 1 - offset;
    return Math.abs(value - Math.round(value)) < LABEL_ROUNDING ? Math.round(value) : value;
  };
  const entryTime = (time: number) => entries.timeOfStep(Math.trunc(label(time)) + offset);
  const timeOfLabel = (value: number) => entries.timeOfStep(value + 1);
  return {
    ...entries,
    name: `pndm-${labels}`,
    timeRange: [entries.timeOfStep(entries.usedSteps - 1), entries.timeOfStep(0)],
    logAlpha: (time) => entries.logAlpha(entryTime(time)),
    alpha: (time) => entries.alpha(entryTime(time)),
    sigma: (time) => entries.sigma(entryTime(time)),
    halfLogSnr: (time) => entries.halfLogSnr(entryTime(time)),
    label,
    stepTimes(steps) {
      if (!Number.isInteger(steps) || steps < 1 || steps > count)
        throw new InvalidInputError("steps", `an integer in 1 … ${count}`, steps);
      const stride = Math.floor(count / steps);
      const walked = Array.from({ length: Math.ceil(count / stride) }, (_, index) => index * stride).reverse();
      return [...walked.filter((value) => value < count - 1), -1].map(timeOfLabel);
    },
  };
}
