import type { RandomStream } from "../random/stream.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/** @see evolutionStrategy */
export interface EvolutionStrategyOptions {
  /** Points per generation, λ. Default 128 (the paper's). */
  readonly populationSize?: number;
  /** Standard deviation at the start, σ₀. Default 0.1 (the paper's). */
  readonly initialStep?: number;
  /** Default 10 000 (the paper's). */
  readonly maximumGenerations?: number;
  /**
   * `"linear"`: steps are added (the paper's, default). `"log-magnitude"`: the search is in the logarithms of the magnitudes, signs stay; for coefficients of which
   * nobody knows the order of magnitude.
   */
  readonly parametrisation?: "linear" | "log-magnitude";
  /** Called after every generation with the best value so far; false stops. */
  readonly proceed?: (generation: number, best: number) => boolean;
}

export interface EvolutionStrategyResult {
  readonly point: number[];
  readonly value: number;
  readonly generations: number;
  /** Why it ended: nothing better for half of the time; value 0; all generations spent; `proceed` said so. */
  readonly reason: "stalled" | "zero" | "generation-limit" | "stopped";
}

/** Values of `count` points that lie one after another; NaN is worse than everything. */
export type Objective = (points: Float64Array, count: number) => ArrayLike<number>;

const LEAST_GENERATIONS = 100;
/** The step size grows at most e-fold a generation: far from the optimum it would run away otherwise. */
const LARGEST_LOG_STEP = 1;
/** Share of the largest eigenvalue below which rounding has made one up. */
const SMALLEST_EIGENVALUE = 1e-20;

/**
 * Minimises by CMA-ES (Hansen, "The CMA Evolution Strategy: A Tutorial", with its standard constants), as the paper fits coefficients. The best point of all
 * generations is kept. With one coefficient the covariance is a number; with none there is nothing to do.
 */
