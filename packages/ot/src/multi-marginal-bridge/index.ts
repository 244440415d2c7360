import {
  child,
  type Device,
  DivergedError,
  InvalidInputError,
  type Key,
  key,
  normal,
  openDevice,
  uniform,
} from "@ansatz/tensor";
import { type HostPoints, hostPoints, type PointSet } from "../point-set.ts";
import { checkFit, type DriftFit, type DriftSamples, fitDrift } from "./drift-fit.ts";
import { GaussianFlow } from "./gaussian-flow.ts";
import { guidedBridge } from "./guided-bridge.ts";
import { type CompleteFamily, completeFamily, type ReferenceFamily } from "./reference-family.ts";
import { snapshotCoupling } from "./snapshot-coupling.ts";

/** Snapshots of a population, no individual of which is tracked. */
export interface SnapshotProblem {
  /** Points of the population at each time, `[n_i, d]`; n_i may differ. */
  readonly snapshots: readonly PointSet[];
  /** When they were taken, strictly increasing. */
  readonly times: readonly number[];
  /** σ, known and the same in all directions, in units of length per root of time. */
  readonly diffusion: number;
  /** The class of processes that the population is thought to follow. */
  readonly reference: ReferenceFamily;
}

/** One outer iteration. */
export interface ReferenceRefinement {
  readonly iteration: number;
  readonly total: number;
  /** θ after it. */
  readonly parameters: Float64Array<ArrayBuffer>;
  /** Mean squared difference of the trajectories' steps over Δ and the drift fitted to them; falls as the reference fits. */
  readonly mismatch: number;
  /** Of the fit's normal matrix; large where parameters cannot be told apart. */
  readonly conditionNumber: number;
  /** Steps in which the drift had to be held to one unit of length. */
  readonly clampedSteps: number;
}

export interface MultiMarginalBridgeOptions {
  /** S, of bridges and fits in turn. Default 10 (paper). 1 gives bridges of Brownian motion ("vanilla"). */
  readonly outerIterations?: number;
  /** Δ. An interval takes ⌈duration/Δ⌉ steps of equal length. Default 0.05 (paper: 0.02 for Lotka–Volterra, where the parameters found at both agree to 1 %). */
  readonly stepSize?: number;
  /** Default: least squares where the drift is affine in θ, else the paper's Adam, whose few steps keep the first fits, to bridges of Brownian motion, from running away. */
  readonly fit?: DriftFit;
  /** θ of the first reference. Default: none, the first reference is Brownian motion (paper). */
  readonly initialParameters?: readonly number[];
  /** Outer iterations done, to go on after them with these `initialParameters` and the random numbers that follow. Default 0. */
  readonly startIteration?: number;
  /** Marginal error of the couplings. Default 10⁻⁹. */
  readonly tolerance?: number;
  /** A cpu device for the couplings. Default: one that is opened and closed inside. */
  readonly device?: Device;
  /** Random numbers. Default `key(0)`. */
  readonly key?: Key;
  /** Stops between intervals; the result then has reason `"aborted"`. */
  readonly signal?: AbortSignal;
  /** Called after every outer iteration. */
  readonly onProgress?: (entry: ReferenceRefinement) => void;
}

/** Trajectories through all snapshots, row-major `[count, times, dimension]`. */
export interface Trajectories {
  readonly data: Float64Array<ArrayBuffer>;
  readonly shape: readonly [count: number, times: number, dimension: number];
  /** Of all states, `[times]`. */
  readonly times: Float64Array<ArrayBuffer>;
}

export interface MultiMarginalBridgeResult {
  /** θ: of the reference that fits the last trajectories. NaN if it was stopped before the first fit. */
  readonly parameters: Float64Array<ArrayBuffer>;
  /** Of the last completed iteration: one through every point of every snapshot, those of the first snapshot first. Undefined if there was none. */
  readonly trajectories: Trajectories | undefined;
  readonly reason: "iteration-limit" | "aborted";
  /** What the reason means and what to try next, in a sentence. */
  readonly remedy: string;
  readonly history: readonly ReferenceRefinement[];
}

