import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Change, findChanges } from "./changepoints.ts";

interface SyntheticHistory {
  readonly name: string;
  readonly changes: readonly Pick<Change, "kind" | "index" | "change">[];
  readonly values: readonly number[];
}

const { histories } = JSON.parse(
  readFileSync(new URL("./fixtures/synthetic-histories.json", import.meta.url), "utf8"),
) as { histories: SyntheticHistory[] };

/** Noise of 1.5 % leaves the place of a 10 % step open by this many values, and its size by this much. */
const PLACES = 2;
const SIZE = 0.03;

function noise(seed: number, count: number): number[] {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Array.from({ length: count }, () =>
    Math.exp(0.03 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())),
  );
}

describe("findChanges", () => {
  it.each(histories)("finds what was put in: $name", ({ values, changes }) => {
    const found = findChanges(values);
    expect(found.map(({ kind }) => kind)).toEqual(changes.map(({ kind }) => kind));
    for (const [index, change] of changes.entries()) {
      expect(Math.abs(found[index].index - change.index)).toBeLessThanOrEqual(PLACES);
      expect(Math.abs(found[index].change - change.change)).toBeLessThan(SIZE);
    }
  });

  it("says the same of the same values in another unit, and backwards in time", () => {
    const { values } = histories[3];
    const places = findChanges(values).map(({ index }) => index);
    expect(findChanges(values.map((value) => 1e-9 * value)).map(({ index }) => index)).toEqual(places);
    const backwards = findChanges(values.toReversed()).map(({ index }) => values.length - index);
    expect(backwards.reverse()).toEqual(places);
  });

  it("calls changes in pure noise no more often than its level, even without an effect limit", () => {
    const alarms = Array.from({ length: 200 }, (_, seed) => findChanges(noise(seed + 1, 60), { effect: 0 }).length > 0);
    // 10 are expected at a level of 5 %; 20 or more would be an accident of one in 500.
    expect(alarms.filter(Boolean).length).toBeLessThan(20);
  });

  it("says nothing of histories too short to say anything of", () => {
    expect(findChanges([])).toEqual([]);
    expect(findChanges([1, 2, 3, 40, 50, 60])).toEqual([]);
    expect(findChanges(new Array(30).fill(7))).toEqual([]);
    expect(findChanges(new Array(30).fill(0))).toEqual([]);
  });

  it("finds where something that was counted began to be more than nothing", () => {
    const found = findChanges([...new Array(12).fill(0), ...new Array(8).fill(64)]);
    expect(found).toMatchObject([{ kind: "step", index: 12, before: 0, after: 64, change: Number.POSITIVE_INFINITY }]);
  });

  it("refuses what is no measurement", () => {
    for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY])
      expect(() => findChanges([1, value])).toThrow(/finite numbers ≥ 0/);
  });
});
