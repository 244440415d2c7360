import { InvalidInputError } from "../errors.ts";
import * as dd from "./double-double.ts";
import { chebyshevSpaced } from "./error-measure.ts";
import type { Target } from "./targets.ts";

/** A polynomial, coefficients from the highest power down, and its largest relative error on the interval. */
export interface Polynomial {
  readonly coefficients: readonly dd.DoubleDouble[];
  readonly error: number;
}

/** Candidates for extrema of the error: between two of them it changes by less than 10⁻⁴ of itself. */
const GRID = 2049;
const MOST_EXCHANGES = 60;

/**
 * The polynomial of a degree whose largest relative error is least: Remez's exchange in double-double arithmetic, so that errors below float64's resolution come out
 * right.
 *
 * @throws InvalidInputError for a negative degree, or a function with a zero on its interval.
 */
export function minimaxPolynomial({ interval, evaluate }: Target, degree: number): Polynomial {
  if (!Number.isInteger(degree) || degree < 0) throw new InvalidInputError("degree", "a natural number", degree);
  const grid = chebyshevSpaced(interval, GRID);
  const values = Array.from(grid, (x) => evaluate([x, 0]));
  if (values.some(([high], k) => high === 0 || high > 0 !== values[Math.max(0, k - 1)][0] > 0))
    throw new InvalidInputError("target", "a function without a zero on its interval", interval);
  const size = degree + 2;
  let reference = Array.from({ length: size }, (_, k) => Math.round((k * (GRID - 1)) / (size - 1)));
  for (let exchange = 0; ; exchange++) {
    const { coefficients, level } = solveLevelled(reference, grid, values, degree);
    const errors = values.map((value, k) =>
      dd.toNumber(dd.divide(dd.subtract(polynomialValue(coefficients, [grid[k], 0]), value), dd.magnitude(value))),
    );
    const error = errors.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    const next = alternation(errors, size);
    const isLevel = error <= Math.abs(level) * (1 + 1e-9) || next.every((place, k) => place === reference[k]);
    if (isLevel || exchange === MOST_EXCHANGES || next.length < size) return { coefficients, error };
    reference = next;
  }
}

/** The polynomial whose relative errors at the reference have alternating signs and one size, and that size. */
function solveLevelled(
  reference: readonly number[],
  grid: Float64Array,
  values: readonly dd.DoubleDouble[],
  degree: number,
): { coefficients: dd.DoubleDouble[]; level: number } {
  const rows = reference.map((place, k) => {
    const alternating = dd.magnitude(values[place]);
    return [...powers([grid[place], 0], degree), k % 2 === 0 ? alternating : dd.negate(alternating)];
  });
  const solution = solve(
    rows,
    reference.map((place) => values[place]),
  );
  return { coefficients: solution.slice(0, -1), level: dd.toNumber(solution.at(-1)!) };
}

/** Highest power first, down to 1. */
function powers(x: dd.DoubleDouble, degree: number): dd.DoubleDouble[] {
  const result: dd.DoubleDouble[] = [[1, 0]];
  for (let k = 0; k < degree; k++) result.unshift(dd.multiply(result[0], x));
  return result;
}

export function polynomialValue(coefficients: readonly dd.DoubleDouble[], x: dd.DoubleDouble): dd.DoubleDouble {
  return coefficients.reduce<dd.DoubleDouble>((sum, each) => dd.add(dd.multiply(sum, x), each), [0, 0]);
}

/** Places of extrema with alternating signs, the largest of each run of a sign; `size` of them, dropped from the end with the smaller error. */
function alternation(errors: readonly number[], size: number): number[] {
  const places: number[] = [];
  for (const [place, error] of errors.entries()) {
    const last = places.at(-1);
    if (last === undefined || error > 0 !== errors[last] > 0) places.push(place);
    else if (Math.abs(error) > Math.abs(errors[last])) places[places.length - 1] = place;
  }
  while (places.length > size)
    if (Math.abs(errors[places[0]]) < Math.abs(errors[places.at(-1)!])) places.shift();
    else places.pop();
  return places;
}

