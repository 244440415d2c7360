import {
  child,
  type Device,
  DivergedError,
  type FloatDType,
  InvalidInputError,
  type Key,
  key,
  openDevice,
  uniform,
} from "@ansatz/tensor";
import { type HostPoints, hostPoints, type PointSet } from "../point-set.ts";
import { adamStep, copyState, initialState, type LightBridgeState, type WeightVariable } from "./adam.ts";
import { batchMoments } from "./batch-moments.ts";
import { LightBridge } from "./bridge.ts";
import { lossGradient } from "./loss-gradient.ts";
import { checkPotential, checkRegularization, type MixturePotential, normalizedLogWeights } from "./potential.ts";

/** Two populations, and how noisy the way between them is. */
export interface LightBridgeProblem {
  /** Samples of p₀, `[n, D]`. */
  readonly source: PointSet;
  /** Samples of p₁, `[m, D]`. */
  readonly target: PointSet;
  /** ε, the variance of the Wiener prior over the unit of time, in squared units of the points. If points are rescaled by c, it is by c². */
  readonly regularization: number;
}

/** One entry of the history. */
export interface LightBridgeProgress {
  /** Steps taken, of `total`. */
  readonly step: number;
  readonly total: number;
  /** Mean loss over the steps since the last entry: an estimate of KL(π*‖π) up to a constant. */
  readonly loss: number;
}

export interface LightBridgeOptions {
  /** K. Default 50 (paper, benchmark; 500 for the swiss roll). */
  readonly components?: number;
  /** Shape of the covariances ε S: `"diagonal"` (default), or `"full"`, which costs D times as much. */
  readonly covariance?: "diagonal" | "full";
  /** Steps of Adam altogether, those of `state` included. Default 10 000 (paper). */
  readonly steps?: number;
  /** Points of either side per step, drawn with replacement; `"all"` takes every point in every step. Default 128 (paper). */
  readonly batchSize?: number | "all";
  /** Of Adam, or a function of the step (from 0). Default: the repository's, interpolated: 10⁻³ at ε = 0.1, 3·10⁻³ at 1, 6·10⁻² at 10, 3·10⁻⁴ at 0.002 and below. */
  readonly learningRate?: number | ((step: number) => number);
  /** All eigenvalues of S at the start. Default 0.1 (repository). */
  readonly initialVariance?: number;
  /**
   * What Adam sees of the weights: `"scaled"` (default, repository) is a with log α = a/ε, so that a step changes log α by 1/ε times the learning rate;
   * `"log"` is log α itself, or the learning rate of a times ε, for small ε.
   */
  readonly weightVariable?: WeightVariable;
  /** Training also stops, as converged, when no derivative of the loss is larger; only with `batchSize: "all"`, as mini-batches never agree so well. Default 0: never. */
  readonly tolerance?: number;
  /** Where to compute. Default: a cpu device, opened and closed inside. */
  readonly device?: Device;
  /** Floats of the device; parameters are float64 on the host. Default: the widest the device has. */
  readonly dtype?: FloatDType;
  /** Random numbers for the start and the mini-batches. Default `key(0)`. */
  readonly key?: Key;
  /** Goes on from here instead of from the start, with the same mini-batches as if it had never stopped. It is not changed. */
  readonly state?: LightBridgeState;
  /** Stops at the next step; the result then has reason `"aborted"`. */
  readonly signal?: AbortSignal;
  /** Called every hundredth of the steps. */
  readonly onProgress?: (entry: LightBridgeProgress) => void;
}

export type LightBridgeStopReason = "converged" | "iteration-limit" | "aborted";

export interface LightBridgeResult {
  /** The process between both populations. */
  readonly bridge: LightBridge;
  readonly reason: LightBridgeStopReason;
  /** What the reason means and what to try next, in a sentence. */
  readonly remedy: string;
  readonly history: readonly LightBridgeProgress[];
  /** To go on from, see `LightBridgeOptions.state`. */
  readonly state: LightBridgeState;
}

