import { openDevice } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { momentumNumber } from "./coefficients.ts";
import {
  boundaryLocus,
  growthFactor,
  isStable,
  type LinearMultistepMethod,
  multistepMethod,
  realStabilityInterval,
  stabilityMap,
} from "./stability.ts";

/** Ends of the intervals of negative real numbers, derived from A(−1)/B(−1). */
const INTERVALS = [
  ["heavy-ball", 1, (b: number) => (-2 * (2 - b)) / b],
  ["heavy-ball", 2, (b: number) => -(2 - b) / b],
  ["heavy-ball", 3, (b: number) => (-6 * (2 - b)) / (11 * b)],
  ["heavy-ball", 4, (b: number) => (-3 * (2 - b)) / (10 * b)],
  ["generalized-heavy-ball", 2, (b: number) => -(2 - b)],
  ["generalized-heavy-ball", 3, (b: number) => (-6 * (2 - b)) / (12 - b)],
  ["generalized-heavy-ball", 4, (b: number) => (-3 * (2 - b)) / (11 - b)],
] as const;

describe("stability of multistep methods with momentum", () => {
  for (const damping of [1, 0.9, 0.8, 0.6, 0.4, 0.2])
    it.each(INTERVALS)(`has the real interval of %s of order %d, β = ${damping}`, (kind, order, end) => {
      const method = multistepMethod({ kind, order, damping });
      const found = realStabilityInterval(method);
      expect(Math.abs(found - end(damping))).toBeLessThan(1e-8);
      // Root tests on a grid that knows nothing of the locus.
      for (let z = -0.005; z > end(damping) + 0.01; z -= 0.01) expect(isStable(method, [z, 0])).toBe(true);
      expect(isStable(method, [end(damping) - 0.01, 0])).toBe(false);
    });

  it("knows Adams–Bashforth's classical intervals, momentum being off", () => {
    const ends = [1, 2, 3, 4, 5].map((order) => realStabilityInterval(multistepMethod({ order, damping: 1 })));
    const classical = [-2, -1, -6 / 11, -3 / 10, -90 / 551];
    for (const [index, end] of ends.entries()) expect(end).toBeCloseTo(classical[index], 9);
  });

  it("finds a root on the unit circle all along the locus", () => {
    for (const kind of ["heavy-ball", "generalized-heavy-ball", "nesterov"] as const) {
      const method = multistepMethod({ kind, order: 3, damping: 0.7 });
      for (const z of boundaryLocus(method, 32)) {
        expect(growthFactor(method, z)).toBeGreaterThan(1 - 1e-6);
      }
    }
  });

  it("grows as Euler's method does, |1 + z|", () => {
    const euler = multistepMethod({ order: 1, damping: 1 });
    for (const z of [
      [-0.5, 0.5],
      [0.3, -0.2],
      [-2.5, 0.1],
    ] as const)
      expect(growthFactor(euler, z)).toBeCloseTo(Math.hypot(1 + z[0], z[1]), 10);
  });

  it("is unstable nowhere near zero and does not call a growing mode stable", () => {
    const method = multistepMethod({ order: 4, damping: 0.5 });
    expect(isStable(method, [0, 0])).toBe(true);
    expect(isStable(method, [0.1, 0])).toBe(false);
    expect(isStable(method, [Number.NaN, 0])).toBe(false);
  });

  it("grows the stability region with momentum, and keeps the more of it the lower the momentum number", async () => {
    await using device = await openDevice("cpu");
    const area = async (method: LinearMultistepMethod) => {
      using map = stabilityMap(device, method, { rows: 128, columns: 128 });
      return Float64Array.from(await map.data()).filter((growth) => growth < 1).length;
    };
    const numbers = [2, 1.8, 1.5, 1.2].map(momentumNumber);
    const areas = await Promise.all(numbers.map((settings) => area(multistepMethod(settings))));
    for (const [index, value] of areas.slice(1).entries()) expect(value).toBeGreaterThan(areas[index]);
    const plain = await area(multistepMethod({ order: 4, damping: 1 }));
    expect(await area(multistepMethod({ kind: "heavy-ball", order: 4, damping: 0.5 }))).toBeGreaterThan(plain);
  });

  it("refuses an implicit method", () => {
    expect(() => growthFactor({ state: [1, -1], slope: [0.5, 0.5] }, [0, 0])).toThrow("explicit");
    expect(() => growthFactor({ state: [1, Number.NaN], slope: [0, 1] }, [0, 0])).toThrow("finite");
  });
});
