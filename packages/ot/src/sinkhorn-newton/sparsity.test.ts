import { describe, expect, it } from "vitest";
import type { PlanEvaluation } from "../device-problem.ts";
import { BINS, binOf, lowerEdgeOf } from "../kernels/plan-marginals/histogram.ts";
import { selectEntries } from "./sparsity.ts";

/** A plan with these entries, as far as the selection looks at it. */
function evaluation(entries: readonly number[], error: number): PlanEvaluation {
  const histogram = new Int32Array(BINS);
  for (const entry of entries) histogram[binOf(Math.log(entry))]++;
  return { histogram, error } as PlanEvaluation;
}

/** 2000 entries, each 1 % smaller than the one before. */
const ENTRIES = Array.from({ length: 2000 }, (_, index) => 0.01 * 0.99 ** index);

describe("adaptive sparsity", () => {
  it.each([1, 1e-2, 1e-4, 1e-6, 1e-9, 1e-13])(
    "drops little mass but as many entries as that allows, at error %d",
    (error) => {
      const { threshold, count } = selectEntries("adaptive", evaluation(ENTRIES, error), ENTRIES.length)!;
      const kept = ENTRIES.filter((entry) => Math.log(entry) >= threshold!);
      expect(kept.length).toBe(count);
      const dropped = ENTRIES.filter((entry) => Math.log(entry) < threshold!).reduce((sum, entry) => sum + entry, 0);
      const allowed = Math.max(1e-12, Math.min(0.05, 0.01 * error));
      expect(dropped).toBeLessThanOrEqual(allowed);
      // Entries are counted in bins 3 % wide: dropping one bin more, at most 4 entries, must exceed what is allowed, give or take those 3 %.
      const next = kept.slice(-8).reduce((sum, entry) => sum + entry, 0);
      if (count > 8) expect(dropped + next).toBeGreaterThan(0.9 * allowed);
    },
  );

  it("keeps nothing, and says so, where all entries vanish", () => {
    expect(selectEntries("adaptive", evaluation(Array(10).fill(1e-60), 1), 10)).toBeUndefined();
  });

  it("keeps a fixed share when told to", () => {
    expect(selectEntries({ fraction: 0.101 }, evaluation(ENTRIES, 1), 2000)).toEqual({ count: 202 });
    expect(selectEntries({ fraction: 1e-9 }, evaluation(ENTRIES, 1), 2000)).toEqual({ count: 1 });
  });
});

it("has bins whose edges belong to the bin above them", () => {
  for (const bin of [1, 2, 100, BINS - 1]) {
    expect(binOf(lowerEdgeOf(bin))).toBe(bin);
    expect(binOf(lowerEdgeOf(bin) - 1e-9)).toBe(bin - 1);
  }
  expect(binOf(Number.NEGATIVE_INFINITY)).toBe(0);
  expect(binOf(Number.NaN)).toBe(0);
  expect(binOf(5)).toBe(BINS - 1);
});
