import type { Report } from "@ansatz/lab";
import type { Device, FloatDType } from "@ansatz/tensor";
import { sinkhorn } from "../../sinkhorn/index.ts";
import type { HistoryEntry } from "../../transport-result.ts";
import type { ExperimentProblem } from "./problem.ts";

/** What plain log-domain Sinkhorn would need for the same task. */
export interface Baseline {
  /** Sweeps that were done. */
  readonly swept: number;
  /** Sweeps to the target error; null when its error does not fall. */
  readonly sweeps: number | null;
  readonly seconds: number | null;
}

/** Marginal error to which plain Sinkhorn is extrapolated. */
const TARGET_ERROR: Readonly<Record<FloatDType, number>> = { float64: 1e-10, float32: 1e-6 };

/** Time after which the measurement is cut short. */
const MILLISECONDS = 5_000;

/** How often the error is looked at while it is measured. */
const LOOKS = 100;

/**
 * Runs plain Sinkhorn for a while and extrapolates to the target error by the rate of the second half. The rate only gets slower later on, so that the result is
 * a lower bound.
 */
export async function measureSinkhorn(
  problem: ExperimentProblem,
  options: {
    readonly device: Device;
    readonly dtype: FloatDType;
    readonly signal: AbortSignal;
    readonly sweeps: number;
  },
  report: Report,
): Promise<Baseline> {
  const { sweeps, ...where } = options;
  const interval = Math.ceil(sweeps / LOOKS);
  const target = TARGET_ERROR[options.dtype];
  const enough = new AbortController();
  const begin = performance.now();
  let last = begin;
  let fastestSweep = Number.POSITIVE_INFINITY;
  const { history } = await sinkhorn(problem, {
    ...where,
    signal: enough.signal,
    tolerance: target,
    maximumSweeps: sweeps,
    checkInterval: interval,
    onProgress({ iteration, error }) {
      const now = performance.now();
      const done = Math.min(sweeps, iteration * interval);
      fastestSweep = Math.min(fastestSweep, (now - last) / 1000 / (done - (iteration - 1) * interval));
      report.point("marginal error, plain Sinkhorn", done, error);
      report.progress(done, sweeps, "plain Sinkhorn, for comparison");
      if (where.signal.aborted || now - begin > MILLISECONDS) enough.abort();
      last = performance.now();
    },
  });
  const needed = extrapolate(history, interval, target);
  const swept = Math.min(sweeps, history.length * interval);
  return { swept, sweeps: needed, seconds: needed === null ? null : needed * fastestSweep };
}

/** Sweeps to the target error when it goes on falling as it did over the second half of the history. */
export function extrapolate(history: readonly HistoryEntry[], interval: number, target: number): number | null {
  const last = history.at(-1);
  const middle = history.at(Math.floor(history.length / 2) - 1);
  if (!last || !middle || last === middle) return null;
  if (last.error <= target) return last.iteration * interval;
  const rate = Math.log(last.error / middle.error) / (interval * (last.iteration - middle.iteration));
  return rate < 0 ? last.iteration * interval + Math.log(target / last.error) / rate : null;
}