const REMEDIES: Readonly<Record<LightBridgeStopReason, string>> = {
  converged: "No derivative of the loss is larger than the tolerance.",
  "iteration-limit":
    "All steps have been taken. If the loss still falls in the history, take more from `state`; if it jumps about, lower the learning rate.",
  aborted: "The signal was aborted; training can go on from `state`.",
};

/** Entries of the history. */
const ENTRIES = 100;

/** Steps whose mini-batches are drawn at a time. */
const STEPS_PER_DRAW = 64;

/** How long training may keep the event loop from other work, such as the one that aborts it. */
const MILLISECONDS_BETWEEN_PAUSES = 50;

/**
 * Finds the Schrödinger bridge between two populations of which samples are given: of all processes that lead from the one to the other in unit time, the one closest to Brownian motion of
 * variance ε. Its potential is a mixture of Gaussians, which makes everything else closed-form; training maximises a likelihood without simulating anything.
 *
 * Choose it for continuous populations in up to some hundred dimensions that a mixture of K Gaussians can represent; it also answers for points that were not given. Where the answer is
 * wanted for the given points alone, `sinkhorn` is exact. Components do not grow into parts of the target that none started near: take more of them there.
 *
 * Names and symbols of the paper: `regularization` ε, `components` K, potential α_k, r_k, S_k; p₀ `source`, p₁ `target`.
 *
 * @throws InvalidInputError naming the argument (and index) at fault: ε ≤ 0, K < 1, points that are not finite or of different dimensions, fewer targets than components (each starts at one),
 * options out of range; UnsupportedError when the device does not hold the dtype; DivergedError, with the state before, when the loss is no longer a number.
 *
 * Source: "Light Schrödinger Bridge", sections 3.1 to 3.3; gradients, the tangent-space step of rotations and the drift without singularities are derived.
 */
export async function lightBridge(
  problem: LightBridgeProblem,
  options: LightBridgeOptions = {},
): Promise<LightBridgeResult> {
  const source = await hostPoints("source", problem.source);
  const target = await hostPoints("target", problem.target, source.dimension);
  const settings = checkOptions(problem.regularization, target, options);
  const host = await openDevice("cpu", { threads: 1 });
  const device = options.device ?? (await openDevice("cpu"));
  try {
    const dtype = options.dtype ?? device.defaultFloat;
    const start = options.state ?? initialState(await initialPotential(problem.regularization, target, options, host));
    return await train(source, target, copyState(start), { ...settings, dtype, device, host, options });
  } finally {
    await host.dispose();
    if (!options.device) await device.dispose();
  }
}

interface Settings {
  readonly steps: number;
  readonly batchSize: number | "all";
  readonly tolerance: number;
  readonly rateAt: (step: number) => number;
}

function checkOptions(regularization: number, target: HostPoints, options: LightBridgeOptions): Settings {
  checkRegularization("regularization", regularization);
  const { components = 50, steps = 10_000, batchSize = 128, tolerance = 0, covariance = "diagonal", state } = options;
  const {
    initialVariance = 0.1,
    weightVariable = "scaled",
    learningRate = defaultLearningRate(regularization),
  } = options;
  const integers = { components, steps, ...(batchSize !== "all" && { batchSize }) };
  for (const [name, value] of Object.entries(integers))
    if (!Number.isInteger(value) || value < (name === "steps" ? 0 : 1))
      throw new InvalidInputError(`options.${name}`, `an integer ≥ ${name === "steps" ? 0 : 1}`, value);
  if (!state && components > target.count)
    throw new InvalidInputError(
      "options.components",
      `at most ${target.count}, as many as there are targets to start at`,
      components,
    );
  if (covariance !== "diagonal" && covariance !== "full")
    throw new InvalidInputError("options.covariance", '"diagonal" or "full"', covariance);
  if (weightVariable !== "scaled" && weightVariable !== "log")
    throw new InvalidInputError("options.weightVariable", '"scaled" or "log"', weightVariable);
  if (!(initialVariance >= 1e-8 && initialVariance <= 1e8))
    throw new InvalidInputError("options.initialVariance", "a number from 10⁻⁸ to 10⁸", initialVariance);
  if (!(tolerance >= 0 && Number.isFinite(tolerance)) || (tolerance > 0 && batchSize !== "all"))
    throw new InvalidInputError("options.tolerance", 'a number ≥ 0, and 0 unless batchSize is "all"', tolerance);
  if (typeof learningRate !== "function" && !(learningRate > 0 && Number.isFinite(learningRate)))
    throw new InvalidInputError("options.learningRate", "a positive number or a function of the step", learningRate);
  if (state) checkState(regularization, target.dimension, state);
  const rateAt = typeof learningRate === "function" ? learningRate : () => learningRate;
  return { steps, batchSize, tolerance, rateAt };
}

