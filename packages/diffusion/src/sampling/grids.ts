import { InvalidInputError } from "@ansatz/tensor";
import { checkTime, type NoiseSchedule } from "../noise-schedules/index.ts";

/**
 * Where the steps of a sampler end.
 *
 * - `"log-snr"`: uniform in λ. The default of DPM-Solver for small images; the same as `"log"` of DEIS.
 * - `"time-uniform"`: uniform in time. For large images and latents.
 * - `"time-quadratic"`: uniform in √time. The default of DEIS.
 * - `{ kind: "time-power", exponent }`: uniform in time^(1/exponent).
 * - `{ kind: "ratio-power", exponent }`: uniform in ρ^(1/exponent), ρ = σ/α; exponent 7 is the grid of Karras et al.
 * - a list of times, strictly monotone, both ends included.
 */
export type Grid =
  | "log-snr"
  | "time-uniform"
  | "time-quadratic"
  | { readonly kind: "time-power"; readonly exponent: number }
  | { readonly kind: "ratio-power"; readonly exponent: number }
  | readonly number[];

/** A schedule and the part of it to go through. */
export interface TimeSpan {
  readonly schedule: NoiseSchedule;
  /** Default: where the schedule's `timeRange` starts. */
  readonly start?: number;
  /** Default: where it ends. Larger than `start` to encode (data to noise). */
  readonly end?: number;
}

/**
 * The `steps` + 1 times of a grid, the ends exactly as given.
 *
 * @throws InvalidInputError when `steps` is not a positive integer, an end is outside of the schedule, both are the same, or a custom list is not strictly monotone or does not fit.
 */
export function gridTimes(span: TimeSpan, grid: Grid, steps: number): number[] {
  const { schedule } = span;
  if (isList(grid)) return customTimes(span, grid, steps);
  const { start, end } = endsOf(span);
  if (!Number.isInteger(steps) || steps < 1) throw new InvalidInputError("steps", "an integer ≥ 1", steps);
  const { forward, back } = coordinate(schedule, grid);
  const [from, to] = [forward(start), forward(end)];
  const times = Array.from({ length: steps + 1 }, (_, index) => {
    if (index === 0) return start;
    if (index === steps) return end;
    return back(from + ((to - from) * index) / steps);
  });
  return checkMonotone(times, "grid");
}

/** Start and end of a span, checked. @throws InvalidInputError */
export function endsOf({ schedule, start, end }: TimeSpan): { readonly start: number; readonly end: number } {
  const ends = { start: start ?? schedule.timeRange[0], end: end ?? schedule.timeRange[1] };
  checkTime(schedule, ends.start, "start");
  checkTime(schedule, ends.end, "end");
  if (ends.start === ends.end) throw new InvalidInputError("end", "another time than the start", ends.end);
  return ends;
}

/** @throws InvalidInputError unless the times strictly fall or strictly rise. */
function checkMonotone(times: number[], argument: string): number[] {
  const direction = Math.sign(times[1] - times[0]);
  for (const [index, time] of times.entries())
    if (index > 0 && !(Math.sign(time - times[index - 1]) === direction && direction !== 0))
      throw new InvalidInputError(
        `${argument}[${index}]`,
        "times that strictly fall (or strictly rise, to encode)",
        time,
      );
  return times;
}

function isList(grid: Grid): grid is readonly number[] {
  return Array.isArray(grid);
}

/** A list brings its own ends; given ends must agree with it. */
function customTimes({ schedule, start, end }: TimeSpan, grid: readonly number[], steps: number): number[] {
  if (grid.length < 2) throw new InvalidInputError("grid", "a list of at least two times", grid);
  if (steps !== grid.length - 1) throw new InvalidInputError("steps", `${grid.length - 1}, as the grid has`, steps);
  for (const [index, time] of grid.entries()) checkTime(schedule, time, `grid[${index}]`);
  if (start !== undefined && start !== grid[0])
    throw new InvalidInputError("start", `${grid[0]}, where the grid starts`, start);
  if (end !== undefined && end !== grid.at(-1))
    throw new InvalidInputError("end", `${grid.at(-1)}, where the grid ends`, end);
  return checkMonotone([...grid], "grid");
}

interface Coordinate {
  forward(time: number): number;
  back(value: number): number;
}

function coordinate(schedule: NoiseSchedule, grid: Exclude<Grid, readonly number[]>): Coordinate {
  const lambda = { forward: schedule.halfLogSnr, back: schedule.timeAt };
  if (grid === "log-snr") return lambda;
  if (grid === "time-uniform") return { forward: (time) => time, back: (time) => time };
  const power = grid === "time-quadratic" ? { kind: "time-power", exponent: 2 } : grid;
  const { kind, exponent } = power ?? {};
  if (!(Number.isFinite(exponent) && exponent! > 0))
    throw new InvalidInputError("grid", "a known grid, with an exponent above 0", grid);
  const timePower = { forward: (time: number) => time ** (1 / exponent!), back: (value: number) => value ** exponent! };
  if (kind === "time-power") return timePower;
  if (kind !== "ratio-power") throw new InvalidInputError("grid", "a known grid", grid);
  // ρ^(1/κ) = e^(−λ/κ).
  return {
    forward: (time) => Math.exp(-schedule.halfLogSnr(time) / exponent!),
    back: (value) => schedule.timeAt(-exponent! * Math.log(value)),
  };
}
