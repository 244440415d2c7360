import { describe, expect, it } from "vitest";
import type { HistoryEntry } from "../../transport-result.ts";
import { extrapolate } from "./baseline.ts";

/** A history looked at every 10 sweeps. */
const history = (errors: readonly number[]): HistoryEntry[] =>
  errors.map((error, index) => ({ iteration: index + 1, kind: "sinkhorn", error, regularization: 1 }));

describe("extrapolate", () => {
  it("continues a geometric decay to the target", () => {
    const errors = Array.from({ length: 10 }, (_, index) => 10 ** -(index + 1));
    // One digit per 10 sweeps: 10⁻¹⁵ after 150.
    expect(extrapolate(history(errors), 10, 1e-15)).toBeCloseTo(150, 9);
  });

  it("goes by the second half, where the first falls faster", () => {
    const errors = [1, 1e-2, 1e-4, 1e-6, 1e-6 / 2, 1e-6 / 4, 1e-6 / 8, 1e-6 / 16];
    expect(extrapolate(history(errors), 10, 1e-6 / 2 ** 14)).toBeCloseTo(180, 9);
  });

  it("is the number of sweeps done where they were enough, and nothing where the error does not fall", () => {
    expect(extrapolate(history([1, 1e-11]), 10, 1e-10)).toBe(20);
    expect(extrapolate(history([1, 1, 1, 1]), 10, 1e-10)).toBeNull();
    expect(extrapolate(history([1]), 10, 1e-10)).toBeNull();
    expect(extrapolate([], 10, 1e-10)).toBeNull();
  });
});
