import { child, type Device, type Key } from "@ansatz/tensor";
import { estimateStatistics, type ModelStatistics } from "../dpm-solver-v3/index.ts";
import { exactFlow, type GaussianMixture, mixtureDraws, mixtureModel, mixtureNoise } from "../models/index.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import type { SolverGenome } from "./genome.ts";
import { type PlannedStep, type PlannedUpdate, planGenome } from "./searched-solver.ts";

/** Distributions on a line with one to three modes, wide and narrow. */
export const PROBE_DISTRIBUTIONS: readonly GaussianMixture[] = [
  { weights: [1], means: [[0]], variances: [0.05] },
  { weights: [0.5, 0.5], means: [[-1], [1]], variances: [0.1, 0.1] },
  { weights: [0.5, 0.5], means: [[-1], [1]], variances: [0.01, 0.01] },
  { weights: [0.2, 0.5, 0.3], means: [[-2], [0], [1.5]], variances: [0.05, 0.1, 0.02] },
];

/** States at the start: quantiles of the standard normal distribution. */
const STATES = 16;

/** Errors of solvers where everything is known in closed form. */
export interface Probes {
  /** How many numbers `errors` gives. */
  readonly count: number;
  /** States at the start, and where the exact flow carries them. */
  readonly noise: Float64Array;
  readonly targets: readonly Float64Array[];
  /** A genome's updates with the statistics of the first distribution, where it wants any. */
  plan(genome: SolverGenome): PlannedStep[];
  /** ln of the root-mean-square error on every distribution. Finite. */
  errors(genome: SolverGenome, planned: readonly PlannedStep[]): number[];
  /** Of the distributions, where solvers may use statistics of the model; else none. */
  readonly statistics: readonly ModelStatistics[];
}

/** What the distributions' own statistics are estimated with. */
const STATISTICS_DRAWS = 256;
const STATISTICS_INTERVALS = 40;

const LARGEST_LOG_ERROR = 6;
const SMALLEST_LOG_ERROR = -12;

/** Where probes begin and end. */
export interface ProbedSpan {
  readonly schedule: NoiseSchedule;
  readonly start: number;
  readonly end: number;
}

/**
 * Probes under a schedule. They run on the host, in microseconds, and ask no model.
 *
 * @param estimation where solvers may use statistics of the model: what those of the probes' distributions are estimated with.
 */
export async function solverProbes(
  { schedule, start, end }: ProbedSpan,
  estimation?: { readonly device: Device; readonly key: Key },
): Promise<Probes> {
  const noise = Float64Array.from(
    { length: STATES },
    (_, index) => schedule.sigma(start) * quantile((index + 0.5) / STATES),
  );
  const targets: Float64Array[] = [];
  for (const mixture of PROBE_DISTRIBUTIONS)
    targets.push(await exactFlow(mixtureNoise(mixture, schedule), noise, { schedule, start, end, tolerance: 1e-9 }));
  const statistics: ModelStatistics[] = [];
  if (estimation)
    for (const [index, mixture] of PROBE_DISTRIBUTIONS.entries())
      statistics.push(await probeStatistics(mixture, { schedule, start, end }, { ...estimation, stream: index }));
  const flat = PROBE_DISTRIBUTIONS.map(({ weights, means, variances }) => ({
    ...{ weights, variances, means: means.map(([mean]) => mean) },
    mean: means.reduce((sum, [mean], k) => sum + weights[k] * mean, 0),
  }));
  return {
    ...{ count: PROBE_DISTRIBUTIONS.length, noise, targets, statistics },
    plan: (genome) => planGenome(genome, schedule, statistics[0]),
    errors(genome, planned) {
      const { analyticalFirstStep } = genome;
      const isStatistical = genome.steps.some(({ prediction }) => prediction === "statistics");
      const levels = genome.times.map((time) => ({ alpha: schedule.alpha(time), sigma: schedule.sigma(time) }));
      return flat.map((distribution, index) => {
        const isZero = analyticalFirstStep !== "none" && analyticalFirstStep.dataMean === 0;
        const firstData = analyticalFirstStep === "none" ? undefined : isZero ? 0 : distribution.mean;
        const mixtures = levels.map((level) => noisyMixture(distribution, level));
        const own = isStatistical && index > 0 ? planGenome(genome, schedule, statistics[index]) : planned;
        const reached = walk(noise, { firstData, planned: own, mixtures });
        const total = reached.reduce((sum, x, state) => sum + (x - targets[index][state]) ** 2, 0);
        const error = Math.log(Math.sqrt(total / STATES));
        return Number.isNaN(error)
          ? LARGEST_LOG_ERROR
          : Math.min(LARGEST_LOG_ERROR, Math.max(SMALLEST_LOG_ERROR, error));
      });
    },
  };
}

async function probeStatistics(
  mixture: GaussianMixture,
  { schedule, start, end }: ProbedSpan,
  { device, key, stream }: { readonly device: Device; readonly key: Key; readonly stream: number },
): Promise<ModelStatistics> {
  using model = mixtureModel(mixture, { schedule, device, dtype: "float64" });
  const own = child(key, stream);
  const draws = { count: STATISTICS_DRAWS, key: child(own, 0), device, dtype: "float64" } as const;
  using data = await mixtureDraws(mixture, draws);
  const setting = { schedule, start, end, intervals: STATISTICS_INTERVALS };
  const { statistics } = await estimateStatistics(model, { ...setting, data, key: child(own, 1) });
  return statistics!;
}

