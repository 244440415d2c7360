import { measured, numberText } from "../display/number-parts.ts";

/** One line of a plot. `steps` do not decrease; values may be anything a double can be. */
export interface Curve {
  readonly label: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** A curve with its places in the palette and among the dash patterns. */
export interface StyledCurve extends Curve {
  readonly colour: number;
  readonly dash: number;
}

export type ValueScale = "linear" | "log";

/** A level worth reaching, drawn across the plot. */
export interface Level {
  /** What stands before the value: `"target ≤"`. */
  readonly label: string;
  readonly value: number;
}

/** Steps common to all curves and, per curve, a value, null (cannot be drawn: a gap) or undefined (no such step) at each of them. */
export type AlignedCurves = [readonly number[], ...(number | null | undefined)[][]];

function drawable(value: number, scale: ValueScale): boolean {
  return Number.isFinite(value) && (scale === "linear" || value > 0);
}

/** Lines up curves on the union of their steps. Where a curve repeats a step, its last value counts. */
export function align(curves: readonly Curve[], scale: ValueScale): AlignedCurves {
  const steps = unionOfSteps(curves);
  const columns = curves.map((curve) => {
    const values = valuesByStep(curve);
    return steps.map((step) => {
      const value = values.get(step);
      return value === undefined || drawable(value, scale) ? value : null;
    });
  });
  return [steps, ...columns];
}

export function unionOfSteps(curves: readonly Curve[]): number[] {
  return [...new Set(curves.flatMap((curve) => curve.steps))].filter(Number.isFinite).sort((a, b) => a - b);
}

export function valuesByStep({ steps, values }: Curve): ReadonlyMap<number, number> {
  return new Map(steps.map((step, index) => [step, values[index]]));
}

const FALLS_OVER_DECADES = /error|residual|gap|tolerance/i;

/**
 * Errors fall over decades and want a log axis, from their first point on; so does what has spanned two decades. The rest, and what
 * touches zero, reads better on a linear axis.
 */
export function suitableScale(quantity: string, curves: readonly Curve[]): ValueScale {
  const finite = curves.flatMap((curve) => curve.values.filter(Number.isFinite));
  const positive = finite.filter((value) => value > 0);
  if (finite.some((value) => value < 0) || positive.length < 0.8 * finite.length) return "linear";
  if (FALLS_OVER_DECADES.test(quantity)) return "log";
  let least = Infinity;
  let most = 0;
  for (const value of positive) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return most / least >= 100 ? "log" : "linear";
}

/** Whole decades around the data, at least one. */
export function decadeRange(least: number | null, most: number | null): [number, number] {
  if (least === null || most === null || !(least > 0)) return [0.1, 1];
  const low = Math.floor(Math.log10(least) + 1e-9);
  const high = Math.max(Math.ceil(Math.log10(most) - 1e-9), low + 1);
  return [10 ** low, 10 ** high];
}

/** Powers of ten between two decades, thinned to about `count`, plus 2 and 5 where there are less than two decades. */
export function decadeTicks(low: number, high: number, count: number): number[] {
  const first = Math.round(Math.log10(low));
  const last = Math.round(Math.log10(high));
  const stride = Math.max(1, Math.ceil((last - first) / Math.max(count, 1)));
  const ticks: number[] = [];
  // Multiples of the stride stay ticks while a falling error lets the axis grow.
  for (let exponent = Math.ceil(first / stride) * stride; exponent <= last; exponent += stride) {
    ticks.push(10 ** exponent);
    if (last - first < 2 && exponent < last) ticks.push(2 * 10 ** exponent, 5 * 10 ** exponent);
  }
  return ticks;
}

/** The finite steps at which some curve has a value that cannot be drawn. */
export function undrawableSteps([steps, ...columns]: AlignedCurves): number[] {
  return steps.filter((_, index) => columns.some((column) => column[index] === null));
}

/** How many points of a curve cannot be drawn, and why, in words; null when all can. */
export function undrawable({ label, values }: Curve, scale: ValueScale): string | null {
  const notFinite = values.filter((value) => !Number.isFinite(value)).length;
  const notPositive = scale === "log" ? values.filter((value) => Number.isFinite(value) && value <= 0).length : 0;
  const reasons = [];
  if (notFinite > 0) reasons.push(`${notFinite} not finite`);
  if (notPositive > 0) reasons.push(`${notPositive} zero or negative, which a log axis cannot show`);
  return reasons.length === 0 ? null : `${label}: ${reasons.join(", ")}`;
}

/** What a plot shows, for those who cannot see it. */
export function describe(curves: readonly Curve[]): string {
  const parts = curves.map(({ label, steps, values }) => {
    if (values.length === 0) return `${label}: no points yet`;
    const first = numberText(measured(values[0], 3));
    const last = numberText(measured(values[values.length - 1], 3));
    return `${label}: ${values.length} points, from ${first} at step ${steps[0]} to ${last} at step ${steps[steps.length - 1]}`;
  });
  return parts.join("; ");
}
