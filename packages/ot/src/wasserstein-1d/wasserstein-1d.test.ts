import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { exactTransport } from "../exact-transport/index.ts";
import { randomAssignment } from "../fixtures/problems.ts";
import { wasserstein1d } from "./index.ts";

const draw = async (count: number, seed: number) =>
  Float64Array.from((await randomAssignment(count, 1, seed)).costMatrix.data);

describe("wasserstein1d", () => {
  it("agrees with the linear programme for samples of different sizes, weights and orders", async () => {
    for (const [m, n, order] of [
      [7, 7, 1],
      [5, 12, 2],
      [30, 1, 3],
      [23, 40, 1.5],
    ]) {
      const [x, y] = [await draw(m, m), await draw(n, 100 + n)];
      const [xWeights, yWeights] = [await draw(m, 200 + m), await draw(n, 300 + n)];
      // A point without mass must not matter.
      xWeights[0] = m > 5 ? 0 : xWeights[0];
      const normalised = (weights: Float64Array) => {
        const total = weights.reduce((sum, mass) => sum + mass, 0);
        return Float64Array.from(weights, (mass) => mass / total);
      };
      const costMatrix = Array.from(x, (s) => Array.from(y, (t) => Math.abs(s - t) ** order));
      const { transportCost } = await exactTransport({
        costMatrix,
        rowMarginal: normalised(xWeights),
        columnMarginal: normalised(yWeights),
      });
      expect(wasserstein1d(x, y, { order, xWeights, yWeights })).toBeCloseTo(transportCost ** (1 / order), 13);
      const alike = await exactTransport({ costMatrix });
      expect(wasserstein1d(x, y, { order })).toBeCloseTo(alike.transportCost ** (1 / order), 13);
    }
  });

  it("is the distance of the means of shifted samples, and of single points", () => {
    expect(wasserstein1d([3, 1, 2], [13, 12, 11], { order: 4 })).toBeCloseTo(10, 14);
    expect(wasserstein1d([1], [4])).toBe(3);
    expect(wasserstein1d([1, 2], [2, 1])).toBe(0);
    expect(wasserstein1d([1e200], [-1e200], { order: 3 })).toBe(2e200);
  });

  it("refuses orders below 1, weights that do not fit and numbers that are not finite", () => {
    expect(() => wasserstein1d([1], [2], { order: 0.5 })).toThrow(InvalidInputError);
    expect(() => wasserstein1d([], [2])).toThrow(/x/);
    expect(() => wasserstein1d([1], [Number.NaN])).toThrow(/y\[0\]/);
    expect(() => wasserstein1d([1, 2], [2], { xWeights: [1] })).toThrow(/xWeights/);
    expect(() => wasserstein1d([1, 2], [2], { xWeights: [1, -1] })).toThrow(/xWeights\[1\]/);
    expect(() => wasserstein1d([1, 2], [2], { xWeights: [0, 0] })).toThrow(/not all zero/);
  });
});