const REMEDIES = {
  "iteration-limit":
    "All outer iterations have been done. If parameters still move in the history, go on with `initialParameters` and `startIteration`.",
  aborted: "The signal was aborted; parameters and trajectories are those of the last completed iteration.",
} as const;

/**
 * Trajectories through snapshots of a population and the process behind them, in turn: Schrödinger bridges between neighbouring snapshots under the present reference process, then the process of
 * the given class that fits the bridges best. Unlike bridges of Brownian motion it carries what one interval tells of the dynamics into all others.
 *
 * Bridges are found from the reference's transition kernel, linearised along its mean: a coupling by entropic transport with costs −log kernel, then paths given both ends. That is exact
 * where the drift is affine in the state, and good where noise is small against the scale on which the drift bends.
 * Choose it when the form of the drift is known; for two populations without dynamics `lightBridge` is simpler.
 *
 * Names and symbols of the paper: `diffusion` σ, `stepSize` Δ, parameters θ, `outerIterations` S.
 *
 * @throws InvalidInputError naming the argument (and index) at fault: σ ≤ 0, fewer than two snapshots, dimensions that differ, times that do not increase, Δ above the smallest interval;
 * DivergedError, with the parameters before, when the reference leaves all bounds in an interval.
 *
 * Source: "Multi-marginal Schrödinger Bridges with Iterative Reference Refinement", algorithm 1; the solver of the bridges is derived.
 */
export async function multiMarginalBridge(
  problem: SnapshotProblem,
  options: MultiMarginalBridgeOptions = {},
): Promise<MultiMarginalBridgeResult> {
  const family = completeFamily(problem.reference);
  const snapshots = await checkProblem(problem, family);
  const { outerIterations = 10, startIteration = 0, stepSize = 0.05 } = options;
  const fit = options.fit ?? { method: family.affine ? "least-squares" : "adam" };
  checkOptions(problem, family, options);
  const device = options.device ?? (await openDevice("cpu"));
  const history: ReferenceRefinement[] = [];
  let parameters = options.initialParameters && Float64Array.from(options.initialParameters);
  let trajectories: Trajectories | undefined;
  let reason: MultiMarginalBridgeResult["reason"] = "iteration-limit";
  try {
    for (let iteration = startIteration; iteration < outerIterations; iteration++) {
      const flow = new GaussianFlow(
        parameters ? family : undefined,
        parameters ?? new Float64Array(0),
        problem.diffusion,
        family.dimension,
      );
      const run = { problem, snapshots, flow, stepSize, device, options, iteration };
      const found = await sampleTrajectories(run);
      if (!found) {
        reason = "aborted";
        break;
      }
      trajectories = found;
      const before = parameters ?? Float64Array.from(family.initialParameters);
      const fitted = fitDrift(family, stepsOf(found), before, fit);
      if (!fitted.parameters.every(Number.isFinite))
        throw new DivergedError("multiMarginalBridge", iteration, "the fit of the reference is not a number", before);
      parameters = fitted.parameters;
      const entry = { iteration, total: outerIterations, clampedSteps: flow.clampedSteps, ...fitted };
      history.push(entry);
      options.onProgress?.(entry);
    }
  } finally {
    if (!options.device) await device.dispose();
  }
  return {
    parameters: parameters ?? new Float64Array(family.parameterNames.length).fill(Number.NaN),
    trajectories,
    reason,
    remedy: REMEDIES[reason],
    history,
  };
}

