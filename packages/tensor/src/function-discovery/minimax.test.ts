import { describe, expect, it } from "vitest";
import { baselines } from "./baselines.ts";
import * as dd from "./double-double.ts";
import { chebyshevSpaced, sample } from "./error-measure.ts";
import { evaluateExactly } from "./evaluate.ts";
import { FULL_STAGES, LeastSquaresFit } from "./least-squares.ts";
import { minimaxPolynomial, padeApproximant, polynomialValue, taylorCoefficients } from "./minimax.ts";
import { coefficientsOf, countOperations, type Program, withCoefficients } from "./program.ts";
import { rationalProgram, symmetricRational } from "./skeletons.ts";
import { type Target, targets } from "./targets.ts";

const root = (squarings: number): Target => ({
  ...targets.exp2,
  evaluate: ([high, low]) => targets.exp2.evaluate([high / 2 ** squarings, low / 2 ** squarings]),
});

/** Largest relative error over the reals. */
function exactError(program: Program, target: Target): number {
  return chebyshevSpaced(target.interval, 1001).reduce((most, x) => {
    const value = target.evaluate([x, 0]);
    const error = dd.toNumber(dd.divide(dd.subtract(evaluateExactly(program, [x, 0]), value), value));
    return Math.max(most, Math.abs(error));
  }, 0);
}

// The specification's table: own high-precision Remez runs. Columns: no squaring, one, two.
const TABLE = [
  [2.982e-2, 1.504e-2, 7.525e-3],
  [1.725e-3, 4.33e-4, 1.084e-4],
  [7.477e-5, 9.381e-6, 1.174e-6],
  [2.593e-6, 1.626e-7, 1.017e-8],
  [7.493e-8, 2.348e-9, 7.342e-11],
  [1.855e-9, 2.906e-11, 4.543e-13],
  [4.02e-11, 3.148e-13, 2.461e-15],
  [7.742e-13, 3.03e-15],
];

describe("Remez's exchange", () => {
  it("finds the minimax errors of 2^x and its roots, to below float64's resolution", { timeout: 60_000 }, () => {
    for (const [index, row] of TABLE.entries())
      for (const [squarings, expected] of row.entries()) {
        const { coefficients } = minimaxPolynomial(root(squarings), index + 1);
        const error = chebyshevSpaced([0, 1], 1001).reduce((most, x) => {
          let value = polynomialValue(coefficients, [x, 0]);
          for (let k = 0; k < squarings; k++) value = dd.multiply(value, value);
          const exact = targets.exp2.evaluate([x, 0]);
          return Math.max(most, Math.abs(dd.toNumber(dd.divide(dd.subtract(value, exact), exact))));
        }, 0);
        // Four digits are given.
        expect(Math.abs(error / expected - 1), `degree ${index + 1}, ${squarings} squarings: ${error}`).toBeLessThan(
          5e-4,
        );
      }
  });

  it("levels its error: as many extrema of one size as the theory says", () => {
    const { coefficients, error } = minimaxPolynomial(targets.bessel, 5);
    const errors = Array.from(chebyshevSpaced([0, 2], 2001), (x) => {
      const value = targets.bessel.evaluate([x, 0]);
      return dd.toNumber(dd.divide(dd.subtract(polynomialValue(coefficients, [x, 0]), value), value));
    });
    const extrema = errors.filter(
      (each, k) =>
        Math.abs(each) > 0.999 * error &&
        !(Math.abs(errors[k - 1]) > Math.abs(each)) &&
        !(Math.abs(errors[k + 1]) >= Math.abs(each)),
    );
    expect(extrema.length).toBe(7);
  });

  it("refuses a function with a zero, and degrees that are none", () => {
    expect(() => minimaxPolynomial(targets.erf, 3)).toThrow("without a zero");
    expect(() => minimaxPolynomial(targets.exp2, -1)).toThrow("degree");
  });
});

describe("baselines", () => {
  it("know Taylor's coefficients", () => {
    const taylor = taylorCoefficients(targets.exp2, 4);
    for (const [k, coefficient] of taylor.entries())
      expect(dd.toNumber(coefficient) / ((Math.SQRT2 * (Math.LN2 / 2) ** k) / [1, 1, 2, 6][k])).toBeCloseTo(1, 14);
  });

  it("know Padé's approximants", () => {
    // Around ½: √2 (1 + a/2 + a²/12) / (1 − a/2 + a²/12), a = (x − ½) ln 2.
    const program = rationalProgram(2, padeApproximant(targets.exp2, 2));
    for (const x of [0, 0.3, 1]) {
      const a = (x - 0.5) * Math.LN2;
      const expected = (Math.SQRT2 * (1 + a / 2 + a ** 2 / 12)) / (1 - a / 2 + a ** 2 / 12);
      expect(dd.toNumber(evaluateExactly(program, [x, 0]))).toBeCloseTo(expected, 13);
    }
  });

  it("are ordered as textbooks say, at the operations they count", { timeout: 30_000 }, () => {
    const found = baselines(targets.exp2, { operations: 8, measure: { kind: "relative" }, squarings: true });
    const errorOf = (name: string, operations: number) =>
      Math.min(
        ...found.filter((each) => each.name === name && each.operations === operations).map(({ error }) => error),
      );
    for (const { program, operations } of found) expect(countOperations(program)).toBe(operations);
    expect(errorOf("minimax polynomial", 8)).toBeLessThan(errorOf("Taylor", 8));
    expect(errorOf("minimax, squared", 8)).toBeLessThan(errorOf("minimax polynomial", 8));
    expect(errorOf("minimax rational", 8)).toBeLessThan(errorOf("Padé", 8));
    expect(errorOf("minimax, squared", 7)).toBeCloseTo(9.381e-6, 8);
  });

  it("have rational programs that are better still", () => {
    const ten = symmetricRational(2, [360.87532882, 125.06985812, 17.33400498, Math.SQRT2]);
    expect(countOperations(ten)).toBe(10);
    // 9.31·10⁻¹¹, and what the digits that are not given change: each coefficient by some 10⁻¹¹ of itself.
    expect(exactError(ten, targets.exp2)).toBeLessThan(1e-10);
    // Five digits of the coefficients are given, which are too few: they are where a fit starts.
    const given = symmetricRational(1, [-73.154, -25.352, Math.SQRT2]);
    const samples = sample(targets.exp2, chebyshevSpaced([0, 1], 64), { kind: "relative" });
    const { coefficients } = new LeastSquaresFit(given, samples).fit(coefficientsOf(given), FULL_STAGES);
    for (const [k, digits] of coefficientsOf(given).entries()) expect(coefficients[k] / digits).toBeCloseTo(1, 3);
    const eight = withCoefficients(given, coefficients);
    expect(countOperations(eight)).toBe(8);
    expect(exactError(eight, targets.exp2)).toBeLessThan(2.65e-6);
  });
});
