import { key } from "@ansatz/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chebCb, inverseGapProbabilities } from "./cheb-cb.ts";
import { doublingTsallisInf } from "./grid-doubling.ts";
import { uniformNumbers } from "./index.ts";
import { boundedLeastSquares, quadratic, shortestLeastSquares } from "./moments.ts";
import { relaxationGrid } from "./policy.ts";
import { binnedTsallisInf, tsallisInf, tsallisProbabilities } from "./tsallis-inf.ts";

const sumOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);

describe("Tsallis-INF's probabilities", () => {
  it("sum to 1 and solve their equation, for any losses and round", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 1e6 }),
        (losses, round) => {
          const rate = 2 / Math.sqrt(round);
          const p = tsallisProbabilities(losses, rate);
          expect(Math.abs(sumOf(p) - 1)).toBeLessThan(1e-10);
          expect(p.every((each) => each >= 0 && each <= 1 + 1e-10)).toBe(true);
          // 2 / (η √p_i) − z_i is one x for all.
          const least = Math.min(...losses);
          const x = p.map((each, i) => losses[i] - least - 2 / (rate * Math.sqrt(each)));
          for (const each of x)
            expect(Math.abs(each - x[0])).toBeLessThan(
              1e-6 * (1 + Math.abs(x[0]) + 1e3 * Math.max(...losses.map((loss) => loss - least)) * 1e-9),
            );
        },
      ),
    );
  });

  it("are uniform at first, and 1 for a single action", () => {
    expect([...tsallisProbabilities(new Float64Array(4), 2)]).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect([...tsallisProbabilities([17], 0.3)]).toEqual([1]);
    expect([...tsallisInf().choose(tsallisInf().init(), 0, 0.5).choice.probabilities]).toEqual(
      Array(20).fill(expect.closeTo(0.05, 12)),
    );
  });

  it("see differences of 1 between losses of 10⁹", () => {
    const p = tsallisProbabilities([1e9, 1e9 + 1], 2);
    const q = tsallisProbabilities([0, 1], 2);
    expect([...p]).toEqual([...q]);
    expect(p[0]).toBeGreaterThan(p[1]);
  });
});

