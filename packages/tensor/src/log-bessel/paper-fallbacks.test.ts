import { describe, expect, it } from "vitest";
import { logBesselI, logBesselK } from "../kernels/log-bessel/index.ts";
import { logISeries, logKSimpson } from "./paper-fallbacks.ts";

/** Orders and arguments where no expansion holds. */
const points = Array.from({ length: 400 }, (_, index) => [
  0.05 + (12.6 * (index % 20)) / 19,
  0.02 + (29.9 * Math.floor(index / 20)) / 19,
]);

describe("the paper's fallbacks", () => {
  it("have the series of I to 1e-13: every term's logarithm is rounded", () => {
    for (const [v, x] of points) {
      const expected = logBesselI(v, x);
      const error = Math.abs(logISeries(v, x) - expected) / Math.max(1, Math.abs(expected));
      expect(error, `${v}, ${x}`).toBeLessThan(1e-13);
    }
  });

  it("have the quadrature of K to 1e-8, and no better", () => {
    const errors = points.map(([v, x]) => {
      const expected = logBesselK(v, x);
      return Math.abs(logKSimpson(v, x) - expected) / Math.max(1, Math.abs(expected));
    });
    expect(Math.max(...errors)).toBeLessThan(1e-8);
    // Which is why the kernel does not use it.
    expect(Math.max(...errors)).toBeGreaterThan(1e-12);
    expect(errors.sort((a, b) => a - b)[200]).toBeLessThan(1e-10);
  });
});
