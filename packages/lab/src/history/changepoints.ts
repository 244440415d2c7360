import { InvalidInputError } from "@ansatz/tensor";
import { median } from "../benchmarking/timing.ts";
import { mannWhitneyTest } from "../gate/sample-tests.ts";

export interface ChangepointOptions {
  /** Fewest values on each side of a change. Default 5. */
  readonly fewest?: number;
  /** Chance of calling a change in a stretch that has none, at most. Default 0.05. */
  readonly level?: number;
  /** Changes of the median by less than this share are nobody's business. Default 0.05. */
  readonly effect?: number;
}

/** Where a history went from one level to another. */
interface Step {
  readonly kind: "step";
  /** Of the first value at the new level. */
  readonly index: number;
  /** Medians of the stretches before and after. */
  readonly before: number;
  readonly after: number;
  /** after / before − 1: positive is slower; ∞ from zero. */
  readonly change: number;
  /** Two-sided Mann–Whitney of the two stretches, times the places where the change could have been found. */
  readonly p: number;
}

/** A stretch over which values went gradually from one level to another: no commit did it. */
interface Drift {
  readonly kind: "drift";
  /** First and last value of the stretch. */
  readonly index: number;
  readonly last: number;
  /** The fitted line at its two ends. */
  readonly before: number;
  readonly after: number;
  readonly change: number;
}

export type Change = Step | Drift;

/** A half-open range of values. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds where a series of measurements changed, in order.
 *
 * Stretches are divided again and again where the energy distance between their halves is largest (E-divisive: Matteson, James, "A nonparametric approach for multiple change point analysis of
 * multivariate data", 2014, section 2), computed on ranks, which neither outliers nor the unit can move. In place of its permutation test, whose answer depends on a random seed, a division must pass a rank
 * test and an effect-size limit (after Fleming et al., "Hunter: using change point detection to hunt for performance regressions", 2023, section 3). The p-value is multiplied by the number of
 * places looked at. Neighbouring levels that a line explains better than steps become one drift.
 *
 * Values that change between two levels at random have no changepoint; those that stay on each for long have, and nothing in the values could tell.
 *
 * @param values finite numbers ≥ 0 in the order of their commits.
 * @throws InvalidInputError for any other value.
 */
export function findChanges(values: readonly number[], options: ChangepointOptions = {}): Change[] {
  const { fewest = 5, level = 0.05, effect = 0.05 } = options;
  for (const value of values)
    if (!(value >= 0 && Number.isFinite(value)))
      throw new InvalidInputError("findChanges: values", "finite numbers ≥ 0", value);
  const divisions = divide(values, { start: 0, end: values.length }, { fewest, level, effect });
  const bounds = [0, ...divisions, values.length];
  const stretches = bounds.slice(1).map((end, index) => ({ start: bounds[index], end }));
  return changesBetween(values, stretches, { fewest, level, effect });
}

function divide(values: readonly number[], stretch: Stretch, options: Required<ChangepointOptions>): number[] {
  const at = bestDivision(values.slice(stretch.start, stretch.end), options.fewest);
  if (at === undefined) return [];
  const index = stretch.start + at;
  const [left, right] = [
    { start: stretch.start, end: index },
    { start: index, end: stretch.end },
  ];
  if (!isChange(stepBetween(values, left, right, options), options)) return [];
  return [...divide(values, left, options), index, ...divide(values, right, options)];
}

