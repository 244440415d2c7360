import { InvalidInputError } from "../errors.ts";
import { type DoubleDouble, toNumber } from "./double-double.ts";
import { checkFormat, type Format, ulp } from "./rounding.ts";
import type { Target } from "./targets.ts";

/**
 * How an error |ŷ − y| is measured:
 * - `"relative"`: divided by |y| + epsilon (default 0); points where that is 0 are left out;
 * - `"ulp"`: in units in the last place of y in a format, or of the number `at` everywhere (the paper measures 2^x on [0, 1] by the unit at 1.5).
 */
export type ErrorMeasure =
  | { readonly kind: "relative"; readonly epsilon?: number }
  | { readonly kind: "ulp"; readonly format: Format; readonly at?: number };

/** Arguments, the function's values there as double-doubles, and what an error there is multiplied with. */
export interface Samples {
  readonly x: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly weight: Float64Array;
}

/** @throws InvalidInputError where the measure is none, or where the function is not finite: a pole. */
export function sample(target: Target, arguments_: ArrayLike<number>, measure: ErrorMeasure): Samples {
  checkMeasure("measure", measure);
  const rows: (readonly [x: number, value: DoubleDouble, weight: number])[] = [];
  for (const x of Array.from(arguments_)) {
    const value = target.evaluate([x, 0]);
    if (!Number.isFinite(toNumber(value)))
      throw new InvalidInputError("target", `a function that is finite on ${target.interval}`, `${value[0]} at ${x}`);
    const weight = weightOf(value[0], measure);
    if (Number.isFinite(weight)) rows.push([x, value, weight]);
  }
  if (rows.length === 0) throw new InvalidInputError("target", "a function that is not 0 everywhere", target.name);
  return {
    x: Float64Array.from(rows, ([x]) => x),
    high: Float64Array.from(rows, ([, [high]]) => high),
    low: Float64Array.from(rows, ([, [, low]]) => low),
    weight: Float64Array.from(rows, ([, , weight]) => weight),
  };
}

export function weightOf(value: number, measure: ErrorMeasure): number {
  if (measure.kind === "relative") return 1 / (Math.abs(value) + (measure.epsilon ?? 0));
  return 1 / ulp(measure.format, measure.at ?? value);
}

export function checkMeasure(argument: string, measure: ErrorMeasure): void {
  if (measure.kind === "ulp") checkFormat(`${argument}.format`, measure.format);
  else if (measure.kind !== "relative")
    throw new InvalidInputError(`${argument}.kind`, '"relative" or "ulp"', (measure as ErrorMeasure).kind);
  else if (!((measure.epsilon ?? 0) >= 0))
    throw new InvalidInputError(`${argument}.epsilon`, "a number that is not negative", measure.epsilon);
}

/** `count` equally spaced arguments, ends included. */
export function equallySpaced([lowest, highest]: Target["interval"], count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => lowest + ((highest - lowest) * k) / (count - 1));
}

/** `count` arguments that are dense at the ends, ends included: the extrema of a Chebyshev polynomial. */
export function chebyshevSpaced([lowest, highest]: Target["interval"], count: number): Float64Array {
  const centre = (lowest + highest) / 2;
  return Float64Array.from({ length: count }, (_, k) => {
    if (k === 0) return lowest;
    return k === count - 1 ? highest : centre - ((highest - lowest) / 2) * Math.cos((Math.PI * k) / (count - 1));
  });
}

/**
 * How good an error is, so that more is better: −log₁₀ for errors below 0.1, no more than `cap`; falling from 1 to 0 for larger ones; anything that is no number
 * is worst. The paper's "semi-squashed logarithm".
 */
export function quality(error: number, cap = 30): number {
  if (!(error < Number.POSITIVE_INFINITY)) return 0;
  if (error < 0.1) return Math.min(cap, -Math.log10(error));
  return 1 / (1 + Math.log10(error / 0.1));
}
