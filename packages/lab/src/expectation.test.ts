import { describe, expect, it } from "vitest";
import { atLeast, atMost, checkExpectation, printExpectation, within } from "./expectation.ts";

describe("checkExpectation", () => {
  it.each([
    [atMost("error", 1e-3, "table 1"), 1e-3, true],
    [atMost("error", 1e-3, "table 1"), 1.1e-3, false],
    [atLeast("error", 0.9, "table 1"), 0.9, true],
    [atLeast("error", 0.9, "table 1"), 0.89, false],
    [within("error", 3, 0.5, "fig. 2"), 3.5, true],
    [within("error", 3, 0.5, "fig. 2"), 2.4, false],
  ])("%o is held against %d: %s", (expectation, error, met) => {
    expect(checkExpectation(expectation, { error })).toEqual({ ...expectation, actual: error, met });
  });

  it("is met neither by a number that was not measured nor by NaN", () => {
    expect(checkExpectation(atMost("error", 1, "table 1"), { error: null }).met).toBe(false);
    expect(checkExpectation(atMost("error", 1, "table 1"), {})).toMatchObject({ actual: null, met: false });
    expect(checkExpectation(atMost("error", 1, "table 1"), { error: Number.NaN }).met).toBe(false);
  });
});

describe("printExpectation", () => {
  it("reads as a relation", () => {
    expect(printExpectation(atMost("error", 1e-12, ""))).toBe("≤ 1e-12");
    expect(printExpectation(atLeast("error", 0.9, ""))).toBe("≥ 0.9");
    expect(printExpectation(within("error", 3, 0.5, ""))).toBe("3 ± 0.5");
  });
});
