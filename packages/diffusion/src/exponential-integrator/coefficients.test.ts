import { describe, expect, it } from "vitest";
import { betaTable, discreteSchedule, linearSchedule, type NoiseSchedule } from "../noise-schedules/index.ts";
import { discreteTimes } from "../sampling/index.ts";
import { largestCoefficient, multistepCoefficients, noiseRatio } from "./coefficients.ts";
import { gaussLegendre } from "./gauss-legendre.ts";

const schedule = linearSchedule();
const grids = {
  quadratic: (steps: number) => powerGrid(schedule, steps, 2),
  uniform: (steps: number) => powerGrid(schedule, steps, 1),
  logarithmic: (steps: number) => logarithmicGrid(schedule, steps),
};

describe("coefficients of exponential multistep methods", () => {
  for (const kind of ["tAB", "rhoAB", "ipndm"] as const)
    for (const degree of [0, 1, 2, 3])
      it.each(Object.entries(grids))(`add up to DDIM's: ${kind}, degree ${degree}, %s grid`, (_, grid) => {
        for (const steps of [1, 2, 3, 5, 10, 20, 50]) {
          const times = grid(steps);
          for (const [i, { state, noise }] of multistepCoefficients(schedule, times, kind, degree).entries()) {
            const [from, to] = [times[i], times[i + 1]];
            expect(noise).toHaveLength(Math.min(degree, i) + 1);
            expect(state).toBeCloseTo(schedule.alpha(to) / schedule.alpha(from), 12);
            const ddim = schedule.sigma(to) - state * schedule.sigma(from);
            const total = noise.reduce((sum, value) => sum + value, 0);
            expect(Math.abs(total - ddim)).toBeLessThan(1e-12 * Math.max(1, Math.abs(ddim)));
          }
        }
      });

  it.each(Object.entries(grids))("of tAB are the integrals, to 3e-13, on the %s grid", (_, grid) => {
    for (const steps of [2, 3, 4, 5, 8, 10, 15, 20]) {
      const times = grid(steps);
      for (const [i, { noise }] of multistepCoefficients(schedule, times, "tAB", 3).entries())
        for (const [j, value] of noise.entries())
          expect(Math.abs(value - integral(times, i, j, noise.length))).toBeLessThan(3e-13);
    }
  });

  it("of rhoAB are Adams–Bashforth's on a grid that is even in ρ", () => {
    const times = Array.from({ length: 7 }, (_, i) => schedule.timeAt(-Math.log(2 - 0.25 * i)));
    const rows = multistepCoefficients(schedule, times, "rhoAB", 3);
    const weights = rows[5].noise.map((value) => value / (schedule.alpha(times[6]) * -0.25));
    for (const [j, expected] of [55 / 24, -59 / 24, 37 / 24, -9 / 24].entries())
      expect(weights[j]).toBeCloseTo(expected, 10);
  });

  it("integrate polynomials in their own variable exactly", () => {
    const times = grids.quadratic(8);
    const at = (time: number) => ({ tAB: time, rhoAB: noiseRatio(schedule, time) });
    for (const kind of ["tAB", "rhoAB"] as const) {
      const rows = multistepCoefficients(schedule, times, kind, 3);
      const cube = (time: number) => at(time)[kind] ** 3;
      const { noise } = rows[6];
      const sum = noise.reduce((total, value, j) => total + value * cube(times[6 - j]), 0);
      const exact = schedule.alpha(times[7]) * integrate((tau) => ratioSlope(tau) * cube(tau), times[6], times[7]);
      expect(Math.abs(sum / exact - 1)).toBeLessThan(1e-10);
    }
  });

  it("grow with the degree on uneven grids, which is reported", () => {
    const times = logarithmicGrid(schedule, 8);
    const largest = [0, 1, 2, 3].map((degree) =>
      largestCoefficient(multistepCoefficients(schedule, times, "tAB", degree)),
    );
    expect(largest[3]).toBeGreaterThan(2 * largest[0]);
  });

  it("of a table differ, a little, with what is linear between its entries: ln α or, as in the authors' code, ᾱ", () => {
    const betas = betaTable("linear");
    const [own, other] = (["log-alpha", "alpha-squared"] as const).map((interpolation) => {
      const table = discreteSchedule({ betas }, { interpolation });
      return multistepCoefficients(table, discreteTimes(table, 10), "tAB", 3)[8].noise;
    });
    const difference = Math.max(...own.map((value, j) => Math.abs(value - other[j])));
    expect(difference).toBeGreaterThan(1e-7);
    expect(difference).toBeLessThan(1e-5);
  });

  it("are not what the authors' left Riemann sum of 10 000 points makes of them", () => {
    const times = grids.uniform(5);
    const [from, to] = times.slice(4);
    const past = [0, 1, 2, 3].map((k) => times[4 - k]);
    const exact = multistepCoefficients(schedule, times, "tAB", 3)[4].noise;
    const riemann = past.map((_, j) => {
      const step = (to - from) / 10_000;
      let sum = 0;
      for (let k = 0; k < 10_000; k++) {
        const tau = from + k * step;
        const weight = past.reduce(
          (product, time, m) => (m === j ? product : (product * (tau - time)) / (past[j] - time)),
          1,
        );
        sum += weight * ratioSlope(tau) * step;
      }
      return schedule.alpha(to) * sum;
    });
    const difference = Math.max(...exact.map((value, j) => Math.abs(value - riemann[j])));
    expect(difference).toBeGreaterThan(1e-6);
    expect(difference).toBeLessThan(5e-3);
  });

  it("are refused for degrees beyond 3 and kinds there are none of", () => {
    const times = grids.uniform(4);
    expect(() => multistepCoefficients(schedule, times, "tAB", 4)).toThrow("degree");
    expect(() => multistepCoefficients(schedule, times, "tAB", 0.5)).toThrow("degree");
    expect(() => multistepCoefficients(schedule, times, "AB" as "tAB", 1)).toThrow("kind");
  });

  it("of Gauss and Legendre integrate polynomials of degree 63 exactly", () => {
    const { nodes, weights } = gaussLegendre(32);
    for (const power of [0, 1, 2, 31, 62, 63]) {
      const sum = weights.reduce((total, weight, k) => total + weight * nodes[k] ** power, 0);
      expect(Math.abs(sum - (power % 2 === 0 ? 2 / (power + 1) : 0))).toBeLessThan(1e-14);
    }
  });
});

