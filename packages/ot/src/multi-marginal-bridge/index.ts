import { child, type Device, DivergedError, InvalidInputError, type Key, key, openDevice } from "@ansatz/tensor";
import { type HostPoints, hostPoints, type PointSet } from "../point-set.ts";
import { coupledTrajectories } from "./coupled-trajectories.ts";
import { checkFit, type DriftFit, fitDrift } from "./drift-fit.ts";
import { GaussianFlow } from "./gaussian-flow.ts";
import { checkProportionalFitting, type ProportionalFittingOptions } from "./proportional-fitting-options.ts";
import { type CompleteFamily, completeFamily, type ReferenceFamily } from "./reference-family.ts";
import { type IterationRun, stepsOf, type Trajectories } from "./trajectories.ts";

export type { Trajectories } from "./trajectories.ts";

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
  /** Of the fit's normal matrix; large where parameters cannot be told apart. NaN for families that have a `fit` of their own. */
  readonly conditionNumber: number;
  /** Steps in which the drift had to be held to one unit of length. */
  readonly clampedSteps: number;
  /**
   * By proportional fitting, how far half-bridges end from the snapshots they lead to, in the worst interval: the square of the energy distance over 2 E|X − Y|. 0 where they meet, some
   * (1/paths + 1/points)/2 by chance, 1 where they are points apart.
   */
  readonly endDistance?: number;
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
  /**
   * How bridges are found. `"transition-kernel"` (default, derived): entropic transport with costs −log of the reference's transition kernel, linearised along its mean, and paths given both ends;
   * nothing is learned, and trajectories pass through points of all snapshots. `"proportional-fitting"` (paper): drifts of half-bridges are learned from simulated paths, in turn; no derivative of the
   * reference is needed, and it may bend on the scale of the noise, for some twenty times the work. Trajectories pass through a point of one snapshot and follow the drifts to the others.
   */
  readonly solver?: "transition-kernel" | "proportional-fitting";
  /** Of the latter. */
  readonly proportionalFitting?: ProportionalFittingOptions;
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

export interface MultiMarginalBridgeResult {
  /** θ: of the reference that fits the last trajectories. NaN if it was stopped before the first fit. */
  readonly parameters: Float64Array<ArrayBuffer>;
  /** Of the last completed iteration: one through every point of every snapshot, those of the first snapshot first. Undefined if there was none. */
  readonly trajectories: Trajectories | undefined;
  /** `"stalled"`: half-bridges of proportional fitting did not meet in the last iteration. */
  readonly reason: "iteration-limit" | "stalled" | "aborted";
  /** What the reason means and what to try next, in a sentence. */
  readonly remedy: string;
  readonly history: readonly ReferenceRefinement[];
}

/** Ends of half-bridges that differ by more from the snapshots have not met. */
const LARGEST_END_DISTANCE = 0.1;

const REMEDIES = {
  "iteration-limit":
    "All outer iterations have been done. If parameters still move in the history, go on with `initialParameters` and `startIteration`.",
  stalled:
    'All outer iterations have been done, but in the last one half-bridges did not meet: `endDistance` in the history is above 0.1, and parameters are not to be trusted. Take more `sweeps`, `annealingSweeps` or `paths`, or the solver "transition-kernel".',
  aborted: "The signal was aborted; parameters and trajectories are those of the last completed iteration.",
} as const;

/**
 * Trajectories through snapshots of a population and the process behind them, in turn: Schrödinger bridges between neighbouring snapshots under the present reference process, then the process of
 * the given class that fits the bridges best. Unlike bridges of Brownian motion it carries what one interval tells of the dynamics into all others.
 *
 * Bridges are found by the `solver` that is asked for; that by the reference's transition kernel, the default, is exact where the drift is affine in the state, and good where noise is small
 * against the scale on which the drift bends.
 * Choose it when the form of the drift is known; for two populations without dynamics `lightBridge` is simpler.
 *
 * Names and symbols of the paper: `diffusion` σ, `stepSize` Δ, parameters θ, `outerIterations` S.
 *
 * @throws InvalidInputError naming the argument (and index) at fault: σ ≤ 0, fewer than two snapshots, dimensions that differ, times that do not increase, Δ above the smallest interval;
 * DivergedError, with the parameters before, when the reference leaves all bounds in an interval.
 *
 * Source: "Multi-marginal Schrödinger Bridges with Iterative Reference Refinement", algorithm 1; the solver by the transition kernel is derived.
 */
export async function multiMarginalBridge(
  problem: SnapshotProblem,
  options: MultiMarginalBridgeOptions = {},
): Promise<MultiMarginalBridgeResult> {
  const family = completeFamily(problem.reference);
  const snapshots = await checkProblem(problem, family);
  const {
    outerIterations = 10,
    startIteration = 0,
    stepSize = 0.05,
    tolerance = 1e-9,
    solver = "transition-kernel",
  } = options;
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
      const run = {
        snapshots,
        times: problem.times,
        diffusion: problem.diffusion,
        flow,
        parameters,
        stepSize,
        device,
        key: child(options.key ?? key(0), iteration),
        iteration,
        signal: options.signal,
      };
      const found = await (solver === "proportional-fitting"
        ? proportionallyFitted(run, options.proportionalFitting ?? {})
        : coupledTrajectories(run, tolerance));
      if (!found) {
        reason = "aborted";
        break;
      }
      if (!found.data.every(Number.isFinite))
        throw new DivergedError(
          "multiMarginalBridge",
          iteration,
          "the reference left all bounds on the way between snapshots",
          parameters,
        );
      const { endDistance, ...paths } = found;
      trajectories = paths;
      const before = parameters ?? Float64Array.from(family.initialParameters);
      const samples = stepsOf(paths);
      const fitted = family.fit
        ? {
            conditionNumber: Number.NaN,
            ...(await family.fit(samples, before, {
              fit: options.fit?.method === "adam" ? options.fit : undefined,
              device,
            })),
          }
        : fitDrift(family, samples, before, fit);
      if (!fitted.parameters.every(Number.isFinite))
        throw new DivergedError("multiMarginalBridge", iteration, "the fit of the reference is not a number", before);
      parameters = fitted.parameters;
      const entry = {
        iteration,
        total: outerIterations,
        clampedSteps: flow.clampedSteps,
        ...(endDistance !== undefined && { endDistance }),
        ...fitted,
      };
      history.push(entry);
      options.onProgress?.(entry);
    }
  } finally {
    if (!options.device) await device.dispose();
  }
  if (reason === "iteration-limit" && (history.at(-1)?.endDistance ?? 0) > LARGEST_END_DISTANCE) reason = "stalled";
  return {
    parameters: parameters ?? new Float64Array(family.parameterNames.length).fill(Number.NaN),
    trajectories,
    reason,
    remedy: REMEDIES[reason],
    history,
  };
}

/** Loaded when asked for: only this solver needs linear algebra and networks, which would make importing this package a third slower. */
async function proportionallyFitted(run: IterationRun, options: ProportionalFittingOptions) {
  const { fittedTrajectories } = await import("./fitted-trajectories.ts");
  return fittedTrajectories(run, options);
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
    solver = "transition-kernel",
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
  if (family.fit && fit?.method === "least-squares")
    throw new InvalidInputError("options.fit.method", '"adam" for a family with a fit of its own', fit.method);
  if (solver !== "transition-kernel" && solver !== "proportional-fitting")
    throw new InvalidInputError("options.solver", '"transition-kernel" or "proportional-fitting"', solver);
  if (options.proportionalFitting) checkProportionalFitting(options.proportionalFitting);
}
