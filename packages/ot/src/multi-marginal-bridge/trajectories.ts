import type { Device, Key } from "@ansatz/tensor";
import type { HostPoints } from "../point-set.ts";
import type { DriftSamples } from "./drift-fit.ts";
import type { GaussianFlow } from "./gaussian-flow.ts";

/** Trajectories through all snapshots, row-major `[count, times, dimension]`. */
export interface Trajectories {
  readonly data: Float64Array<ArrayBuffer>;
  readonly shape: readonly [count: number, times: number, dimension: number];
  /** Of all states, `[times]`. */
  readonly times: Float64Array<ArrayBuffer>;
}

/** What an outer iteration makes trajectories of. */
export interface IterationRun {
  readonly snapshots: readonly HostPoints[];
  /** When they were taken. */
  readonly times: readonly number[];
  /** σ. */
  readonly diffusion: number;
  /** The reference of this iteration. */
  readonly flow: GaussianFlow;
  /** θ of the reference; undefined for Brownian motion. */
  readonly parameters: Float64Array<ArrayBuffer> | undefined;
  /** Δ that was asked for. */
  readonly stepSize: number;
  readonly device: Device;
  /** Of this iteration. */
  readonly key: Key;
  readonly iteration: number;
  readonly signal: AbortSignal | undefined;
}

/** The steps of one interval. */
export interface IntervalGrid {
  /** Of its first state. */
  readonly time: number;
  readonly steps: number;
  readonly stepSize: number;
  /** Position of its first state among those of a whole trajectory. */
  readonly offset: number;
}

/** All intervals: ⌈duration/Δ⌉ steps each, where durations within 10⁻⁹ of a multiple of Δ are one. */
export function intervalGrids({ times, stepSize }: Pick<IterationRun, "times" | "stepSize">): readonly IntervalGrid[] {
  let offset = 0;
  return times.slice(1).map((end, index) => {
    const time = times[index];
    const steps = Math.max(1, Math.ceil((end - time) / stepSize - 1e-9));
    const grid = { time, steps, stepSize: (end - time) / steps, offset };
    offset += steps;
    return grid;
  });
}

/** Times of all states of a trajectory. */
export function timesOf(grids: readonly IntervalGrid[]): Float64Array<ArrayBuffer> {
  const last = grids[grids.length - 1];
  const times = new Float64Array(last.offset + last.steps + 1);
  for (const { time, steps, stepSize, offset } of grids)
    for (let step = 0; step <= steps; step++) times[offset + step] = time + step * stepSize;
  return times;
}

/** The states of trajectories and the increments over Δ that followed them. */
export function stepsOf({ data, shape: [count, length, dimension], times }: Trajectories): DriftSamples {
  const states = new Float64Array(count * (length - 1) * dimension);
  const velocities = new Float64Array(states.length);
  const sampleTimes = new Float64Array(count * (length - 1));
  let sample = 0;
  for (let b = 0; b < count; b++)
    for (let l = 0; l + 1 < length; l++, sample++) {
      sampleTimes[sample] = times[l];
      for (let i = 0; i < dimension; i++) {
        const at = (b * length + l) * dimension + i;
        states[sample * dimension + i] = data[at];
        velocities[sample * dimension + i] = (data[at + dimension] - data[at]) / (times[l + 1] - times[l]);
      }
    }
  return { dimension, states, velocities, times: sampleTimes };
}
