import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chosen, measured, numberText, uniform } from "../../dashboard/src/display/number-parts.ts";

const measuredText = (value: number, digits?: number) => numberText(measured(value, digits));
const chosenText = (value: number) => numberText(chosen(value));

describe("a measured number", () => {
  it.each([
    [0, "0"],
    [-0, "0"],
    [11, "11"],
    [1200, "1200"],
    [56_199, "56\u202f199"],
    [0.34126, "0.3413"],
    [8.6, "8.6"],
    [-61.3, "−61.3"],
    [0.001, "0.001"],
    [999_999.96, "1\u202f000\u202f000"],
    [7.12345e-14, "7.12 × 10⁻¹⁴"],
    [1e-12, "1.00 × 10⁻¹²"],
    [-2.5e9, "−2.50 × 10⁹"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "∞"],
    [Number.NEGATIVE_INFINITY, "−∞"],
    [Number.MIN_VALUE, "4.94 × 10⁻³²⁴"],
  ])("%d reads %s", (value, text) => {
    expect(measuredText(value)).toBe(text);
  });

  it("is never farther from the value than its last digit", () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
        const { mantissa, exponent } = measured(value);
        const read = Number(`${mantissa.replaceAll("\u202f", "").replace("−", "-")}e${exponent ?? 0}`);
        // Three significant digits in scientific notation, four otherwise; overflow of the largest doubles aside.
        if (Number.isFinite(read))
          expect(Math.abs(read - value)).toBeLessThanOrEqual(0.005 * Math.abs(value) + Number.MIN_VALUE);
      }),
    );
  });
});

describe("a chosen number", () => {
  it.each([
    [1e-12, "10⁻¹²"],
    [-1e-12, "−1 × 10⁻¹²"],
    [2.5e-7, "2.5 × 10⁻⁷"],
    [1200, "1200"],
    [1_000_000, "1\u202f000\u202f000"],
    [0.0234, "0.0234"],
    [1 / 3, "0.3333333333333333"],
    [9_007_199_254_740_991, "9.007199254740991 × 10¹⁵"],
  ])("%d shows every digit: %s", (value, text) => {
    expect(chosenText(value)).toBe(text);
  });
});

describe("numbers of one column", () => {
  const column = (...values: number[]) => values.map((value) => numberText(uniform(values)(value)));

  it("have the same decimals where they are of like size", () => {
    expect(column(0.02, 0.168, 1)).toEqual(["0.020", "0.168", "1.000"]);
    expect(column(61.3, -7)).toEqual(["61.3", "−7.0"]);
    expect(column(0.18253, 69.66641)).toEqual(["0.183", "69.666"]);
    expect(column(4.8421)).toEqual(["4.842"]);
  });

  it("are all in scientific notation where they span decades", () => {
    expect(column(0.5, 3e-15, 0)).toEqual(["5.00 × 10⁻¹", "3.00 × 10⁻¹⁵", "0"]);
  });

  it("stay integers where all are", () => {
    expect(column(2, 1_000_000, 0)).toEqual(["2", "1\u202f000\u202f000", "0"]);
  });

  it("leave NaN and infinities what they are", () => {
    expect(column(0.5, Number.NaN, Number.NEGATIVE_INFINITY)).toEqual(["0.5", "NaN", "−∞"]);
    expect(column(Number.NaN)).toEqual(["NaN"]);
  });
});