/** Solves a square linear system by elimination with row pivoting. */
function solve(matrix: readonly (readonly dd.DoubleDouble[])[], right: readonly dd.DoubleDouble[]): dd.DoubleDouble[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(rows[row][column][0]) > Math.abs(rows[pivot][column][0])) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let row = column + 1; row < size; row++) {
      const factor = dd.divide(rows[row][column], rows[column][column]);
      for (let k = column; k <= size; k++)
        rows[row][k] = dd.subtract(rows[row][k], dd.multiply(factor, rows[column][k]));
    }
  }
  const solution: dd.DoubleDouble[] = new Array(size);
  for (let row = size - 1; row >= 0; row--) {
    let value = rows[row][size];
    for (let k = row + 1; k < size; k++) value = dd.subtract(value, dd.multiply(rows[row][k], solution[k]));
    solution[row] = dd.divide(value, rows[row][row]);
  }
  return solution;
}

/** Degree of the interpolant whose coefficients stand for Taylor's: far more than any that are asked for. */
const INTERPOLANT = 30;

/**
 * Taylor coefficients of the function around the middle of its interval, in t = (x − middle) / half its width, lowest first, as those of an interpolant of high
 * degree: good to some 15 digits of the function where it is analytic well beyond the interval.
 */
export function taylorCoefficients({ interval, evaluate }: Target, count: number): dd.DoubleDouble[] {
  const nodes = Array.from({ length: INTERPOLANT + 1 }, (_, k) => Math.cos((Math.PI * (k + 0.5)) / (INTERPOLANT + 1)));
  const [middle, half] = [(interval[0] + interval[1]) / 2, (interval[1] - interval[0]) / 2];
  const solution = solve(
    nodes.map((t) => powers([t, 0], INTERPOLANT)),
    nodes.map((t) => evaluate(dd.add([middle, 0], dd.twoProduct(half, t)))),
  );
  return solution.reverse().slice(0, count);
}

/** Coefficients in x, highest power first, of a polynomial in t = (x − middle) / half, lowest power first. */
function inArgument(
  coefficients: readonly dd.DoubleDouble[],
  [lowest, highest]: Target["interval"],
): dd.DoubleDouble[] {
  const [middle, half] = [(lowest + highest) / 2, (highest - lowest) / 2];
  let result: dd.DoubleDouble[] = [];
  for (const coefficient of [...coefficients].reverse()) {
    // result · (x − middle) / half + coefficient
    const scaled = result.map((each) => dd.divide(each, [half, 0]));
    const shifted = scaled.map((each) => dd.multiply(each, [-middle, 0]));
    result = [...scaled, [0, 0] as const].map((each, k) => (k === 0 ? each : dd.add(each, shifted[k - 1])));
    result[result.length - 1] = dd.add(result[result.length - 1], coefficient);
  }
  return result;
}

/** Taylor's polynomial around the middle of the interval, in x, highest power first. */
export function taylorPolynomial(target: Target, degree: number): number[] {
  return inArgument(taylorCoefficients(target, degree + 1), target.interval).map(dd.toNumber);
}

/** Padé's approximant p/q of degrees (m, m) around the middle of the interval, q monic in x: coefficients of p, then those of q without its 1, highest power first. */
export function padeApproximant(target: Target, degree: number): number[] {
  const taylor = taylorCoefficients(target, 2 * degree + 1);
  // q₀ = 1; Σⱼ qⱼ c₍ₘ₊ᵢ₋ⱼ₎ = 0 for i = 1 … m.
  const rows = Array.from({ length: degree }, (_, i) =>
    Array.from({ length: degree }, (_, j) => taylor[degree + i - j]),
  );
  const denominator: dd.DoubleDouble[] = [
    [1, 0],
    ...solve(
      rows,
      Array.from({ length: degree }, (_, i) => dd.negate(taylor[degree + 1 + i])),
    ),
  ];
  const numerator = Array.from({ length: degree + 1 }, (_, k) =>
    denominator
      .slice(0, k + 1)
      .reduce<dd.DoubleDouble>((sum, q, j) => dd.add(sum, dd.multiply(q, taylor[k - j])), [0, 0]),
  );
  const p = inArgument(numerator, target.interval);
  const [leading, ...q] = inArgument(denominator, target.interval);
  return [...p, ...q].map((each) => dd.toNumber(dd.divide(each, leading)));
}