describe("policies", () => {
  const policies = [
    tsallisInf(),
    tsallisInf({ horizon: 100 }),
    binnedTsallisInf([0, 1]),
    chebCb([0, 1]),
    chebCb([0, 1], { features: 1 }),
  ];

  it.each(policies.map((policy) => ({ name: policy.name, policy })))(
    "$name refuses to be asked twice, and to learn what it has not asked for",
    ({ policy }) => {
      const one = policy as ReturnType<typeof tsallisInf>;
      const { state } = one.choose(one.init(), 0.5, 0.3);
      expect(() => one.choose(state, 0.5, 0.3)).toThrow(/after update/);
      expect(() => one.update(one.init(), 3)).toThrow(/after choose/);
      for (const cost of [0, Number.NaN, Number.POSITIVE_INFINITY])
        expect(() => one.update(state, cost)).toThrow(/cost/);
      expect(one.choose(one.update(state, 3), 0.5, 0.3).choice.action).toBeGreaterThanOrEqual(0);
    },
  );

  it.each(policies.map((policy) => ({ name: policy.name, policy })))(
    "$name copes with costs that are all 1, and finds the one action that is better",
    async ({ policy }) => {
      const one = policy as ReturnType<typeof tsallisInf>;
      const draws = await uniformNumbers(key(1), 4000);
      for (const better of [-1, 7]) {
        let state = one.init();
        let last = 0;
        for (let round = 0; round < 2000; round++) {
          const decided = one.choose(state, draws[2000 + round], draws[round]);
          expect(Math.abs(sumOf(decided.choice.probabilities) - 1)).toBeLessThan(1e-10);
          if (round >= 1500) last += Number(decided.choice.action === better);
          state = one.update(decided.state, better < 0 || decided.choice.action === better ? 1 : 40);
        }
        // Of 500; by chance it would be 25.
        if (better >= 0) expect(last).toBeGreaterThan(250);
      }
    },
  );

  it("halve the steps of their grid after as many instances as its points cubed, and learn on the finer one", async () => {
    const policy = doublingTsallisInf({ coarsest: 3, doublings: 2 });
    expect(policy.relaxations).toHaveLength(9);
    let state = policy.init();
    const played = new Set<number>();
    const levels: number[] = [];
    const draws = await uniformNumbers(key(2), 3000);
    let last = 0;
    for (let round = 0; round < 3000; round++) {
      const decided = policy.choose(state, 0, draws[round]);
      const { action, probabilities } = decided.choice;
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10);
      expect(probabilities[action]).toBeGreaterThan(0);
      if (decided.state.level < 2) played.add(action);
      levels.push(decided.state.level);
      if (round >= 2500 && action === 5) last++;
      state = policy.update(decided.state, action === 5 ? 1 : 40);
    }
    expect([levels.indexOf(1), levels.indexOf(2)]).toEqual([27, 125]);
    expect([...played].every((action) => action % 2 === 0)).toBe(true);
    // The best is on the last grid alone. Of 500; by chance it would be 56.
    expect(last).toBeGreaterThan(250);
  });

  it("are functions of their state, which can be stored", () => {
    const policy = chebCb([0, 1]);
    const decided = policy.choose(policy.init(), 0.2, 0.1);
    const again = policy.choose(structuredClone(policy.init()), 0.2, 0.1);
    expect(again).toEqual(decided);
    expect(policy.update(structuredClone(decided.state), 12)).toEqual(policy.update(decided.state, 12));
  });

  it("say when a context is outside of its interval", () => {
    for (const policy of [chebCb([0, 1]), binnedTsallisInf([0, 1])]) {
      const one = policy as ReturnType<typeof chebCb>;
      expect(one.choose(one.init(), 1.5, 0.1).choice.clamped).toBe(true);
      expect(one.choose(one.init(), 0.5, 0.1).choice.clamped).toBe(false);
    }
  });

  it("refuse grids and intervals that are none", () => {
    expect(() => tsallisInf({ relaxations: [1, 2] })).toThrow(/relaxations\[1\]/);
    expect(() => tsallisInf({ relaxations: [1, 1] })).toThrow(/relaxations\[1\]/);
    expect(() => tsallisInf({ relaxations: [] })).toThrow(/relaxations/);
    expect(() => tsallisInf({ horizon: 0 })).toThrow(/horizon/);
    expect(() => chebCb([1, 1])).toThrow(/contexts/);
    expect(() => chebCb([0, 1], { features: 0 })).toThrow(/features/);
    expect(() => binnedTsallisInf([0, 1], { bins: 0 })).toThrow(/bins/);
    expect(() => doublingTsallisInf({ coarsest: 1 })).toThrow(/coarsest/);
    expect(() => doublingTsallisInf({ doublings: -1 })).toThrow(/doublings/);
    expect(() => doublingTsallisInf({ interval: [1.5, 1] })).toThrow(/interval/);
    expect(() => relaxationGrid(0)).toThrow(/count/);
    expect(() => relaxationGrid(3, 1, 2)).toThrow(/upper/);
    expect([...relaxationGrid(3, 1, 1.5)]).toEqual([1, 1.25, 1.5]);
  });
});

describe("ChebCB's regression", () => {
  it("explores by inverse gaps", () => {
    const p = inverseGapProbabilities(Float64Array.of(3, 1, 2), 5);
    expect([...p]).toEqual([1 / 13, expect.closeTo(1 - 1 / 13 - 1 / 8, 14), 1 / 8]);
  });

  it("finds the shortest of the least squares, and the best within bounds", () => {
    // Two rounds for three features: y = 4 at (1, 1, 0), y = 1 at (1, −1, 0).
    const rows = [
      [1, 1, 0, 4],
      [1, -1, 0, 1],
    ];
    const gram = Float64Array.from({ length: 9 }, (_, at) =>
      rows.reduce((sum, row) => sum + row[Math.floor(at / 3)] * row[at % 3], 0),
    );
    const right = Float64Array.from({ length: 3 }, (_, j) => rows.reduce((sum, row) => sum + row[j] * row[3], 0));
    const moments = { gram, right, square: 17, rounds: 2 };
    const shortest = shortestLeastSquares(moments, 2);
    for (const [j, expected] of [1.25, 0.75, 0].entries()) expect(shortest[j]).toBeCloseTo(expected, 12);
    expect(quadratic(moments, 2, shortest)).toBeCloseTo(0, 12);
    const bounded = boundedLeastSquares(moments, 2, Float64Array.of(1, 0.5, 0.1), shortest);
    for (const [j, expected] of [1, 0.5, 0].entries()) expect(bounded[j]).toBeCloseTo(expected, 9);
    expect(quadratic(moments, 2, bounded)).toBeCloseTo(0.5 ** 2 + 0, 9);
  });
});
