import type { Device, FloatDType, Key, Tensor } from "@ansatz/tensor";
import type { ModelStatistics } from "../dpm-solver-v3/statistics.ts";
import type { Model } from "../models/prediction.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";

/** States to sample from, and what the samples are compared with. Plain data, for worker threads. */
export interface Trial {
  /** States at the start, flat. */
  readonly noise: Float64Array<ArrayBuffer>;
  /** [samples, …] */
  readonly shape: readonly number[];
  readonly dtype: FloatDType;
  /** What `quality` compares with: the exact flow's ends, or data. */
  readonly target: Float64Array<ArrayBuffer>;
}

/** What a solver is searched for: a model under its schedule, and a measure of samples. */
export interface SolverProblem {
  readonly schedule: NoiseSchedule;
  readonly model: Model;
  readonly device: Device;
  /** The mean of the data, which lets a search skip the first evaluation; a number, or one per dimension. */
  readonly dataMean?: number | readonly number[];
  /** Of the model, from `estimateStatistics`: lets a search use DPM-Solver-v3's prediction. What it finds then wants them too. */
  readonly statistics?: ModelStatistics;
  /** Other noise for another key. */
  draw(key: Key, samples: number): Promise<Trial>;
  /** How bad samples are, 0 at best; NaN counts as infinitely bad. */
  quality(x: Tensor, trial: Trial): number | Promise<number>;
  /** Called at the end of a search for a problem that it made from a module. */
  dispose?(): void;
}

/**
 * A problem that every thread makes for itself: a module whose default export takes the parameters (plain data) and returns a problem or a promise of it.
 */
export interface ProblemModule {
  /** An absolute URL, such as `new URL("./problem.js", import.meta.url).href`. */
  readonly module: string;
  readonly parameters: unknown;
}

export async function openProblem({ module, parameters }: ProblemModule): Promise<SolverProblem> {
  const { default: make } = await import(/* @vite-ignore */ module);
  return make(parameters);
}