/** C_ij by its definition with ρ', on 64 panels: independent of how the code integrates. */
function integral(times: readonly number[], i: number, j: number, count: number): number {
  const past = Array.from({ length: count }, (_, k) => times[i - k]);
  const lagrange = (tau: number) =>
    past.reduce((product, time, k) => (k === j ? product : (product * (tau - time)) / (past[j] - time)), 1);
  return schedule.alpha(times[i + 1]) * integrate((tau) => ratioSlope(tau) * lagrange(tau), times[i], times[i + 1]);
}

function ratioSlope(time: number): number {
  return -noiseRatio(schedule, time) * schedule.halfLogSnrSlope(time);
}

function integrate(f: (time: number) => number, from: number, to: number): number {
  const { nodes, weights } = gaussLegendre(20);
  const panels = 64;
  const [start, step] = [Math.sqrt(from), (Math.sqrt(to) - Math.sqrt(from)) / panels];
  let sum = 0;
  for (let panel = 0; panel < panels; panel++)
    for (const [k, node] of nodes.entries()) {
      const u = start + step * (panel + 0.5 + 0.5 * node);
      sum += weights[k] * step * u * f(u * u);
    }
  return sum;
}

function powerGrid({ timeRange: [start, end] }: NoiseSchedule, steps: number, power: number): number[] {
  const [from, to] = [start ** (1 / power), end ** (1 / power)];
  return Array.from({ length: steps + 1 }, (_, i) => (from + ((to - from) * i) / steps) ** power);
}

function logarithmicGrid(given: NoiseSchedule, steps: number): number[] {
  const [from, to] = given.timeRange.map((time) => given.halfLogSnr(time));
  return Array.from({ length: steps + 1 }, (_, i) => given.timeAt(from + ((to - from) * i) / steps));
}
