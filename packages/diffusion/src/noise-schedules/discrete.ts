import { InvalidInputError } from "@ansatz/tensor";
import { logAlphaAt, type NoiseSchedule, variancePreserving } from "./noise-schedule.ts";

/** The noise table of a model trained on N discrete steps. */
export type NoiseTable = { readonly betas: ArrayLike<number> } | { readonly alphasCumulative: ArrayLike<number> };

export interface DiscreteScheduleOptions {
  /**
   * What the network is fed. `"shifted"`: (t − 1/N)·1000, which is the step n at t = (n + 1)/N for N = 1000 (default; DPM-Solver's code, type 1). `"scaled"`: 1000·(N − 1)t/N
   * (the paper's type 2).
   */
  readonly labels?: "shifted" | "scaled";
  /** Labels of the whole time range, 1000 in DPM-Solver's code. Default 1000. */
  readonly labelCount?: number;
  /** Round labels to whole numbers, for networks that accept no others: solvers that evaluate between steps lose their order. Default false. */
  readonly roundLabels?: boolean;
  /** What is linear in time between the steps: ln α (default) or, as in DEIS's code, ᾱ = α² clipped to [1e-7, 1 − 1e-7]. */
  readonly interpolation?: "log-alpha" | "alpha-squared";
  /**
   * Steps with λ < −5.1 at the noisy end are cut, since nothing is left to see there. True: the rest is stretched over all of time, as in DPM-Solver's code. False (default):
   * the steps keep their times and labels, and time ends where the rest does.
   */
  readonly rescale?: boolean;
}

/** A schedule made from a table. */
export interface DiscreteSchedule extends NoiseSchedule {
  /** N: step n of 0 … N − 1 is at time (n + 1)/N. */
  readonly stepCount: number;
  /** Steps that were not cut. */
  readonly usedSteps: number;
  /** Time of a step. */
  timeOfStep(step: number): number;
  /** ᾱ = α² of every used step. */
  readonly alphasCumulative: Float64Array;
}

/** λ below which a table is cut. */
const LOWEST_HALF_LOG_SNR = -5.1;

/**
 * The continuous-time process through a table of N discrete steps: step n is at time (n + 1)/N, and between steps ln α is linear, with the end segments extended.
 *
 * @param table β of every step, each in (0, 1); or ᾱ = Π(1 − β), strictly decreasing in (0, 1).
 * @throws InvalidInputError naming the entry at fault.
 *
 * Source: "DPM-Solver", appendix D.3, with the corrections of its code.
 */
export function discreteSchedule(table: NoiseTable, options: DiscreteScheduleOptions = {}): DiscreteSchedule {
  const { labels = "shifted", labelCount = 1000, roundLabels = false, rescale = false } = options;
  const { interpolation = "log-alpha" } = options;
  if (labels !== "shifted" && labels !== "scaled")
    throw new InvalidInputError("options.labels", '"shifted" or "scaled"', labels);
  if (interpolation !== "log-alpha" && interpolation !== "alpha-squared")
    throw new InvalidInputError("options.interpolation", '"log-alpha" or "alpha-squared"', interpolation);
  if (!(Number.isFinite(labelCount) && labelCount > 0))
    throw new InvalidInputError("options.labelCount", "a finite number above 0", labelCount);
  const all = logAlphasOf(table);
  const isSeen = (value: number) => value - 0.5 * Math.log(-Math.expm1(2 * value)) >= LOWEST_HALF_LOG_SNR;
  const cut = all.findIndex((value) => !isSeen(value));
  const logAlphas = cut < 0 ? all : all.subarray(0, cut);
  if (logAlphas.length < 2)
    throw new InvalidInputError("table", `at least two steps with λ ≥ ${LOWEST_HALF_LOG_SNR}`, cut);
  const count = rescale ? logAlphas.length : all.length;
  const curve = interpolation === "log-alpha" ? logAlphaCurve(logAlphas) : alphaSquaredCurve(logAlphas);
  const timeOfStep = (step: number) => (step + 1) / count;
  const label = (time: number) => {
    const value = labels === "shifted" ? (time - 1 / count) * labelCount : (labelCount * (count - 1) * time) / count;
    return roundLabels ? Math.round(value) : value;
  };
  const lastTime = timeOfStep(logAlphas.length - 1);
  return {
    ...variancePreserving({
      name: "discrete",
      timeRange: [lastTime, timeOfStep(0)],
      domain: [0, lastTime],
      logAlpha: (time) => curve.logAlpha(stepAt(time, count)),
      logAlphaSlope: (time) => curve.slope(stepAt(time, count)) * count,
      timeAt: (halfLogSnr) => (curve.stepOf(logAlphaAt(halfLogSnr)) + 1) / count,
      label,
    }),
    stepCount: count,
    usedSteps: logAlphas.length,
    timeOfStep,
    alphasCumulative: logAlphas.map((value) => Math.exp(2 * value)),
  };
}

