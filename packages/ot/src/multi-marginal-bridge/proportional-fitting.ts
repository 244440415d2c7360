import { child, type Device, type Key, normal, uniform } from "@ansatz/tensor";
import { energyCoefficient } from "../light-bridge/comparison.ts";
import type { HostPoints } from "../point-set.ts";
import { type DriftMean, type LearnedDrift, regressDrift } from "./drift-regression.ts";
import { type ChainDrift, type Paths, reversed, simulatePaths, statesAt } from "./path-simulation.ts";
import type { ProportionalFittingOptions } from "./proportional-fitting-options.ts";
import { straightLinePaths } from "./straight-lines.ts";

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