function checkState(regularization: number, dimension: number, { potential }: LightBridgeState): void {
  checkPotential(potential);
  if (potential.regularization !== regularization)
    throw new InvalidInputError(
      "options.state",
      `a state of regularization ${regularization}`,
      potential.regularization,
    );
  if (potential.dimension !== dimension)
    throw new InvalidInputError("options.state", `a state of dimension ${dimension}`, potential.dimension);
}

/** The repository's learning rates, and straight lines between their logarithms. */
const LEARNING_RATES: readonly (readonly [regularization: number, rate: number])[] = [
  [0.002, 3e-4],
  [0.1, 1e-3],
  [1, 3e-3],
  [10, 6e-2],
];

function defaultLearningRate(regularization: number): number {
  const last = LEARNING_RATES.length - 1;
  if (regularization <= LEARNING_RATES[0][0]) return LEARNING_RATES[0][1];
  if (regularization >= LEARNING_RATES[last][0]) return LEARNING_RATES[last][1];
  const upper = LEARNING_RATES.findIndex(([at]) => at >= regularization);
  const [[from, low], [to, high]] = [LEARNING_RATES[upper - 1], LEARNING_RATES[upper]];
  return low * (high / low) ** (Math.log(regularization / from) / Math.log(to / from));
}

/** Streams of the key: one for the start, one for the mini-batches. */
const START = 0;
const BATCHES = 1;

async function initialPotential(
  regularization: number,
  { data, count, dimension }: HostPoints,
  options: LightBridgeOptions,
  host: Device,
): Promise<MixturePotential> {
  const { components = 50, covariance = "diagonal", initialVariance = 0.1 } = options;
  const centers = new Float64Array(components * dimension);
  using draws = uniform(child(options.key ?? key(0), START), [count], { device: host, dtype: "float64" });
  const order = await draws.data();
  const chosen = Array.from(order.keys()).sort((a, b) => order[a] - order[b]);
  for (let k = 0; k < components; k++)
    centers.set(data.subarray(chosen[k] * dimension, (chosen[k] + 1) * dimension), k * dimension);
  return {
    regularization,
    dimension,
    components,
    logWeights: new Float64Array(components).fill(-Math.log(components)),
    centers,
    logEigenvalues: new Float64Array(components * dimension).fill(Math.log(initialVariance)),
    ...(covariance === "full" && { rotations: identities(components, dimension) }),
  };
}

function identities(count: number, dimension: number): Float64Array<ArrayBuffer> {
  const size = dimension * dimension;
  return Float64Array.from({ length: count * size }, (_, index) => ((index % size) % (dimension + 1) === 0 ? 1 : 0));
}

interface TrainingContext extends Settings {
  readonly device: Device;
  readonly host: Device;
  readonly dtype: FloatDType;
  readonly options: LightBridgeOptions;
}

