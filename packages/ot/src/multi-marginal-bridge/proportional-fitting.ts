import { child, type Device, InvalidInputError, type Key, normal, uniform } from "@ansatz/tensor";
import { energyCoefficient } from "../light-bridge/comparison.ts";
import type { HostPoints } from "../point-set.ts";
import {
  checkRegression,
  type DriftMean,
  type DriftRegression,
  type LearnedDrift,
  regressDrift,
} from "./drift-regression.ts";
import { type ChainDrift, type Paths, reversed, simulatePaths, statesAt } from "./path-simulation.ts";
import { straightLinePaths } from "./straight-lines.ts";

/**
 * How bridges are found by iterative proportional fitting. Where snapshots are far apart on the scale of the noise, half-bridges that are learned from paths never meet unless they are helped;
 * the defaults of `mean`, `annealingSweeps` and `straightLines` help. All of them keep the paths between given ends those of the reference, but for how its drift bends on the scale of the noise.
 */
export interface ProportionalFittingOptions {
  /** Pairs of half-bridges: back from the later snapshot, then forth from the earlier one. Default 10 (paper). */
  readonly sweeps?: number;
  /** What learns drifts from paths. Default `{ method: "gaussian-process" }` (paper). */
  readonly regression?: DriftRegression;
  /** Paths per half-bridge, from the points of a snapshot in turn. Default 200, or as many as there are points (paper: the latter), because slopes are learned to some 1/√paths. */
  readonly paths?: number;
  /**
   * What drifts fall back to away from the paths: `"affine"` (default), least squares in every time step, so that half-bridges that have not met yet are drawn to each other; `"reference"`, for forward
   * drifts that of the reference (paper's repository, optional); `"zero"` (paper).
   */
  readonly mean?: "affine" | "reference" | "zero";
  /** Of the affine mean, as a share of the variance of the states. Default 10⁻³. */
  readonly ridge?: number;
  /** Sweeps over which the noise shrinks to σ by equal factors. Default: half of them. */
  readonly annealingSweeps?: number;
  /** Noise of the first of these, if it is above σ. Default: such that it bridges, over the interval, how far means and deviations of the reference's ends are from the later snapshot's. */
  readonly initialDiffusion?: number;
  /** Whether, under Brownian motion, the first half-bridge is made of straight lines with noise, to points of the earlier snapshot, instead of being learned. Default true. */
  readonly straightLines?: boolean;
}

/** Two neighbouring snapshots. */
export interface Interval {
  readonly from: HostPoints;
  readonly to: HostPoints;
  readonly stepSize: number;
  readonly steps: number;
  /** σ. */
  readonly sigma: number;
  /** Drift of the reference; undefined for Brownian motion. */
  readonly reference: ChainDrift | undefined;
}

export interface FittingContext {
  readonly options: ProportionalFittingOptions;
  readonly device: Device;
  /** For random numbers. */
  readonly host: Device;
  readonly key: Key;
  readonly signal: AbortSignal | undefined;
}

/** The bridge of an interval as two chains. */
export interface HalfBridges extends Disposable {
  /** Drift from the earlier snapshot on. */
  readonly forward: LearnedDrift;
  /** Drift from the later snapshot back: step 0 is the first one back. */
  readonly backward: LearnedDrift;
  /** How far the chains of the last sweep end from the snapshots they lead to, the worse of both, see `energyCoefficient`. */
  readonly endDistance: number;
}

