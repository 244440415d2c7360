import { InvalidInputError } from "../errors.ts";
import * as dd from "./double-double.ts";

/** A function to be approximated, on an interval. */
export interface Target {
  readonly name: string;
  readonly interval: readonly [lowest: number, highest: number];
  /** The function's value, to about 30 digits. Double-doubles throughout: `toNumber` makes a plain number of one. */
  evaluate(x: dd.DoubleDouble): dd.DoubleDouble;
  /** The same in float64, where millions of values are wanted and 15 digits do. Default: `evaluate`, rounded. */
  evaluateQuickly?(x: number): number;
}

const ONE: dd.DoubleDouble = [1, 0];
const LN2 = dd.parseDoubleDouble("0.693147180559945309417232121458176568075500134");
const TAU = dd.parseDoubleDouble("6.283185307179586476925286766559005768394338799");
const TWO_OVER_SQRT_PI = dd.parseDoubleDouble("1.128379167095512573896158903121545171688101259");
const AIRY_AT_0 = dd.parseDoubleDouble("0.355028053887817239260063186004183176397979174");
const AIRY_SLOPE_AT_0 = dd.parseDoubleDouble("0.258819403792806798405183560189203963479091138");

/** Σ of terms of which each is the one before times `ratio(n)`, n = 1, 2, …, until they no longer count. */
function series(first: dd.DoubleDouble, ratio: (n: number) => dd.DoubleDouble): dd.DoubleDouble {
  let [sum, term] = [first, first];
  for (let n = 1; Math.abs(term[0]) > 1e-34 * Math.abs(sum[0]) && n < 500; n++) {
    term = dd.multiply(term, ratio(n));
    sum = dd.add(sum, term);
  }
  return sum;
}

function over(numerator: dd.DoubleDouble, denominator: number): dd.DoubleDouble {
  return dd.divide(numerator, [denominator, 0]);
}

function exponential(x: dd.DoubleDouble): dd.DoubleDouble {
  const whole = Math.round(x[0] / LN2[0]);
  const rest = dd.subtract(x, dd.multiply([whole, 0], LN2));
  const power = series(ONE, (n) => over(rest, n));
  return [power[0] * 2 ** whole, power[1] * 2 ** whole];
}

function exp2(x: dd.DoubleDouble): dd.DoubleDouble {
  const whole = Math.round(x[0]);
  const power = exponential(dd.multiply(dd.subtract(x, [whole, 0]), LN2));
  return [power[0] * 2 ** whole, power[1] * 2 ** whole];
}

/** One step of Halley's on the float64 logarithm: its error is cubed. */
function logarithm(x: dd.DoubleDouble): dd.DoubleDouble {
  const first: dd.DoubleDouble = [Math.log(x[0]), 0];
  const power = exponential(first);
  const step = dd.divide(dd.subtract(x, power), dd.add(x, power));
  return dd.add(first, [2 * step[0], 2 * step[1]]);
}

/** All terms are positive: nothing is lost at large arguments. */
function errorFunction(x: dd.DoubleDouble): dd.DoubleDouble {
  const square = dd.multiply(x, x);
  const sum = series(x, (n) => over([2 * square[0], 2 * square[1]], 2 * n + 1));
  return dd.multiply(dd.multiply(TWO_OVER_SQRT_PI, exponential(dd.negate(square))), sum);
}

function sine(x: dd.DoubleDouble): dd.DoubleDouble {
  const square = dd.multiply(x, x);
  return series(x, (n) => over(dd.negate(square), 2 * n * (2 * n + 1)));
}

/** Ai of arguments of ordinary size: its Maclaurin series. */
function airy(x: dd.DoubleDouble): dd.DoubleDouble {
  const cube = dd.multiply(x, dd.multiply(x, x));
  const even = series(ONE, (n) => over(cube, 3 * n * (3 * n - 1)));
  const odd = series(x, (n) => over(cube, 3 * n * (3 * n + 1)));
  return dd.subtract(dd.multiply(AIRY_AT_0, even), dd.multiply(AIRY_SLOPE_AT_0, odd));
}

/** The Bessel function J₀, by its Maclaurin series. */
function bessel(x: dd.DoubleDouble): dd.DoubleDouble {
  const square = dd.multiply(x, x);
  return series(ONE, (n) => over(dd.negate(square), 4 * n * n));
}

/** Functions of the paper's tables, on intervals where they have no zero. "wavy" stands for its synthetic one: a whole period of a sine, raised. */
export const targets = {
  exp2: { name: "2^x on [0, 1]", interval: [0, 1], evaluate: exp2, evaluateQuickly: (x) => 2 ** x },
  log2: { name: "log₂ x on [1, 2]", interval: [1, 2], evaluate: (x) => dd.divide(logarithm(x), LN2) },
  erf: { name: "erf on [0, 1]", interval: [0, 1], evaluate: errorFunction },
  erfTail: { name: "erf on [1, 5]", interval: [1, 5], evaluate: errorFunction },
  erfLongTail: { name: "erf on [1, 7]", interval: [1, 7], evaluate: errorFunction },
  airy: { name: "Ai on [0, 2]", interval: [0, 2], evaluate: airy },
  bessel: { name: "J₀ on [0, 2]", interval: [0, 2], evaluate: bessel },
  wavy: {
    name: "2 + sin 2πx on [0, 1]",
    interval: [0, 1],
    evaluate: (x) => dd.add([2, 0], sine(dd.multiply(TAU, dd.subtract([0.5, 0], x)))),
  },
} as const satisfies Readonly<Record<string, Target>>;

/** @throws InvalidInputError unless the interval is one, and the function finite on it. */
export function checkTarget(argument: string, { interval, evaluate }: Target): void {
  const [lowest, highest] = interval;
  if (!(Number.isFinite(lowest) && Number.isFinite(highest) && lowest < highest))
    throw new InvalidInputError(`${argument}.interval`, "two finite numbers, the smaller first", interval);
  const PROBES = 64;
  for (let probe = 0; probe <= PROBES; probe++) {
    const x = lowest + ((highest - lowest) * probe) / PROBES;
    const value = dd.toNumber(evaluate([x, 0]));
    if (!Number.isFinite(value))
      throw new InvalidInputError(argument, "a function that is finite on its interval", `${value} at ${x}`);
  }
}
