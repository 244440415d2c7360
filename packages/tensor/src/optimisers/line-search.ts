/** A point of a line search: where along the line, and the function's value and slope there. */
export interface Trial {
  readonly stepSize: number;
  readonly value: number;
  readonly slope: number;
}

export interface LineSearchOptions {
  /** Step size to try first, > 0. */
  readonly firstStep: number;
  /** c₁: share of the decrease that the slope promises which a step must bring. */
  readonly sufficientDecrease: number;
  /** c₂: share of the start's slope which may be left. */
  readonly curvature: number;
  /** Differences of values up to this are taken for rounding errors. */
  readonly rounding: number;
  /** Most evaluations. */
  readonly evaluations: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * A step along a line of descent that satisfies the strong Wolfe conditions. Where the value is not finite, a step is too long.
 *
 * Source: Nocedal, Wright, "Numerical Optimization" (2006), algorithms 3.5 and 3.6, with steps by cubic interpolation (3.59); between the ends of an interval they stay a tenth of it away from
 * both, beyond the last step they stay within ten times it.
 *
 * @returns the trial of the last evaluation; undefined when evaluations run out or the signal fires.
 */
export async function strongWolfeSearch(
  evaluate: (stepSize: number) => Promise<Trial>,
  start: Trial,
  { firstStep, sufficientDecrease, curvature, rounding, evaluations, signal }: LineSearchOptions,
): Promise<Trial | undefined> {
  const isTooHigh = (trial: Trial, lowest: Trial) =>
    !Number.isFinite(trial.value + trial.slope) ||
    trial.value > start.value + sufficientDecrease * trial.stepSize * start.slope + rounding ||
    trial.value > lowest.value + rounding;
  const isFlat = ({ slope }: Trial) => Math.abs(slope) <= -curvature * start.slope;

  let low = start;
  let high: Trial | undefined;
  let stepSize = firstStep;
  for (let evaluation = 0; evaluation < evaluations && !signal?.aborted; evaluation++) {
    const trial = await evaluate(stepSize);
    if (isTooHigh(trial, low)) high = trial;
    else if (isFlat(trial)) return trial;
    else {
      const ahead = high ? high.stepSize - low.stepSize : 1;
      if (trial.slope * ahead >= 0) high = low;
      else if (!high) {
        stepSize = beyond(low, trial);
        low = trial;
        continue;
      }
      low = trial;
    }
    stepSize = between(low, high!);
  }
  return undefined;
}

/** A step of an interval, where the cubic through both ends is least. */
function between(low: Trial, high: Trial): number {
  const [left, right] = [Math.min(low.stepSize, high.stepSize), Math.max(low.stepSize, high.stepSize)];
  const margin = 0.1 * (right - left);
  const least = leastOfCubic(low, high);
  return Number.isFinite(least) ? Math.min(Math.max(least, left + margin), right - margin) : (left + right) / 2;
}

/** A longer step than the last, where the cubic through the last two is least. */
function beyond(before: Trial, last: Trial): number {
  const shortest = last.stepSize + 0.1 * (last.stepSize - before.stepSize);
  const longest = 10 * last.stepSize;
  const least = leastOfCubic(before, last);
  return Number.isFinite(least) ? Math.min(Math.max(least, shortest), longest) : longest;
}

/** NaN where the cubic has no least point. */
function leastOfCubic(a: Trial, b: Trial): number {
  const width = b.stepSize - a.stepSize;
  const d1 = a.slope + b.slope - (3 * (b.value - a.value)) / width;
  const d2 = Math.sign(width) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  return b.stepSize - (width * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
}
