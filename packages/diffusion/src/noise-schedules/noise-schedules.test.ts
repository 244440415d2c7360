import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import {
  betaTable,
  cosineSchedule,
  discreteSchedule,
  edmSchedule,
  linearSchedule,
  type NoiseSchedule,
  varianceExplodingSchedule,
} from "./index.ts";

const SCHEDULES: readonly NoiseSchedule[] = [
  linearSchedule(),
  cosineSchedule(),
  edmSchedule(),
  varianceExplodingSchedule(),
  discreteSchedule({ betas: betaTable("linear") }),
  discreteSchedule({ betas: betaTable("scaled-linear") }),
  discreteSchedule({ betas: betaTable("cosine") }),
  discreteSchedule({ betas: betaTable("cosine") }, { rescale: true }),
  discreteSchedule({ betas: betaTable("linear") }, { interpolation: "alpha-squared" }),
];

describe.each(SCHEDULES.map((schedule, index) => ({ name: `${schedule.name} (${index})`, schedule })))(
  "the $name schedule",
  ({ schedule }) => {
    const [start, end] = schedule.timeRange;
    // Off the table's steps, where slopes jump.
    const times = Array.from({ length: 97 }, (_, index) => end + ((start - end) * (index + 0.37)) / 97);

    it("has λ = ln(α/σ), falling with time, and its inverse", () => {
      let previous = Number.POSITIVE_INFINITY;
      for (const time of times) {
        const halfLogSnr = schedule.halfLogSnr(time);
        expect(halfLogSnr).toBeCloseTo(Math.log(schedule.alpha(time) / schedule.sigma(time)), 9);
        expect(Math.log(schedule.alpha(time))).toBeCloseTo(schedule.logAlpha(time), 12);
        expect(halfLogSnr).toBeLessThan(previous);
        previous = halfLogSnr;
        expect(Math.abs(schedule.timeAt(halfLogSnr) - time)).toBeLessThan(1e-9 * Math.max(1, start));
      }
    });

    it("has the slopes of its curves", () => {
      for (const time of times.slice(2)) {
        const step = 1e-6 * Math.min(1, time);
        const central = (f: (time: number) => number) => (f(time + step) - f(time - step)) / (2 * step);
        const expected = [central(schedule.logAlpha), central(schedule.halfLogSnr)];
        const found = [schedule.logAlphaSlope(time), schedule.halfLogSnrSlope(time)];
        for (const [index, value] of found.entries())
          expect(Math.abs(value - expected[index])).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)));
      }
    });
  },
);

describe("linearSchedule", () => {
  it("has the numbers of the test points", () => {
    const schedule = linearSchedule();
    expect(schedule.halfLogSnr(1)).toBeCloseTo(-5.024978406659204, 13);
    expect(schedule.halfLogSnr(1e-3)).toBeCloseTo(4.557714932729898, 13);
    expect(schedule.alpha(1)).toBeCloseTo(0.006571586494929618, 16);
    expect(schedule.sigma(1)).toBeCloseTo(0.9999784068923386, 15);
  });
});

describe("discreteSchedule", () => {
  const betas = betaTable("linear");

  it("meets the table exactly at its steps and inverts to 1e-9", () => {
    const schedule = discreteSchedule({ betas });
    let logAlpha = 0;
    for (const [step, beta] of betas.entries()) {
      logAlpha += 0.5 * Math.log1p(-beta);
      const time = (step + 1) / 1000;
      expect(schedule.logAlpha(time)).toBe(logAlpha);
      expect(Math.abs(schedule.timeAt(schedule.halfLogSnr(time)) - time)).toBeLessThan(1e-9);
      expect(schedule.label(time)).toBeCloseTo(step, 9);
    }
    expect(schedule.timeRange).toEqual([1, 1e-3]);
  });

  it("is the same from ᾱ", () => {
    const fromBetas = discreteSchedule({ betas });
    const { alphasCumulative } = fromBetas;
    const again = discreteSchedule({ alphasCumulative });
    for (const time of [1e-3, 0.01234, 0.5, 1]) expect(again.logAlpha(time)).toBeCloseTo(fromBetas.logAlpha(time), 12);
  });

  it("cuts the part of a cosine table where nothing is left to see, keeping labels or stretching the rest as the reference does", () => {
    const table = { betas: betaTable("cosine") };
    const kept = discreteSchedule(table);
    expect([kept.usedSteps, kept.stepCount, kept.timeRange[0]]).toEqual([996, 1000, 0.996]);
    expect(kept.label(0.996)).toBeCloseTo(995, 9);
    const stretched = discreteSchedule(table, { rescale: true });
    expect(stretched.timeRange[0]).toBe(1);
    expect(stretched.label(1)).toBeCloseTo(998.996, 3);
    expect(kept.halfLogSnr(0.996)).toBe(stretched.halfLogSnr(1));
  });

  it("labels times as the paper does, or rounds, when told to; a label below 0 stays one", () => {
    const scaled = discreteSchedule({ betas }, { labels: "scaled" });
    expect(scaled.label(0.5)).toBeCloseTo(499.5, 9);
    expect(discreteSchedule({ betas }, { labels: "scaled", roundLabels: true }).label(0.5004)).toBe(500);
    expect(discreteSchedule({ betas }).label(0.0005)).toBeCloseTo(-0.5, 9);
    // (t − 1/N)·1000 is the step n for N = 1000 only.
    expect(discreteSchedule({ betas: betaTable("linear", { steps: 100 }) }).label(0.5)).toBeCloseTo(490, 9);
  });

  it("refuses tables that are none", () => {
    expect(() => discreteSchedule({ betas: [0.1, 1] })).toThrow(/betas\[1\].*\(0, 1\)/);
    expect(() => discreteSchedule({ betas: [0, 0.1] })).toThrow(/betas\[0\]/);
    expect(() => discreteSchedule({ betas: [0.1, Number.NaN] })).toThrow(InvalidInputError);
    expect(() => discreteSchedule({ alphasCumulative: [0.9, 0.9] })).toThrow(/strictly decreasing/);
    expect(() => discreteSchedule({ betas: [0.1] })).toThrow(InvalidInputError);
  });
});
