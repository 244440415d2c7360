import { describe, expect, it } from "vitest";
import { DEFAULT_RULES, decide, isSuspicious, minimumDetectable } from "./decision.ts";
import { signedRankTest } from "./signed-rank.ts";

const rules = DEFAULT_RULES;
/** Log-ratios about a slow-down, with a spread of half a per cent. */
const about = (slowdown: number, count = 8) =>
  Array.from({ length: count }, (_, index) => Math.log1p(slowdown) + 0.001 * (((index * 5) % count) - (count - 1) / 2));
const final = (logRatios: readonly number[]) => ({ logRatios, screened: false });

describe("decide", () => {
  it("calls a clear slow-down a regression and clears what did not change", () => {
    const [slower, same, faster] = decide([final(about(0.1)), final(about(0)), final(about(-0.1))], rules);
    expect(slower).toMatchObject({ state: "regression", processes: 8, p: 3 * 2 ** -8 });
    expect(slower.estimate).toBeCloseTo(0.1, 3);
    expect(slower.lower).toBeGreaterThan(0.09);
    expect(same).toMatchObject({ state: "no-regression", p: 1 });
    expect(same.upper).toBeLessThan(0.005);
    expect(faster).toMatchObject({ state: "no-regression" });
    expect(faster.estimate).toBeCloseTo(-0.1, 3);
  });

  it("does not call a slow-down within the margin one, however sure it is", () => {
    const [decision] = decide([final(about(0.015, 30))], rules);
    expect(decision).toMatchObject({ state: "no-regression" });
    expect(decision.lower).toBeGreaterThan(0);
  });

  it("is inconclusive where the spread hides what matters, or the processes are too few", () => {
    const noisy = [-0.2, 0.3, -0.1, 0.15, 0.02, -0.05, 0.2, -0.25];
    expect(decide([final(noisy)], rules)[0].state).toBe("inconclusive");
    const [few] = decide([final(about(0, 3))], rules);
    expect(few).toMatchObject({ state: "inconclusive", upper: Number.POSITIVE_INFINITY, lower: -1 });
    expect(few.minimumDetectable).toBe(Number.POSITIVE_INFINITY);
  });

  it("never calls a screened workload a regression, but still tells its bounds", () => {
    const [decision] = decide([{ logRatios: about(0.1), screened: true }], rules);
    expect(decision).toMatchObject({ state: "inconclusive", p: 1 });
  });

  it("asks more of each workload when there are many", () => {
    const one = final(about(0.1));
    const unchanged = Array.from({ length: 19 }, () => final(about(0)));
    expect(decide([one], rules)[0].state).toBe("regression");
    // 20 · 2⁻⁸ > 0.05: eight processes cannot say it among twenty workloads; thirty can.
    expect(decide([one, ...unchanged], rules)[0].state).toBe("inconclusive");
    expect(decide([final(about(0.1, 30)), ...unchanged], rules)[0].state).toBe("regression");
  });
});

describe("the screening", () => {
  it("keeps what may be slower and drops what is not", () => {
    expect(isSuspicious(about(0.1), rules)).toBe(true);
    expect(isSuspicious(about(0.03), rules)).toBe(true);
    expect(isSuspicious(about(0), rules)).toBe(false);
    expect(isSuspicious(about(-0.1), rules)).toBe(false);
  });
});

describe("the minimum detectable slow-down", () => {
  it("is where the test begins to reject", () => {
    const logRatios = [0.011, -0.02, 0.004, 0.031, -0.013, 0.0023, -0.0071, 0.017];
    for (const level of [0.05, 0.01, 0.005]) {
      const smallest = Math.log1p(minimumDetectable(logRatios, level, 0.02));
      // Their middle is subtracted, a slow-down added.
      const middle = Math.log1p(decide([final(logRatios)], rules)[0].estimate);
      const slowed = (by: number) => logRatios.map((value) => value - middle + by);
      expect(signedRankTest(slowed(smallest + 1e-9), Math.log(1.02))).toBeLessThanOrEqual(level);
      expect(signedRankTest(slowed(smallest - 1e-6), Math.log(1.02))).toBeGreaterThan(level);
    }
  });

  it("shrinks with more processes", () => {
    expect(minimumDetectable(about(0, 30), 0.005, 0.02)).toBeLessThan(0.05);
    expect(minimumDetectable(about(0, 4), 0.05, 0.02)).toBe(Number.POSITIVE_INFINITY);
  });
});
