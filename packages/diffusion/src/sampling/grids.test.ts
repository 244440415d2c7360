import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { betaTable, discreteSchedule, linearSchedule } from "../noise-schedules/index.ts";
import { discreteTimes } from "./discrete-times.ts";
import { type Grid, gridTimes } from "./grids.ts";

const schedule = linearSchedule();
const differences = (values: readonly number[]) => values.slice(1).map((value, index) => value - values[index]);
const isUniform = (values: readonly number[]) => {
  const steps = differences(values);
  for (const step of steps) expect(step).toBeCloseTo(steps[0], 12);
};

describe("gridTimes", () => {
  it.each<[Grid, (time: number) => number]>([
    ["log-snr", schedule.halfLogSnr],
    ["time-uniform", (time) => time],
    ["time-quadratic", Math.sqrt],
    [{ kind: "time-power", exponent: 3 }, Math.cbrt],
    [{ kind: "ratio-power", exponent: 7 }, (time) => Math.exp(-schedule.halfLogSnr(time) / 7)],
  ])("is uniform in its own coordinate, with the ends exact: %j", (grid, coordinate) => {
    for (const span of [{}, { start: 1e-3, end: 1 }, { start: 0.9, end: 1e-4 }]) {
      const times = gridTimes({ schedule, ...span }, grid, 7);
      expect([times[0], times[7]]).toEqual([span.start ?? 1, span.end ?? 1e-3]);
      isUniform(times.map(coordinate));
    }
  });

  it("takes lists as they are, and refuses those that turn, stand still or leave the schedule", () => {
    expect(gridTimes({ schedule }, [1, 0.5, 0.1], 2)).toEqual([1, 0.5, 0.1]);
    for (const grid of [[1, 0.5, 0.6], [1, 0.5, 0.5], [1.1, 0.5], [1, 0], [1], [1, Number.NaN]])
      expect(() => gridTimes({ schedule }, grid, grid.length - 1)).toThrow(InvalidInputError);
    expect(() => gridTimes({ schedule, start: 0.9 }, [1, 0.5], 1)).toThrow(/start/);
  });

  it("refuses no steps, equal ends and times outside of the schedule", () => {
    for (const steps of [0, -1, 1.5, Number.NaN])
      expect(() => gridTimes({ schedule }, "log-snr", steps)).toThrow(/steps: expected an integer ≥ 1/);
    expect(() => gridTimes({ schedule, start: 0.5, end: 0.5 }, "log-snr", 3)).toThrow(/end/);
    expect(() => gridTimes({ schedule, start: 1.5 }, "log-snr", 3)).toThrow(/start/);
    expect(() => gridTimes({ schedule, end: 0 }, "log-snr", 3)).toThrow(/end/);
    expect(() => gridTimes({ schedule }, "karras" as Grid, 3)).toThrow(/grid/);
  });
});

describe("discreteTimes", () => {
  const discrete = discreteSchedule({ betas: betaTable("linear") });
  const stepsOf = (count: number, grid?: Exclude<Grid, readonly number[]>) =>
    discreteTimes(discrete, count, grid).map((time) => Math.round(time * 1000 - 1));

  it("has so many different steps, from the last of the table to the first", () => {
    for (const count of [1, 5, 20, 300, 999])
      for (const grid of ["time-uniform", "time-quadratic", "log-snr"] as const) {
        const found = stepsOf(count, grid);
        expect(new Set(found).size).toBe(count + 1);
        expect([found[0], found[count]]).toEqual([999, 0]);
      }
  });

  it("offsets the end by a tenth before rounding down, as the JAX code does: step 50, not 49, before the last of 20", () => {
    const found = stepsOf(20, "time-uniform");
    expect(found.slice(-2)).toEqual([50, 0]);
  });

  it("fills up with the smallest unused steps", () => {
    // Quadratic with 60 steps: the last ones would be 1, 0, 0.
    const found = stepsOf(60);
    expect(found.slice(-4)).toEqual([3, 2, 1, 0]);
  });

  it("refuses more steps than the table has", () => {
    expect(() => discreteTimes(discrete, 1000)).toThrow(/steps/);
  });
});
