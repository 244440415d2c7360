import { describe, expect, it } from "vitest";
import { adamsBashforthWeights, generalizedHeavyBallWeights, momentumNumber } from "./coefficients.ts";

describe("weights of slopes and velocities", () => {
  it("are Adams–Bashforth's, each the double nearest to its fraction", () => {
    expect(adamsBashforthWeights(1)).toEqual([1]);
    expect(adamsBashforthWeights(2)).toEqual([3 / 2, -1 / 2]);
    expect(adamsBashforthWeights(3)).toEqual([23 / 12, -16 / 12, 5 / 12]);
    expect(adamsBashforthWeights(4)).toEqual([55 / 24, -59 / 24, 37 / 24, -9 / 24]);
    expect(adamsBashforthWeights(5)).toEqual([1901 / 720, -2774 / 720, 2616 / 720, -1274 / 720, 251 / 720]);
  });

  it.each([1, 0.9, 0.5, 0.25, 0.01])("are the paper's closed forms for velocities, β = %d", (b) => {
    const printed = [
      [1],
      [(2 + b) / (2 * b), -(2 - b) / (2 * b)],
      [(18 + 5 * b) / (12 * b), -(24 - 8 * b) / (12 * b), (6 - b) / (12 * b)],
      [46 + 9 * b, -(78 - 19 * b), 42 - 5 * b, -(10 - b)].map((value) => value / (24 * b)),
      [1650 + 251 * b, -(3420 - 646 * b), 2880 - 264 * b, -(1380 - 106 * b), 270 - 19 * b].map(
        (value) => value / (720 * b),
      ),
    ];
    for (const [index, expected] of printed.entries())
      for (const [j, weight] of generalizedHeavyBallWeights(index + 1, b).entries())
        expect(Math.abs(weight - expected[j])).toBeLessThan(1e-13 / b);
  });

  it("of velocities sum to one, so that constant slopes pass unchanged", () => {
    for (const order of [1, 2, 3, 4, 5])
      expect(generalizedHeavyBallWeights(order, 0.3).reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
  });

  it("reads order and damping off the momentum number", () => {
    expect(momentumNumber(1.8)).toEqual({ order: 2, damping: 0.8 });
    expect(momentumNumber(3.9)).toEqual({ order: 4, damping: 0.9 });
    expect(momentumNumber(0.25)).toEqual({ order: 1, damping: 0.25 });
    expect(momentumNumber(4)).toEqual({ order: 4, damping: 1 });
  });

  it.each([0, -1, 5.1, 2.0005, Number.NaN])("refuses the momentum number %d", (q) => {
    expect(() => momentumNumber(q)).toThrow("momentumNumber");
  });

  it("refuses dampings that divide by next to nothing, and orders there are no weights for", () => {
    expect(() => generalizedHeavyBallWeights(2, 0.0005)).toThrow("damping");
    expect(() => generalizedHeavyBallWeights(2, 1.01)).toThrow("damping");
    expect(() => generalizedHeavyBallWeights(6, 0.5)).toThrow("order");
    expect(() => generalizedHeavyBallWeights(1.5, 0.5)).toThrow("order");
  });
});