/** Where the energy distance, weighted by m n / (m + n), between the values before and after is largest. */
function bestDivision(values: readonly number[], fewest: number): number | undefined {
  const n = values.length;
  if (n < 2 * fewest) return undefined;
  const ranks = midRanks(values);
  const distance = (a: number, b: number) => Math.abs(ranks[a] - ranks[b]);
  // Sums of distances within the left part, within the right part, and between them, moved along by one value at a time.
  let [within, beyond, between] = [0, 0, 0];
  for (let a = 0; a < n; a++) for (let b = a + 1; b < n; b++) beyond += distance(a, b);
  let best: number | undefined;
  let largest = 0;
  for (let at = 1; at <= n - fewest; at++) {
    let [toLeft, toRight] = [0, 0];
    for (let other = 0; other < at - 1; other++) toLeft += distance(at - 1, other);
    for (let other = at; other < n; other++) toRight += distance(at - 1, other);
    within += toLeft;
    beyond -= toRight;
    between += toRight - toLeft;
    if (at < fewest) continue;
    const [left, right] = [at, n - at];
    const energy = (2 * between) / (left * right) - (2 * within) / left ** 2 - (2 * beyond) / right ** 2;
    const statistic = ((left * right) / n) * energy;
    if (statistic > largest) [largest, best] = [statistic, at];
  }
  return best;
}

function midRanks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2);
}

function stepBetween(
  values: readonly number[],
  left: Stretch,
  right: Stretch,
  { fewest }: Required<ChangepointOptions>,
): Step {
  const [old, recent] = [left, right].map(({ start, end }) => values.slice(start, end));
  const [before, after] = [median(old), median(recent)];
  const places = Math.max(1, old.length + recent.length - 2 * fewest + 1);
  const p = 2 * Math.min(mannWhitneyTest(old, recent), mannWhitneyTest(recent, old));
  return { kind: "step", index: right.start, before, after, change: after / before - 1, p: Math.min(1, p * places) };
}

function isChange({ before, after, p }: Step, { level, effect }: Required<ChangepointOptions>): boolean {
  return p <= level && Math.max(before, after) / Math.min(before, after) - 1 >= effect;
}

/** Steps between neighbouring stretches, runs of which are one drift where a line explains them better. */
function changesBetween(
  values: readonly number[],
  stretches: readonly Stretch[],
  options: Required<ChangepointOptions>,
): Change[] {
  const changes: Change[] = [];
  for (let first = 0; first < stretches.length; ) {
    let last = stretches.length - 1;
    while (last > first && !isLine(values, stretches.slice(first, last + 1))) last--;
    if (last > first) changes.push(driftOver(values, stretches[first].start, stretches[last].end));
    if (last + 1 < stretches.length) changes.push(stepBetween(values, stretches[last], stretches[last + 1], options));
    first = last + 1;
  }
  // What is left of a step beside a drift, or between stretches that were divided further, may be none.
  return changes.filter((change) => change.kind === "drift" || isChange(change, options));
}

/** By Bayes's information criterion for absolute errors: a line has two parameters, k levels have k and k − 1 places. */
function isLine(values: readonly number[], stretches: readonly Stretch[]): boolean {
  const [start, end] = [stretches[0].start, stretches[stretches.length - 1].end];
  const line = lineThrough(values, start, end);
  let [fromLine, fromLevels] = [0, 0];
  for (const { start: from, end: to } of stretches) {
    const level = median(values.slice(from, to));
    for (let index = from; index < to; index++) {
      fromLine += Math.abs(values[index] - line(index));
      fromLevels += Math.abs(values[index] - level);
    }
  }
  const n = end - start;
  const criterion = (error: number, parameters: number) => n * Math.log(error / n) + parameters * Math.log(n);
  return criterion(fromLine, 2) < criterion(fromLevels, 2 * stretches.length - 1);
}

/** Theil–Sen: the median of the slopes of all pairs, which outliers do not turn. */
function lineThrough(values: readonly number[], start: number, end: number): (index: number) => number {
  const slopes: number[] = [];
  for (let a = start; a < end; a++) for (let b = a + 1; b < end; b++) slopes.push((values[b] - values[a]) / (b - a));
  const slope = median(slopes);
  const offset = median(values.slice(start, end).map((value, index) => value - slope * (start + index)));
  return (index) => offset + slope * index;
}

function driftOver(values: readonly number[], start: number, end: number): Drift {
  const line = lineThrough(values, start, end);
  const [before, after] = [line(start), line(end - 1)];
  return { kind: "drift", index: start, last: end - 1, before, after, change: after / before - 1 };
}
