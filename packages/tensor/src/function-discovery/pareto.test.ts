import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crowdingDistances, dominates, type Fitness, nonDominatedFronts, selectParents } from "./pareto.ts";

const known: readonly Fitness[] = [
  [1, 5],
  [3, 3],
  [5, 1],
  [2, 3],
  [3, 2],
  [1, 1],
  [3, 3],
];

describe("NSGA-II", () => {
  it("finds the fronts of a known set; equal candidates do not dominate each other", () => {
    expect(nonDominatedFronts(known)).toEqual([[0, 1, 2, 6], [3, 4], [5]]);
    expect(nonDominatedFronts([])).toEqual([]);
  });

  it("finds fronts of which each is dominated by the one before, and none by itself", () => {
    const fitness = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.array(fitness, { maxLength: 40 }), (fitnesses) => {
        const fronts = nonDominatedFronts(fitnesses);
        expect(fronts.flat().sort((a, b) => a - b)).toEqual([...fitnesses.keys()]);
        for (const [rank, front] of fronts.entries())
          for (const member of front) {
            expect(front.some((other) => dominates(fitnesses[other], fitnesses[member]))).toBe(false);
            if (rank > 0)
              expect(fronts[rank - 1].some((other) => dominates(fitnesses[other], fitnesses[member]))).toBe(true);
          }
      }),
    );
  });

  it("takes the ends of a front first, then the least crowded", () => {
    const front: readonly Fitness[] = [
      [0, 10],
      [1, 9],
      [5, 5],
      [6, 4],
      [10, 0],
    ];
    const expected = [2, 1, 1, 1, 2];
    for (const [index, distance] of crowdingDistances(front).entries()) expect(distance).toBeCloseTo(expected[index]);
    const apart: readonly Fitness[] = [...front.slice(0, 2), [8, 2], [9, 1], front[4]];
    expect(selectParents(apart, 3, { crowding: true })).toEqual([0, 4, 1]);
    expect(selectParents(apart, 3, { crowding: false })).toEqual([0, 1, 2]);
  });

  it("goes to the next front when one is used up, and to the next band only when one is empty", () => {
    expect(selectParents(known, 5, { crowding: false })).toEqual([0, 1, 2, 6, 3]);
    const limits = [[2, 4], undefined] as const;
    expect(selectParents(known, 3, { crowding: false, limits })).toEqual([1, 6, 3]);
    expect(selectParents(known, 2, { crowding: false, limits: [[7, 8], undefined] })).toEqual([0, 1]);
  });
});