export function evolutionStrategy(
  objective: Objective,
  start: readonly number[],
  random: RandomStream,
  options: EvolutionStrategyOptions = {},
): EvolutionStrategyResult {
  const { populationSize = 128, initialStep = 0.1, maximumGenerations = 10_000, proceed = () => true } = options;
  const k = start.length;
  const isLog = options.parametrisation === "log-magnitude";
  const decode = (value: number, index: number) => (isLog ? Math.sign(start[index]) * Math.exp(value) : value);
  const first = objective(Float64Array.from(start), 1)[0];
  let best = { point: [...start], value: Number.isNaN(first) ? Number.POSITIVE_INFINITY : first };
  if (k === 0 || best.value === 0) return { ...best, generations: 0, reason: k === 0 ? "stalled" : "zero" };

  const c = strategyConstants(k, populationSize);
  const mean = start.map((value) => (isLog ? Math.log(Math.abs(value)) : value));
  let step = initialStep;
  const covariance = new Float64Array(k * k);
  for (let i = 0; i < k; i++) covariance[i * k + i] = 1;
  const stepPath = new Float64Array(k);
  const covariancePath = new Float64Array(k);
  const directions = new Float64Array(populationSize * k);
  const points = new Float64Array(populationSize * k);
  const z = new Float64Array(k);
  let lastImprovement = 0;

  for (let generation = 1; generation <= maximumGenerations; generation++) {
    const { values: eigenvalues, vectors } = symmetricEigen(covariance, k);
    const largest = Math.max(...eigenvalues);
    const scales = eigenvalues.map((value) => Math.sqrt(Math.max(value, SMALLEST_EIGENVALUE * largest)));
    for (let member = 0; member < populationSize; member++) {
      for (let j = 0; j < k; j++) z[j] = scales[j] * random.normal();
      for (let i = 0; i < k; i++) {
        let direction = 0;
        for (let j = 0; j < k; j++) direction += vectors[i * k + j] * z[j];
        directions[member * k + i] = direction;
        points[member * k + i] = decode(mean[i] + step * direction, i);
      }
    }
    const values = objective(points, populationSize);
    const order = Array.from({ length: populationSize }, (_, member) => member).sort((a, b) =>
      compare(values[a], values[b]),
    );
    if (values[order[0]] < best.value) {
      best = { point: [...points.subarray(order[0] * k, (order[0] + 1) * k)], value: values[order[0]] };
      lastImprovement = generation;
    }
    const stalledFor = generation - lastImprovement;
    if (best.value === 0) return { ...best, generations: generation, reason: "zero" };
    if (!proceed(generation, best.value)) return { ...best, generations: generation, reason: "stopped" };
    if (generation >= LEAST_GENERATIONS && stalledFor >= Math.max(1, 0.5 * generation))
      return { ...best, generations: generation, reason: "stalled" };

    const average = new Float64Array(k);
    for (let rank = 0; rank < c.parents; rank++)
      for (let i = 0; i < k; i++) average[i] += c.weights[rank] * directions[order[rank] * k + i];
    for (let i = 0; i < k; i++) mean[i] += step * average[i];
    // C^(-1/2) times the mean direction, in the eigenbasis.
    const whitened = new Float64Array(k);
    for (let j = 0; j < k; j++) {
      let coordinate = 0;
      for (let i = 0; i < k; i++) coordinate += vectors[i * k + j] * average[i];
      coordinate /= scales[j];
      for (let i = 0; i < k; i++) whitened[i] += vectors[i * k + j] * coordinate;
    }
    const keepStep = Math.sqrt(c.stepRate * (2 - c.stepRate) * c.effective);
    for (let i = 0; i < k; i++) stepPath[i] = (1 - c.stepRate) * stepPath[i] + keepStep * whitened[i];
    const length = Math.hypot(...stepPath);
    step *= Math.exp(Math.min(LARGEST_LOG_STEP, (c.stepRate / c.damping) * (length / c.expectedLength - 1)));
    const settled = Math.sqrt(1 - (1 - c.stepRate) ** (2 * (generation + 1)));
    const isShort = length / settled < (1.4 + 2 / (k + 1)) * c.expectedLength;
    const keepPath = isShort ? Math.sqrt(c.pathRate * (2 - c.pathRate) * c.effective) : 0;
    for (let i = 0; i < k; i++) covariancePath[i] = (1 - c.pathRate) * covariancePath[i] + keepPath * average[i];
    const lost = isShort ? 0 : c.pathRate * (2 - c.pathRate);
    for (let i = 0; i < k; i++)
      for (let j = 0; j <= i; j++) {
        let spread = 0;
        for (let rank = 0; rank < c.parents; rank++)
          spread += c.weights[rank] * directions[order[rank] * k + i] * directions[order[rank] * k + j];
        const old = covariance[i * k + j];
        const value =
          (1 - c.rankOne - c.rankMany) * old +
          c.rankOne * (covariancePath[i] * covariancePath[j] + lost * old) +
          c.rankMany * spread;
        covariance[i * k + j] = value;
        covariance[j * k + i] = value;
      }
    // All steps have become smaller than the numbers' last places, or infinite: nothing will change any more.
    if (!(step > 0 && step < Number.POSITIVE_INFINITY && covariance.every(Number.isFinite)))
      return { ...best, generations: generation, reason: "stalled" };
  }
  return { ...best, generations: maximumGenerations, reason: "generation-limit" };
}

/** NaN last. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return Number.isNaN(b) || a < b ? -1 : Number(a > b);
}

function strategyConstants(k: number, populationSize: number) {
  const parents = Math.floor(populationSize / 2);
  const raw = Array.from({ length: parents }, (_, i) => Math.log((populationSize + 1) / 2) - Math.log(i + 1));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const weights = raw.map((weight) => weight / total);
  const effective = 1 / weights.reduce((sum, weight) => sum + weight ** 2, 0);
  const stepRate = (effective + 2) / (k + effective + 5);
  const rankOne = 2 / ((k + 1.3) ** 2 + effective);
  return {
    ...{ parents, weights, effective, stepRate, rankOne },
    damping: 1 + 2 * Math.max(0, Math.sqrt((effective - 1) / (k + 1)) - 1) + stepRate,
    pathRate: (4 + effective / k) / (k + 4 + (2 * effective) / k),
    rankMany: Math.min(1 - rankOne, (2 * (effective - 2 + 1 / effective)) / ((k + 2) ** 2 + effective)),
    expectedLength: Math.sqrt(k) * (1 - 1 / (4 * k) + 1 / (21 * k * k)),
  };
}
