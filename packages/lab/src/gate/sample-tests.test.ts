import { describe, expect, it } from "vitest";
import { proportion } from "./clopper-pearson.ts";
import { incompleteBeta } from "./incomplete-beta.ts";
import { mannWhitneyTest, welchTest } from "./sample-tests.ts";

describe("the incomplete beta function", () => {
  it("is a binomial sum at integers", () => {
    for (const [x, n, k] of [
      [0.3, 10, 4],
      [0.02, 200, 1],
      [0.9, 50, 48],
    ]) {
      let sum = 0;
      let term = (1 - x) ** n;
      for (let j = 0; j <= n; j++) {
        if (j >= k) sum += term;
        term *= ((n - j) / (j + 1)) * (x / (1 - x));
      }
      expect(incompleteBeta(x, k, n - k + 1) / sum).toBeCloseTo(1, 11);
    }
  });

  it("has closed forms: powers, and arcs for a = b = ½", () => {
    expect(incompleteBeta(0.37, 3, 1)).toBeCloseTo(0.37 ** 3, 14);
    expect(incompleteBeta(0.37, 1, 2.5)).toBeCloseTo(1 - 0.63 ** 2.5, 14);
    expect(incompleteBeta(0.2, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(0.2)), 14);
    expect([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)]).toEqual([0, 1]);
  });

  it("refuses what it is not defined for", () => {
    expect(() => incompleteBeta(1.1, 1, 1)).toThrow("from 0 to 1");
    expect(() => incompleteBeta(0.5, 0, 1)).toThrow("> 0");
  });
});

describe("bounds of a share", () => {
  it("are exact where nothing happened, or everything did", () => {
    // (1 − p)ⁿ = 0.05.
    expect(proportion(0, 208).upper).toBeCloseTo(1 - 0.05 ** (1 / 208), 12);
    expect(proportion(0, 208).lower).toBe(0);
    expect(proportion(20, 20).lower).toBeCloseTo(0.05 ** (1 / 20), 12);
    expect(proportion(20, 20).upper).toBe(1);
    expect(proportion(0, 0)).toMatchObject({ lower: 0, upper: 1 });
  });

  it("are those of the binomial distribution", () => {
    // R: binom.test(3, 40, conf.level = 0.9)$conf.int: 0.02082 0.18284.
    const { lower, upper } = proportion(3, 40);
    const atMost = (p: number, k: number) =>
      Array.from({ length: k + 1 }, (_, j) => {
        let choose = 1;
        for (let i = 0; i < j; i++) choose *= (40 - i) / (i + 1);
        return choose * p ** j * (1 - p) ** (40 - j);
      }).reduce((a, b) => a + b);
    expect(atMost(upper, 3)).toBeCloseTo(0.05, 10);
    expect(1 - atMost(lower, 2)).toBeCloseTo(0.05, 10);
  });

  it("refuse what is no count", () => {
    expect(() => proportion(3, 2)).toThrow("count ≤ total");
  });
});

describe("tests on raw samples", () => {
  const base = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4];
  const head = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.3];

  it("give what SciPy gives", () => {
    // scipy.stats.ttest_ind(head, base, equal_var=False, alternative="greater").
    expect(welchTest(base, head)).toBeCloseTo(0.004092814852483516, 12);
    expect(welchTest(base, head) + welchTest(head, base)).toBeCloseTo(1, 12);
    // scipy.stats.mannwhitneyu(head, base, alternative="greater", method="asymptotic").
    expect(mannWhitneyTest(base, head)).toBeCloseTo(0.0028943207433720594, 12);
  });

  it("give Student's t where its distribution is known", () => {
    // Two samples a side of equal variance: t with 2 degrees of freedom, whose tail is ½ (1 − t / √(2 + t²)).
    const t = 3 / Math.sqrt(0.5);
    expect(welchTest([0, 1], [3, 4])).toBeCloseTo(0.5 * (1 - t / Math.sqrt(2 + t * t)), 12);
    expect(welchTest([1, 1], [1, 1])).toBe(0.5);
    expect(welchTest([1, 1], [2, 2])).toBe(0);
  });

  it("give the normal approximation of Mann and Whitney's U", () => {
    // All of six above all of six: U = 36, mean 18, variance 39; with the correction z = 17.5 / √39.
    const p = mannWhitneyTest([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]);
    // scipy.stats.norm.sf(17.5 / sqrt(39)).
    expect(p).toBeCloseTo(0.0025374340489701264, 13);
    // Far out: the same of U = 2500, mean 1250, variance 50 · 50 · 101 / 12.
    const low = Array.from({ length: 50 }, (_, index) => index);
    const high = low.map((value) => value + 100);
    expect(mannWhitneyTest(low, high) / 3.533035965194466e-18).toBeCloseTo(1, 10);
    expect(mannWhitneyTest([1, 1], [1, 1])).toBe(1);
    expect(mannWhitneyTest([7, 8, 9], [1, 2, 3])).toBeGreaterThan(0.95);
  });

  it("refuse too few samples", () => {
    expect(() => welchTest([1], [1, 2])).toThrow("two samples");
    expect(() => mannWhitneyTest([], [1])).toThrow("at least one");
  });
});
