import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holm } from "./holm.ts";
import { signedRankBounds, signedRankTest } from "./signed-rank.ts";

/** By going through all signs. */
function bySigns(values: readonly number[]): number {
  const sizes = values.filter((value) => value !== 0).map(Math.abs);
  const ranks = sizes.map(
    (size) => sizes.filter((other) => other < size).length + (sizes.filter((other) => other === size).length + 1) / 2,
  );
  const signs = values.filter((value) => value !== 0).map((value) => value > 0);
  const sumOf = (up: readonly boolean[]) => ranks.reduce((total, rank, index) => total + (up[index] ? rank : 0), 0);
  let count = 0;
  for (let mask = 0; mask < 2 ** sizes.length; mask++)
    if (sumOf(ranks.map((_, index) => ((mask >> index) & 1) === 1)) >= sumOf(signs)) count++;
  return count / 2 ** sizes.length;
}

const values = fc.array(fc.integer({ min: -6, max: 6 }), { maxLength: 9 });

describe("the signed-rank test", () => {
  it("counts all signs, ties and zeros included", () => {
    fc.assert(
      fc.property(values, (given) => {
        expect(signedRankTest(given)).toBeCloseTo(bySigns(given), 12);
      }),
    );
  });

  it("gives 2⁻ⁿ when all values are above, 1 when none is", () => {
    expect(signedRankTest([1, 2, 3, 4, 5, 6, 7, 8])).toBe(2 ** -8);
    expect(signedRankTest([1, 2, 3], 10)).toBe(1);
    expect(signedRankTest([])).toBe(1);
  });

  it("gives what R's wilcox.test gives", () => {
    // wilcox.test(c(1.83,0.50,1.62,2.48,1.68,1.88,1.55,3.06,1.30), c(0.878,0.647,0.598,2.05,1.06,1.29,1.06,3.14,1.29), paired = TRUE, alternative = "greater"): V = 40, p = 0.01953.
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    expect(signedRankTest(before.map((value, index) => value - after[index]))).toBeCloseTo(0.01953125, 10);
  });

  it("refuses NaN and infinities", () => {
    expect(() => signedRankTest([Number.NaN])).toThrow("finite");
    expect(() => signedRankBounds([1, Number.POSITIVE_INFINITY], 0.05)).toThrow("finite");
  });
});

describe("the bounds", () => {
  it("are where the test stops rejecting", () => {
    const given = fc
      .uniqueArray(fc.integer({ min: -500, max: 500 }), { minLength: 6, maxLength: 10 })
      // Irrational steps: no two pairs of values have the same mean.
      .map((list) => list.map((value, index) => value / 500 + Math.SQRT2 * 1e-5 * 2 ** index));
    fc.assert(
      fc.property(given, fc.constantFrom(0.05, 0.02, 0.1), (list, level) => {
        const { lower, upper, estimate } = signedRankBounds(list, level);
        const step = 1e-9;
        expect(lower).toBeLessThanOrEqual(estimate);
        expect(upper).toBeGreaterThanOrEqual(estimate);
        expect(signedRankTest(list, lower - step)).toBeLessThanOrEqual(level + 1e-12);
        const negated = list.map((value) => -value);
        expect(signedRankTest(negated, -upper - step)).toBeLessThanOrEqual(level + 1e-12);
      }),
    );
  });

  it("say nothing when there are too few values for the level", () => {
    expect(signedRankBounds([1, 2, 3], 0.05)).toMatchObject({ lower: Number.NEGATIVE_INFINITY, estimate: 2 });
    expect(signedRankBounds([1, 2, 3, 4, 5], 0.05).lower).toBe(1);
  });

  it("miss the middle as seldom as they promise", () => {
    let state = 1;
    const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
    const runs = 4000;
    let missed = 0;
    for (let run = 0; run < runs; run++) {
      const list = Array.from({ length: 8 }, () => uniform() + uniform() - 1);
      if (signedRankBounds(list, 0.05).lower > 0) missed++;
    }
    // Exactly 0.0391 at n = 8 (the next value of the distribution is above 0.05); three deviations of the count.
    expect(missed / runs).toBeLessThan(0.0391 + 3 * Math.sqrt((0.0391 * 0.9609) / runs));
    expect(missed / runs).toBeGreaterThan(0.0391 - 3 * Math.sqrt((0.0391 * 0.9609) / runs));
  });
});

describe("Holm's correction", () => {
  it("multiplies by the number of hypotheses that are left, and keeps the order", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});