interface Distribution {
  readonly weights: readonly number[];
  readonly means: readonly number[];
  readonly variances: readonly number[];
  readonly mean: number;
}

interface Levels {
  readonly alpha: number;
  readonly sigma: number;
}

interface Setting {
  /** What is taken for the first evaluation, unless it is made. */
  readonly firstData: number | undefined;
  readonly planned: readonly PlannedStep[];
  readonly mixtures: readonly NoisyMixture[];
}

/** A solver's whole walk, of all states at once. */
function walk(start: Float64Array, { firstData, planned, mixtures }: Setting): Float64Array {
  const points: Point[] = [];
  let x = start;
  for (const [index, { predictor, corrector }] of planned.entries()) {
    const mixture = mixtures[index];
    points.push(pointAt(x, mixture, index === 0 ? firstData : undefined));
    if (corrector) {
      const newest = points.length - 1;
      const corrected = update(corrector, points);
      points[newest] =
        corrector.kind === "implicit" ? pointAt(corrected, mixture) : { ...points[newest], x: corrected };
    }
    x = update(predictor, points);
  }
  return x;
}

interface Point {
  readonly x: Float64Array;
  /** The state that was evaluated, before it was corrected. */
  readonly seen: Float64Array;
  readonly noise: Float64Array;
  readonly data: Float64Array;
}

function pointAt(x: Float64Array, mixture: NoisyMixture, knownData?: number): Point {
  const { alpha, sigma } = mixture;
  const data = new Float64Array(x.length);
  const noise = new Float64Array(x.length);
  for (let state = 0; state < x.length; state++) {
    data[state] = knownData ?? expectedData(x[state], mixture);
    noise[state] = (x[state] - alpha * data[state]) / sigma;
  }
  return { x, seen: x, data, noise };
}

function update(planned: PlannedUpdate, points: readonly Point[]): Float64Array {
  if (planned.prediction === "statistics") return statisticalUpdate(planned, points);
  const { prediction, start, active, coefficients } = planned;
  const { ofState, ofStart, ofActive } = coefficients;
  const from = points[points.length + start];
  const given = from[prediction];
  const x = new Float64Array(given.length);
  for (let state = 0; state < x.length; state++) x[state] = ofState * from.x[state] + ofStart * given[state];
  for (let index = 0; index < active.length; index++) {
    const other = points[points.length + active[index]][prediction];
    const weight = ofActive[index];
    for (let state = 0; state < x.length; state++) x[state] += weight * other[state];
  }
  return x;
}

function statisticalUpdate(
  { start, active, coefficients }: Extract<PlannedUpdate, { prediction: "statistics" }>,
  points: readonly Point[],
): Float64Array {
  const { step, remainders } = coefficients;
  const from = points[points.length + start];
  const x = from.x.map((value) => step.carry[0] * value + step.bias[0]);
  for (const [index, point] of [start, ...active].entries()) {
    const { noise, seen } = points[points.length + point];
    const { ofNoise, ofState } = remainders[index];
    const weight = step.weights[index][0];
    for (let state = 0; state < x.length; state++)
      x[state] += weight * (ofNoise * noise[state] - ofState[0] * seen[state]);
  }
  return x;
}

/** A mixture at one noise level: everything that does not depend on the state. */
interface NoisyMixture {
  readonly alpha: number;
  readonly sigma: number;
  /** ln(w/√V), 1/(2V), α m, α v/V per component. */
  readonly logits: Float64Array;
  readonly halfPrecisions: Float64Array;
  readonly centers: Float64Array;
  readonly gains: Float64Array;
  readonly means: ArrayLike<number>;
  readonly scratch: Float64Array;
}

function noisyMixture({ weights, means, variances }: Distribution, { alpha, sigma }: Levels): NoisyMixture {
  const count = weights.length;
  const [logits, halfPrecisions, centers, gains] = [0, 1, 2, 3].map(() => new Float64Array(count));
  for (let k = 0; k < count; k++) {
    const variance = alpha * alpha * variances[k] + sigma * sigma;
    logits[k] = Math.log(weights[k]) - 0.5 * Math.log(variance);
    halfPrecisions[k] = 0.5 / variance;
    centers[k] = alpha * means[k];
    gains[k] = (alpha * variances[k]) / variance;
  }
  return { alpha, sigma, logits, halfPrecisions, centers, gains, means, scratch: new Float64Array(count) };
}

/** E[x₀ | x] of a mixture on a line. */
function expectedData(x: number, { logits, halfPrecisions, centers, gains, means, scratch }: NoisyMixture): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.length; k++) {
    scratch[k] = logits[k] - (x - centers[k]) ** 2 * halfPrecisions[k];
    if (scratch[k] > largest) largest = scratch[k];
  }
  let total = 0;
  let value = 0;
  for (let k = 0; k < logits.length; k++) {
    const share = Math.exp(scratch[k] - largest);
    total += share;
    value += share * (means[k] + gains[k] * (x - centers[k]));
  }
  return value / total;
}

/** The standard normal quantile, by bisection of its distribution function. */
function quantile(probability: number): number {
  let [low, high] = [-10, 10];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normalDistribution(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Φ by its series: |x| ≤ 10. */
function normalDistribution(x: number): number {
  if (x > 7) return 1;
  if (x < -7) return 0;
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
