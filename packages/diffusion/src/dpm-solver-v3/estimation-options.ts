import { InvalidInputError, type Key, sizeOf, Tensor } from "@ansatz/tensor";
import { checkTime, type NoiseSchedule } from "../noise-schedules/index.ts";
import type { EstimationState } from "./estimate.ts";

export interface EstimationOptions {
  readonly schedule: NoiseSchedule;
  /** Draws from the data, [count, …], float32 or float64. The paper takes 1024 to 4096. */
  readonly data: Tensor;
  readonly key: Key;
  /** Intervals of the grid in λ. Default 120 (paper: 120 to 1200). */
  readonly intervals?: number;
  /** Times of the ends of the grid: those that will be sampled between. Default: the schedule's `timeRange`. */
  readonly start?: number;
  readonly end?: number;
  /** Examples at a time. Default: all. */
  readonly batch?: number;
  /** One set of coefficients for all dimensions. Default false. */
  readonly shared?: boolean;
  /**
   * η of s = Cov/(Var + η E[f²] + 1e-12), without which dimensions that hardly vary have 0/0. Default 0.01 (an addition; 0 in the paper).
   */
  readonly regularization?: number;
  /** Bound of |s|. Default 5 (an addition; none in the paper). */
  readonly largestScale?: number;
  /**
   * `"forward"` (default): the model is differentiated; it must be synchronous and made of differentiable operations. `"difference"`: central differences, for networks that run elsewhere.
   */
  readonly derivatives?: "forward" | "difference";
  /**
   * `"common"` (default): the same noise and directions at every node. `"independent"`: new ones at each, which makes the curves rough and every solver that uses them of order 1.
   */
  readonly draws?: "common" | "independent";
  /** An unfinished estimate of the same problem, to go on from. */
  readonly resume?: EstimationState;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Options with defaults, checked, and what follows from them. */
export interface Estimation {
  readonly schedule: NoiseSchedule;
  readonly data: Tensor;
  readonly key: Key;
  readonly intervals: number;
  readonly batch: number;
  readonly regularization: number;
  readonly largestScale: number;
  readonly derivatives: "forward" | "difference";
  readonly draws: "common" | "independent";
  /** Times of the nodes. */
  readonly times: readonly number[];
  /** Elements of one example. */
  readonly size: number;
  /** Sets of coefficients: one for each element, or 1. */
  readonly dimension: number;
}

/** @throws InvalidInputError */
export function checkEstimation(options: EstimationOptions): Estimation {
  const { schedule, data, key, intervals = 120, shared = false, regularization = 0.01, largestScale = 5 } = options;
  const { draws = "common", derivatives = "forward" } = options;
  const isDraws = data instanceof Tensor && data.rank >= 2 && data.shape[0] >= 2;
  if (!isDraws || (data.dtype !== "float32" && data.dtype !== "float64"))
    throw new InvalidInputError("options.data", "a float32 or float64 tensor [count ≥ 2, …]", data?.shape);
  if (!Number.isInteger(intervals) || intervals < 2)
    throw new InvalidInputError("options.intervals", "an integer ≥ 2", intervals);
  const batch = Math.min(options.batch ?? data.shape[0], data.shape[0]);
  if (!Number.isInteger(batch) || batch < 1)
    throw new InvalidInputError("options.batch", "an integer ≥ 1", options.batch);
  if (!(Number.isFinite(regularization) && regularization >= 0))
    throw new InvalidInputError("options.regularization", "a finite number ≥ 0", regularization);
  if (!(largestScale > 0)) throw new InvalidInputError("options.largestScale", "a number above 0", largestScale);
  if (draws !== "common" && draws !== "independent")
    throw new InvalidInputError("options.draws", '"common" or "independent"', draws);
  if (derivatives !== "forward" && derivatives !== "difference")
    throw new InvalidInputError("options.derivatives", '"forward" or "difference"', derivatives);
  const size = sizeOf(data.shape) / data.shape[0];
  const times = nodeTimes(options, intervals);
  const checked = { schedule, data, key, intervals, batch, regularization, largestScale, derivatives, draws };
  return { ...checked, times, size, dimension: shared ? 1 : size };
}

function nodeTimes({ schedule, start, end }: EstimationOptions, intervals: number): number[] {
  const [first, last] = [start ?? schedule.timeRange[0], end ?? schedule.timeRange[1]];
  checkTime(schedule, first, "options.start");
  checkTime(schedule, last, "options.end");
  if (!(first > last)) throw new InvalidInputError("options.start", `a time after the end, ${last}`, first);
  const [from, to] = [schedule.halfLogSnr(first), schedule.halfLogSnr(last)];
  return Array.from({ length: intervals + 1 }, (_, node) => {
    if (node === 0) return first;
    return node === intervals ? last : schedule.timeAt(from + ((to - from) * node) / intervals);
  });
}