async function checkProblem(
  { snapshots, times, diffusion }: SnapshotProblem,
  family: CompleteFamily,
): Promise<readonly HostPoints[]> {
  if (!(diffusion > 0 && Number.isFinite(diffusion)))
    throw new InvalidInputError("diffusion", "a positive number", diffusion);
  if (!Array.isArray(snapshots) || snapshots.length < 2)
    throw new InvalidInputError("snapshots", "at least two snapshots", snapshots?.length);
  if (times?.length !== snapshots.length)
    throw new InvalidInputError("times", `${snapshots.length} times, one per snapshot`, times?.length);
  for (const [index, time] of times.entries())
    if (!Number.isFinite(time) || (index > 0 && !(time > times[index - 1])))
      throw new InvalidInputError(
        `times[${index}]`,
        index > 0 ? `a number above ${times[index - 1]}` : "a number",
        time,
      );
  return Promise.all(snapshots.map((points, index) => hostPoints(`snapshots[${index}]`, points, family.dimension)));
}

function checkOptions({ times }: SnapshotProblem, family: CompleteFamily, options: MultiMarginalBridgeOptions): void {
  const {
    outerIterations = 10,
    startIteration = 0,
    stepSize = 0.05,
    initialParameters,
    tolerance = 1e-9,
    fit,
  } = options;
  const shortest = times
    .slice(1)
    .reduce((least, time, index) => Math.min(least, time - times[index]), Number.POSITIVE_INFINITY);
  if (!(stepSize > 0 && stepSize <= shortest * (1 + 1e-9)))
    throw new InvalidInputError(
      "options.stepSize",
      `a positive number, at most the smallest interval, ${shortest}`,
      stepSize,
    );
  for (const [name, value] of Object.entries({ outerIterations, startIteration }))
    if (!Number.isInteger(value) || value < (name === "startIteration" ? 0 : 1))
      throw new InvalidInputError(`options.${name}`, `an integer ≥ ${name === "startIteration" ? 0 : 1}`, value);
  if (
    initialParameters &&
    (initialParameters.length !== family.parameterNames.length || !initialParameters.every(Number.isFinite))
  )
    throw new InvalidInputError(
      "options.initialParameters",
      `${family.parameterNames.length} finite numbers`,
      initialParameters,
    );
  if (startIteration > 0 && !initialParameters)
    throw new InvalidInputError(
      "options.initialParameters",
      "the parameters after the iterations done",
      initialParameters,
    );
  if (!(tolerance > 0)) throw new InvalidInputError("options.tolerance", "a positive number", tolerance);
  if (fit) checkFit(fit);
}

interface IterationRun {
  readonly problem: SnapshotProblem;
  readonly snapshots: readonly HostPoints[];
  readonly flow: GaussianFlow;
  readonly stepSize: number;
  readonly device: Device;
  readonly options: MultiMarginalBridgeOptions;
  readonly iteration: number;
}