/** @throws InvalidInputError naming the option at fault. */
export function checkProportionalFitting(options: ProportionalFittingOptions): void {
  const { sweeps = 10, annealingSweeps = 0, paths = 1, ridge = 1e-3, initialDiffusion = 1, mean = "affine" } = options;
  const name = (option: string) => `options.proportionalFitting.${option}`;
  for (const [option, value, least] of [
    ["sweeps", sweeps, 1],
    ["annealingSweeps", annealingSweeps, 0],
    ["paths", paths, 1],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new InvalidInputError(name(option), `an integer ≥ ${least}`, value);
  if (annealingSweeps >= sweeps)
    throw new InvalidInputError(name("annealingSweeps"), `fewer than the ${sweeps} sweeps`, annealingSweeps);
  if (!(ridge >= 0 && Number.isFinite(ridge))) throw new InvalidInputError(name("ridge"), "a number ≥ 0", ridge);
  if (!(initialDiffusion > 0 && Number.isFinite(initialDiffusion)))
    throw new InvalidInputError(name("initialDiffusion"), "a positive number", initialDiffusion);
  if (mean !== "affine" && mean !== "reference" && mean !== "zero")
    throw new InvalidInputError(name("mean"), '"affine", "reference" or "zero"', mean);
  if (options.regression) checkRegression(name("regression"), options.regression);
}

/**
 * The Schrödinger bridge of an interval by iterative proportional fitting: chains are simulated from one snapshot with the drift learned last, and from them the drift of their time reversal is
 * learned, which starts at the other snapshot. Undefined when aborted.
 *
 * Source: "Multi-marginal Schrödinger Bridges with Iterative Reference Refinement", section on the inner solver; Vargas, Thodoroff, Lamacraft, Lawrence, "Solving Schrödinger Bridges via Maximum
 * Likelihood" (2021).
 */
export async function proportionalFitting(
  interval: Interval,
  { options, device, host, key, signal }: FittingContext,
): Promise<HalfBridges | undefined> {
  const { from, to, stepSize, steps, reference } = interval;
  const { dimension } = from;
  const { sweeps = 10, regression = { method: "gaussian-process" }, straightLines = true } = options;
  const count = options.paths ?? Math.max(200, from.count, to.count);
  const starts = [from, to].map((points) => repeated(points, count));
  let stream = 0;
  const chainOf = async (sigma: number) => {
    using drawn = normal(child(key, stream++), [count, steps, dimension], { device: host, dtype: "float64" });
    return { dimension, stepSize, steps, sigma, noise: Float64Array.from(await drawn.data()) };
  };
  const simulate = async (drift: ChainDrift, side: 0 | 1, sigma: number): Promise<Paths> =>
    simulatePaths(drift, starts[side], await chainOf(sigma));
  const learn = async (paths: Paths, direction: "forward" | "backward", sigma: number): Promise<LearnedDrift> => {
    // Lets the event loop run, such as whoever aborts.
    await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
    const mean = meanOf(options, direction === "forward" ? reference : undefined);
    return regressDrift(reversed(paths), { regression, mean, sigma, stepSize, device, key: child(key, stream++) });
  };
  const first = reference ?? ((states) => new Float64Array(states.length));
  const reached = statesAt(await simulate(first, 0, interval.sigma), steps);
  const sigmaIn = annealing(interval, options, sweeps, distanceOfMoments(reached, to));

  const learned: Record<"forward" | "backward", LearnedDrift | undefined> = { forward: undefined, backward: undefined };
  const replace = (direction: "forward" | "backward", drift: LearnedDrift | undefined) => {
    learned[direction]?.[Symbol.dispose]();
    learned[direction] = drift;
  };
  try {
    if (reference || !straightLines)
      replace("backward", await learn(await simulate(first, 0, sigmaIn(0)), "backward", sigmaIn(0)));
    let endDistance = 1;
    for (let sweep = 0; sweep < sweeps; sweep++) {
      if (signal?.aborted) return undefined;
      const sigma = sigmaIn(sweep);
      let back: Paths;
      if (learned.backward) back = await simulate(learned.backward.at, 1, sigma);
      else {
        using chosen = uniform(child(key, stream++), [count], { device: host, dtype: "float64" });
        back = straightLinePaths(from, starts[1], await chainOf(sigma), Float64Array.from(await chosen.data()));
      }
      replace("forward", await learn(back, "forward", sigma));
      const forth = await simulate(learned.forward!.at, 0, sigma);
      replace("backward", await learn(forth, "backward", sigma));
      if (sweep === sweeps - 1) endDistance = Math.max(distanceOfEnds(back, from), distanceOfEnds(forth, to));
    }
    const forward = learned.forward!;
    const backward = learned.backward!;
    learned.forward = learned.backward = undefined;
    return {
      forward,
      backward,
      endDistance,
      [Symbol.dispose]() {
        forward[Symbol.dispose]();
        backward[Symbol.dispose]();
      },
    };
  } finally {
    replace("forward", undefined);
    replace("backward", undefined);
  }
}

function meanOf({ mean = "affine", ridge = 1e-3 }: ProportionalFittingOptions, reference?: ChainDrift): DriftMean {
  if (mean === "affine") return { kind: "affine", ridge };
  return mean === "reference" && reference ? { kind: "given", drift: reference } : undefined;
}

/** Noise of each sweep: by equal factors from what bridges a distance over the interval down to σ. */
function annealing(
  { sigma, steps, stepSize }: Interval,
  { annealingSweeps, initialDiffusion }: ProportionalFittingOptions,
  sweeps: number,
  distance: number,
): (sweep: number) => number {
  const over = annealingSweeps ?? Math.floor(sweeps / 2);
  const initial = Math.max(sigma, initialDiffusion ?? distance / Math.sqrt(steps * stepSize));
  return (sweep) => (sweep < over ? sigma * (initial / sigma) ** (1 - sweep / over) : sigma);
}

function distanceOfEnds(paths: Paths, points: HostPoints): number {
  return energyCoefficient(
    { data: statesAt(paths, paths.steps), count: paths.count, dimension: paths.dimension },
    points,
  );
}

/** Distance of the means and standard deviations of states and points, coordinate by coordinate: how far normal distributions would be moved. */
function distanceOfMoments(states: Float64Array<ArrayBuffer>, { data, dimension }: HostPoints): number {
  let total = 0;
  for (let i = 0; i < dimension; i++) {
    const [[mean, deviation], [otherMean, otherDeviation]] = [states, data].map((values) => {
      const along = values.filter((_, index) => index % dimension === i);
      const mean = along.reduce((sum, value) => sum + value, 0) / along.length;
      return [mean, Math.sqrt(along.reduce((sum, value) => sum + (value - mean) ** 2, 0) / along.length)];
    });
    total += (mean - otherMean) ** 2 + (deviation - otherDeviation) ** 2;
  }
  return Math.sqrt(total);
}

function repeated({ data, count, dimension }: HostPoints, wanted: number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: wanted * dimension }, (_, index) => data[index % (count * dimension)]);
}
