import {
  type Device,
  DivergedError,
  type FloatDType,
  InvalidInputError,
  type Key,
  multiply,
  normal,
  type Shape,
  Tensor,
} from "@ansatz/tensor";
import type { Model } from "../models/prediction.ts";
import { combine } from "./evaluation.ts";
import { allFinite, type EvaluatorOptions, evaluator } from "./evaluator.ts";
import {
  disposeState,
  type Evaluate,
  type SamplerState,
  type SamplingPlan,
  type SamplingProblem,
  type Solver,
} from "./solver.ts";

export interface SamplingProgress {
  /** Steps taken, and to take where that is known. */
  readonly step: number;
  readonly steps: number | undefined;
  readonly time: number;
  readonly evaluations: number;
  /** The state now; valid during the call only. */
  readonly x: Tensor;
}

/** What `sample` and `encode` have in common. */
export interface IntegrationOptions extends SamplingProblem, EvaluatorOptions {
  readonly solver: Solver;
  /** A state to go on from, made by the same solver for the same problem; taken over. */
  readonly resume?: SamplerState;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SamplingProgress) => void;
}

export interface SampleOptions extends IntegrationOptions {
  /** The state at the start, [batch, …], taken as it is; stays the caller's. Either this or key, shape and device. */
  readonly noise?: Tensor;
  /** Draws the state at the start: standard normal numbers times σ. */
  readonly key?: Key;
  readonly shape?: Shape;
  readonly device?: Device;
  /** Default `"float32"`. */
  readonly dtype?: FloatDType;
  /** One more evaluation at the end, to answer the data predicted there instead of the state. Default false. */
  readonly finalDenoise?: boolean;
}

export interface EncodeOptions extends IntegrationOptions {
  /** Data, [batch, …], at the time where sampling ends; stays the caller's. */
  readonly data: Tensor;
}

export interface SampleResult {
  /** Samples, to be disposed by the caller. */
  readonly x: Tensor;
  /** Evaluations of the (guided) model. */
  readonly evaluations: number;
  readonly steps: number;
  readonly reason: "completed" | "aborted";
  /** What to do about the reason. */
  readonly remedy: string;
  /** The times it stepped between. */
  readonly times: readonly number[];
  readonly warnings: readonly string[];
  /** Where it was stopped, to go on from with `resume`; undefined when completed. The caller's to dispose. */
  readonly state: SamplerState | undefined;
}

const REMEDIES = {
  completed: "Nothing to do.",
  aborted: "The sampling was stopped from outside: go on with `resume: result.state`.",
} as const;

/**
 * Draws samples: integrates the probability-flow equation of a model from noise to data.
 *
 * @param model predicts noise, data, velocity or score; a bare function (x, time) predicts noise. Networks trained on discrete steps: see `labelledModel`.
 * @returns x, which holds the state at the last time (with `finalDenoise` the data predicted there).
 * @throws InvalidInputError before any evaluation: times that do not fall, no steps, guidance or thresholds out of range; DivergedError with the step and the last good state (the
 * caller's to dispose) when the model's answer is not finite; whatever the model throws.
 */
export async function sample(model: Model, options: SampleOptions): Promise<SampleResult> {
  const { solver, finalDenoise = false } = options;
  const plan = solver.plan(options);
  checkDirection(plan, "sample");
  if (options.threshold && solver.prediction !== "data")
    throw new InvalidInputError("options.threshold", 'a solver written in data (prediction "data")', solver.name);
  const evaluate = evaluator(model, options);
  using start = options.resume ? undefined : initialNoise(options, plan.times[0]);
  const result = await integrate(plan, evaluate, start, options);
  if (!finalDenoise || result.reason === "aborted") return result;
  using before = result.x;
  const time = plan.times.at(-1)!;
  using data = await guarded(() => evaluate(before, time, "data"), result.steps, before);
  return { ...result, x: combine([[1, data]]), evaluations: result.evaluations + 1 };
}

/**
 * Turns data into the noise they would be sampled from: the same equation, backwards in time. `start` and `end` are those of the walk: by default the ends of the schedule's time
 * range, the other way round.
 *
 * @throws as `sample`.
 */
export async function encode(model: Model, options: EncodeOptions): Promise<SampleResult> {
  const { schedule, solver, data } = options;
  const isList = Array.isArray(options.grid);
  const [highest, lowest] = schedule.timeRange;
  const span = isList ? {} : { start: options.start ?? lowest, end: options.end ?? highest };
  const problem = { ...options, ...span };
  const plan = solver.plan(problem);
  checkDirection(plan, "encode");
  return integrate(plan, evaluator(model, options), data, problem);
}

function checkDirection({ times }: SamplingPlan, name: "sample" | "encode"): void {
  const [start, end] = [times[0], times.at(-1)!];
  const isFalling = start > end;
  if (isFalling !== (name === "sample"))
    throw new InvalidInputError("start", `a time ${name === "sample" ? "after" : "before"} the end, ${end}`, start);
}

/** How long sampling may keep the event loop from other work, such as the one that aborts it. */
const MILLISECONDS_BETWEEN_PAUSES = 20;

async function integrate(
  plan: SamplingPlan,
  evaluate: Evaluate,
  start: Tensor | undefined,
  { resume, signal, onProgress }: IntegrationOptions,
): Promise<SampleResult> {
  let state = resume ?? plan.init(await checkStart(start!));
  const isFixed = plan.evaluations !== undefined;
  let lastPause = performance.now();
  try {
    while (!state.done && !signal?.aborted) {
      const before = state;
      state = await guarded(() => plan.step(before, evaluate), before.index, before.x);
      const { index, time, evaluations, x } = state;
      onProgress?.({ step: index, steps: isFixed ? plan.times.length - 1 : undefined, time, evaluations, x });
      if (performance.now() - lastPause < MILLISECONDS_BETWEEN_PAUSES) continue;
      await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
      lastPause = performance.now();
    }
  } catch (error) {
    disposeState(state);
    throw error;
  }
  const reason = state.done ? "completed" : "aborted";
  const x = state.x.alias();
  if (state.done) disposeState(state);
  const { evaluations, index: steps } = state;
  const { times, warnings } = plan;
  const rest = { evaluations, steps, times, warnings };
  return { x, ...rest, reason, remedy: REMEDIES[reason], state: state.done ? undefined : state };
}

/** Names the step at which the model's answer was not finite. */
async function guarded<Result>(work: () => Promise<Result>, step: number, x: Tensor): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    throw new DivergedError("sampling", step, error.message, x.alias());
  }
}

async function checkStart(x: Tensor): Promise<Tensor> {
  if (x.dtype !== "float32" && x.dtype !== "float64")
    throw new InvalidInputError("the initial state", "a float32 or float64 tensor", x.dtype);
  if (!(await allFinite(x))) throw new InvalidInputError("the initial state", "finite numbers", x.shape);
  return x;
}

/** The state at the start, a handle of our own. */
function initialNoise({ schedule, noise, key, shape, device, dtype = "float32" }: SampleOptions, time: number): Tensor {
  if (noise) {
    if (!(noise instanceof Tensor)) throw new InvalidInputError("options.noise", "a tensor [batch, …]", noise);
    return noise.alias();
  }
  if (!key || !shape || !device)
    throw new InvalidInputError("options.noise", "noise, or key, shape and device", { key, shape });
  using drawn = normal(key, shape, { device, dtype });
  return multiply(drawn, schedule.sigma(time));
}