async function train(
  source: HostPoints,
  target: HostPoints,
  start: LightBridgeState,
  context: TrainingContext,
): Promise<LightBridgeResult> {
  const { steps, batchSize, tolerance, rateAt, device, dtype, options } = context;
  const { signal, onProgress, weightVariable = "scaled" } = options;
  const batches = batchSize === "all" ? undefined : new MiniBatches(source, target, batchSize, context);
  const history: LightBridgeProgress[] = [];
  const interval = Math.max(1, Math.ceil(steps / ENTRIES));
  let state = start;
  let reason: LightBridgeStopReason = "iteration-limit";
  let [lossSum, lossSteps, lastPause] = [0, 0, performance.now()];
  while (state.step < steps) {
    if (signal?.aborted) {
      reason = "aborted";
      break;
    }
    const [sources, targets] = batches ? await batches.at(state.step) : [source.data, target.data];
    const [normalizer, density] = await batchMoments(device, dtype, state.potential, sources, targets);
    const loss = normalizer.logSum - density.logSum;
    if (!Number.isFinite(loss))
      throw new DivergedError(
        "lightBridge",
        state.step,
        "the loss is not a number; lower the learning rate",
        copyState(state),
      );
    const gradient = lossGradient(state.potential, normalizer, density);
    if (tolerance > 0 && largest(gradient) <= tolerance) {
      reason = "converged";
      break;
    }
    state = adamStep(state, gradient, rateAt(state.step), weightVariable);
    lossSum += loss;
    lossSteps++;
    if (state.step % interval === 0 || state.step === steps) {
      const entry = { step: state.step, total: steps, loss: lossSum / lossSteps };
      history.push(entry);
      onProgress?.(entry);
      [lossSum, lossSteps] = [0, 0];
    }
    if (performance.now() - lastPause > MILLISECONDS_BETWEEN_PAUSES) {
      await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
      lastPause = performance.now();
    }
  }
  const { potential } = state;
  const bridge = new LightBridge({
    ...copyState(state).potential,
    logWeights: normalizedLogWeights(potential.logWeights),
  });
  return { bridge, reason, remedy: REMEDIES[reason], history, state };
}

function largest(gradient: ReturnType<typeof lossGradient>): number {
  let result = 0;
  for (const values of Object.values(gradient)) for (const value of values) result = Math.max(result, Math.abs(value));
  return result;
}

/** Mini-batches that depend on the key and the step alone, so that training can be resumed anywhere. */
class MiniBatches {
  readonly #sides: readonly HostPoints[];
  readonly #size: number;
  readonly #key: Key;
  readonly #host: Device;
  readonly #batches: readonly Float64Array<ArrayBuffer>[];
  #block = -1;
  #draws = new Float64Array(0);

  constructor(source: HostPoints, target: HostPoints, size: number, { host, options }: TrainingContext) {
    this.#sides = [source, target];
    this.#size = size;
    this.#key = child(options.key ?? key(0), BATCHES);
    this.#host = host;
    this.#batches = this.#sides.map(({ dimension }) => new Float64Array(size * dimension));
  }

  /** Batches of sources and targets; valid until the next call. */
  async at(step: number): Promise<readonly Float64Array<ArrayBuffer>[]> {
    const block = Math.floor(step / STEPS_PER_DRAW);
    if (block !== this.#block) {
      using draws = uniform(child(this.#key, block), [STEPS_PER_DRAW * 2 * this.#size], {
        device: this.#host,
        dtype: "float64",
      });
      this.#draws = (await draws.data()) as Float64Array<ArrayBuffer>;
      this.#block = block;
    }
    for (const [side, { data, count, dimension }] of this.#sides.entries()) {
      const first = ((step % STEPS_PER_DRAW) * 2 + side) * this.#size;
      for (let b = 0; b < this.#size; b++) {
        const chosen = Math.floor(this.#draws[first + b] * count) * dimension;
        for (let i = 0; i < dimension; i++) this.#batches[side][b * dimension + i] = data[chosen + i];
      }
    }
    return this.#batches;
  }
}