/** A trajectory through every point of every snapshot: forward to the last and backward to the first by the couplings, and bridges in between. Undefined when aborted. */
async function sampleTrajectories(run: IterationRun): Promise<Trajectories | undefined> {
  const { problem, snapshots, options, iteration } = run;
  const { times } = problem;
  const { signal } = options;
  const randomKey = child(options.key ?? key(0), iteration);
  const count = snapshots.reduce((sum, each) => sum + each.count, 0);
  const members = snapshots.map(() => new Int32Array(count));
  for (let own = 0, first = 0; own < snapshots.length; first += snapshots[own].count, own++)
    for (let b = 0; b < snapshots[own].count; b++) members[own][first + b] = b;
  const couplings: Float64Array[] = [];
  for (let interval = 0; interval + 1 < snapshots.length; interval++) {
    if (signal?.aborted) return undefined;
    couplings.push(await couplingOf(run, interval));
  }
  await using host = await openDevice("cpu", { threads: 1 });
  using draws = uniform(child(randomKey, 0), [snapshots.length, count], { device: host, dtype: "float64" });
  const uniforms = await draws.data();
  for (let own = 0, first = 0; own < snapshots.length; first += snapshots[own].count, own++)
    for (let b = first; b < first + snapshots[own].count; b++) {
      for (let to = own + 1; to < snapshots.length; to++)
        members[to][b] = choose(
          couplings[to - 1],
          snapshots[to].count,
          members[to - 1][b],
          true,
          uniforms[to * count + b],
        );
      for (let to = own - 1; to >= 0; to--)
        members[to][b] = choose(
          couplings[to],
          snapshots[to + 1].count,
          members[to + 1][b],
          false,
          uniforms[to * count + b],
        );
    }
  const steps = times.slice(1).map((time, index) => stepsBetween(times[index], time, run.stepSize));
  const length = steps.reduce((sum, each) => sum + each, 1);
  const { dimension } = snapshots[0];
  const data = new Float64Array(count * length * dimension);
  const grid = new Float64Array(length);
  let offset = 0;
  for (const [interval, each] of steps.entries()) {
    if (signal?.aborted) return undefined;
    const stepSize = (times[interval + 1] - times[interval]) / each;
    for (let step = 0; step <= each; step++) grid[offset + step] = times[interval] + step * stepSize;
    using noiseTensor = normal(child(randomKey, 1 + interval), [count, each, dimension], {
      device: host,
      dtype: "float64",
    });
    const noise = await noiseTensor.data();
    const path = new Float64Array((each + 1) * dimension);
    for (let b = 0; b < count; b++) {
      const segment = {
        start: pointOf(snapshots[interval], members[interval][b]),
        end: pointOf(snapshots[interval + 1], members[interval + 1][b]),
        time: times[interval],
        stepSize,
        steps: each,
        sigma: problem.diffusion,
      };
      guidedBridge(run.flow, segment, noise.subarray(b * each * dimension, (b + 1) * each * dimension), path);
      data.set(path, (b * length + offset) * dimension);
      if (b % 32 === 0) await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
    }
    offset += each;
  }
  if (!data.every(Number.isFinite))
    throw new DivergedError(
      "multiMarginalBridge",
      iteration,
      "the reference left all bounds on the way between snapshots",
      run.options.initialParameters,
    );
  return { data, shape: [count, length, dimension], times: grid };
}

/** Steps of an interval; durations within 10⁻⁹ of a multiple of Δ are one. */
function stepsBetween(from: number, to: number, stepSize: number): number {
  return Math.max(1, Math.ceil((to - from) / stepSize - 1e-9));
}

function pointOf({ data, dimension }: HostPoints, index: number): Float64Array<ArrayBuffer> {
  return data.slice(index * dimension, (index + 1) * dimension);
}

async function couplingOf(
  { snapshots, problem, stepSize, ...run }: IterationRun,
  interval: number,
): Promise<Float64Array> {
  const [from, to] = [problem.times[interval], problem.times[interval + 1]];
  const steps = stepsBetween(from, to, stepSize);
  const { tolerance = 1e-9, signal, initialParameters } = run.options;
  const plan = await snapshotCoupling(run.flow, snapshots[interval], snapshots[interval + 1], {
    time: from,
    stepSize: (to - from) / steps,
    steps,
    device: run.device,
    tolerance,
    signal,
  });
  if (!plan)
    throw new DivergedError(
      "multiMarginalBridge",
      run.iteration,
      `the reference from snapshot ${interval} leaves all bounds, or has no density`,
      initialParameters,
    );
  return plan;
}

/** The partner of a row (`forward`) or column of a plan, by inverting its cumulative distribution at a uniform number. */
function choose(plan: Float64Array, columns: number, fixed: number, forward: boolean, at: number): number {
  const count = forward ? columns : plan.length / columns;
  const entry = (index: number) => plan[forward ? fixed * columns + index : index * columns + fixed];
  let total = 0;
  for (let index = 0; index < count; index++) total += entry(index);
  let sum = 0;
  for (let index = 0; index < count - 1; index++) {
    sum += entry(index);
    if (sum > at * total) return index;
  }
  return count - 1;
}

function stepsOf({ data, shape: [count, length, dimension], times }: Trajectories): DriftSamples {
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