/** β of the tables that models are usually trained with: `"linear"` in β, linear in √β (`"scaled-linear"`, Stable Diffusion), or `"cosine"` with β ≤ 0.999. @throws InvalidInputError */
export function betaTable(
  kind: "linear" | "scaled-linear" | "cosine",
  options: { readonly steps?: number; readonly start?: number; readonly end?: number } = {},
): Float64Array {
  const { steps = 1000 } = options;
  const { start = kind === "linear" ? 1e-4 : 0.00085, end = kind === "linear" ? 0.02 : 0.012 } = options;
  if (!Number.isInteger(steps) || steps < 2) throw new InvalidInputError("options.steps", "an integer ≥ 2", steps);
  if (!(start > 0 && start < 1)) throw new InvalidInputError("options.start", "a number in (0, 1)", start);
  if (!(end > start && end < 1)) throw new InvalidInputError("options.end", `a number in (${start}, 1)`, end);
  const between = (from: number, to: number, step: number) => from + ((to - from) * step) / (steps - 1);
  const squaredCosine = (time: number) => Math.cos(((time + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  const beta = {
    linear: (step: number) => between(start, end, step),
    "scaled-linear": (step: number) => between(Math.sqrt(start), Math.sqrt(end), step) ** 2,
    cosine: (step: number) => Math.min(0.999, 1 - squaredCosine((step + 1) / steps) / squaredCosine(step / steps)),
  }[kind];
  if (!beta) throw new InvalidInputError("kind", '"linear", "scaled-linear" or "cosine"', kind);
  return Float64Array.from({ length: steps }, (_, step) => beta(step));
}

function logAlphasOf(table: NoiseTable): Float64Array {
  if ("betas" in table) {
    let sum = 0;
    return Float64Array.from(table.betas, (beta, index) => {
      if (!(beta > 0 && beta < 1)) throw new InvalidInputError(`betas[${index}]`, "a number in (0, 1)", beta);
      sum += 0.5 * Math.log1p(-beta);
      return sum;
    });
  }
  let previous = 1;
  return Float64Array.from(table.alphasCumulative, (value, index) => {
    if (!(value > 0 && value < previous))
      throw new InvalidInputError(
        `alphasCumulative[${index}]`,
        `a number in (0, ${previous}): strictly decreasing`,
        value,
      );
    previous = value;
    return 0.5 * Math.log(value);
  });
}

/** Distance in steps within which a time is taken to be that of the step: the table is met exactly there. */
const STEP_ROUNDING = 1e-9;

/** Step, with fraction, at a time. */
function stepAt(time: number, count: number): number {
  const step = time * count - 1;
  const whole = Math.round(step);
  return Math.abs(step - whole) < STEP_ROUNDING ? whole : step;
}

interface TableCurve {
  logAlpha(step: number): number;
  /** d ln α per step. */
  slope(step: number): number;
  stepOf(logAlpha: number): number;
}

function logAlphaCurve(table: Float64Array): TableCurve {
  const { value, slope, stepOf } = polyline(table);
  return { logAlpha: value, slope, stepOf };
}

/** Bounds of ᾱ in DEIS's code. */
const ALPHA_SQUARED_BOUNDS = [1e-7, 1 - 1e-7] as const;

function alphaSquaredCurve(logAlphas: Float64Array): TableCurve {
  const line = polyline(logAlphas.map((value) => Math.exp(2 * value)));
  const [lowest, highest] = ALPHA_SQUARED_BOUNDS;
  const clipped = (step: number) => Math.min(highest, Math.max(lowest, line.value(step)));
  return {
    logAlpha: (step) => 0.5 * Math.log(clipped(step)),
    slope: (step) => (0.5 * line.slope(step)) / clipped(step),
    stepOf: (logAlpha) => line.stepOf(Math.exp(2 * logAlpha)),
  };
}

/** A strictly decreasing polyline through the entries of a table, its end segments extended. */
function polyline(table: Float64Array) {
  const segment = (step: number) => Math.min(table.length - 2, Math.max(0, Math.floor(step)));
  const slope = (step: number) => table[segment(step) + 1] - table[segment(step)];
  const value = (step: number) => {
    if (Number.isInteger(step) && step >= 0 && step < table.length) return table[step];
    return table[segment(step)] + (step - segment(step)) * slope(step);
  };
  const stepOf = (wanted: number) => {
    let low = 0;
    let high = table.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (table[middle] >= wanted) low = middle;
      else high = middle;
    }
    return low + (table[low] - wanted) / (table[low] - table[low + 1]);
  };
  return { value, slope, stepOf };
}
