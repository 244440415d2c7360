import { InvalidInputError, UnsupportedError } from "@ansatz/tensor";
import { dpmSolver } from "../dpm-solver/index.ts";
import { type DenoisingModel, labelledModel, type Prediction } from "../models/prediction.ts";
import { betaTable, type DiscreteSchedule, discreteSchedule } from "../noise-schedules/index.ts";
import { ddim } from "../sampling/ddim.ts";
import type { Solver } from "../sampling/solver.ts";
import type { Threshold } from "../sampling/threshold.ts";
import { empiricalGenome } from "../solver-search/empirical-schedules.ts";
import { type GenomeStep, genomeOf } from "../solver-search/genome.ts";
import { searchedSolver } from "../solver-search/searched-solver.ts";
import { readConfig, readTable, type SchedulerClass, type SchedulerSettings } from "./config.ts";
import { type LabelSpacing, spacedLabels } from "./labels.ts";

export type { SchedulerClass } from "./config.ts";

/** What a model was trained with. */
export interface DiffusersNoiseSchedule {
  readonly schedule: DiscreteSchedule;
  readonly prediction: Prediction;
}

/** What a scheduler does, in this package's terms; to be spread into the options of `sample`. */
export interface DiffusersSampling {
  readonly schedule: DiscreteSchedule;
  readonly solver: Solver;
  /** Times of the labels, and of where the last step ends if that is not the clean data. */
  readonly grid: readonly number[];
  /** Whether the last step ends at the clean data: it costs one evaluation, as every step. */
  readonly finalDenoise: boolean;
  readonly threshold?: Threshold;
}

/** A scheduler of diffusers. */
export interface DiffusersScheduler extends DiffusersNoiseSchedule {
  readonly className: SchedulerClass;
  /** Settings in the file that this class does not read, in diffusers neither. */
  readonly ignored: readonly string[];
  /** The network as a model: it is fed the labels of diffusers, and answers with what the file says it predicts. */
  model(network: DenoisingModel["predict"]): DenoisingModel;
  /** Labels that the network is fed, in the order of the evaluations. @throws InvalidInputError when there cannot be so many steps. */
  labels(steps: number): number[];
  /** Settings for a number of steps, that is, of evaluations. @throws InvalidInputError as `labels`; UnsupportedError where the file's settings need what these solvers do not do at so many steps. */
  sampling(steps: number): DiffusersSampling;
}

const PREDICTIONS: Readonly<Record<string, Prediction>> = {
  epsilon: "noise",
  sample: "data",
  v_prediction: "velocity",
};

/**
 * The noise schedule of a `scheduler_config.json`, whatever scheduler it is of.
 *
 * @param config the file's text, or what `JSON.parse` made of it.
 * @throws InvalidInputError, UnsupportedError for schedules that this package does not have.
 */
export function diffusersNoiseSchedule(config: unknown): DiffusersNoiseSchedule {
  return scheduleOf(readTable(config));
}

/**
 * A scheduler from diffusers' `scheduler_config.json`: noise schedule, labels and solver, such that `sample` does the same steps. DDIM, Euler, DPM-Solver and DPM-Solver++ (multistep and singlestep), UniPC, and
 * DEIS of order 1. Anything in the file that would change the result and is not supported is an error.
 *
 * Initial noise is that of a variance-preserving process, also for Euler's scheduler (whose states are divided by α here and there).
 *
 * @param config the file's text, or what `JSON.parse` made of it.
 * @throws InvalidInputError when it is no such file, or a value is wrong; UnsupportedError naming the class or setting.
 */
export function diffusersScheduler(config: unknown): DiffusersScheduler {
  const settings = readConfig(config);
  const { className, values, ignored } = settings;
  const { schedule, prediction } = scheduleOf(values);
  const spacing = spacingOf(settings, schedule);
  return {
    className,
    ignored,
    schedule,
    prediction,
    model: (network) => labelledModel({ prediction, predict: network }, schedule),
    labels: (steps) => spacedLabels(spacing, steps),
    sampling: (steps) => samplingOf(settings, schedule, spacedLabels(spacing, steps)),
  };
}

function scheduleOf(values: Readonly<Record<string, unknown>>): DiffusersNoiseSchedule {
  const steps = values.num_train_timesteps as number;
  const trained = values.trained_betas as readonly number[] | null;
  const kind = { linear: "linear", scaled_linear: "scaled-linear", squaredcos_cap_v2: "cosine" } as const;
  const betas =
    trained ??
    betaTable(kind[values.beta_schedule as keyof typeof kind], {
      steps,
      start: values.beta_start as number,
      end: values.beta_end as number,
    });
  return {
    schedule: discreteSchedule({ betas }, { labelCount: betas.length }),
    prediction: PREDICTIONS[values.prediction_type as string],
  };
}

function spacingOf({ className, values }: SchedulerSettings, schedule: DiscreteSchedule): LabelSpacing {
  const trainingSteps = schedule.stepCount;
  const lowest = values.lambda_min_clipped as number | undefined;
  // As many steps as diffusers keeps: those above the bound.
  const levels = Array.from({ length: schedule.usedSteps }, (_, step) =>
    schedule.halfLogSnr(schedule.timeOfStep(step)),
  );
  const usedSteps =
    lowest !== undefined && Number.isFinite(lowest) ? levels.filter((level) => level >= lowest).length : trainingSteps;
  if (usedSteps > schedule.usedSteps)
    throw new UnsupportedError(
      "the diffusers import",
      `${className} with this noise schedule`,
      "its last steps have λ < −5.1, where nothing is left to see: set lambda_min_clipped to −5.1 where the class has it",
    );
  return {
    kind: (values.timestep_spacing ?? "linspace") as LabelSpacing["kind"],
    trainingSteps,
    usedSteps,
    offset: (values.steps_offset ?? 0) as number,
    leavesOutLast: className !== "DDIMScheduler" && className !== "EulerDiscreteScheduler",
  };
}

function samplingOf(
  settings: SchedulerSettings,
  schedule: DiscreteSchedule,
  labels: readonly number[],
): DiffusersSampling {
  const { className, values } = settings;
  const last = labels.at(-1)!;
  if (labels[0] >= schedule.usedSteps)
    throw new InvalidInputError("steps", `labels below ${schedule.usedSteps}`, labels[0]);
  const endsAtData =
    className === "DDIMScheduler" ? values.set_alpha_to_one === true : values.final_sigmas_type === "zero";
  const times = labels.map(schedule.timeOfStep);
  // A last step from the table's first entry to itself changes nothing.
  const grid = endsAtData || last === 0 ? times : [...times, schedule.timeOfStep(0)];
  if (grid.length < 2) throw new InvalidInputError("steps", "at least 2", labels.length);
  return {
    schedule,
    solver: solverOf(settings, schedule, { labels, grid, endsAtData }),
    grid,
    finalDenoise: endsAtData,
    ...thresholdOf(values),
  };
}

interface Walk {
  readonly labels: readonly number[];
  readonly grid: readonly number[];
  readonly endsAtData: boolean;
}

function solverOf({ className, values }: SchedulerSettings, schedule: DiscreteSchedule, walk: Walk): Solver {
  if (className === "DDIMScheduler") return checkedDdim(schedule, walk);
  if (className === "EulerDiscreteScheduler" || className === "DEISMultistepScheduler") return ddim();
  if (className === "DPMSolverMultistepScheduler") return multistepSolver(values, walk);
  if (className === "DPMSolverSinglestepScheduler") return singlestepSolver(values, walk);
  return unifiedSolver(values, schedule, walk);
}

/** Diffusers steps to the label ⌊N/steps⌋ below, which is the next one unless that was rounded. */
function checkedDdim(schedule: DiscreteSchedule, { labels }: Walk): Solver {
  const stride = Math.floor(schedule.stepCount / labels.length);
  const wrong = labels.findIndex((label, index) => index > 0 && labels[index - 1] - label !== stride);
  if (wrong > 0 || labels.at(-1)! - stride >= 0)
    throw new UnsupportedError(
      "the diffusers import",
      `DDIMScheduler with ${labels.length} steps`,
      `it goes ${stride} labels down in each step, but evaluates at others: choose a number of steps that divides ${schedule.stepCount}`,
    );
  return ddim();
}

function multistepSolver(values: Readonly<Record<string, unknown>>, { labels, endsAtData }: Walk): Solver {
  const steps = labels.length;
  const order = values.solver_order as 1 | 2 | 3;
  const isLowered = values.lower_order_final === true && steps < LOWERED_BELOW;
  const prediction = values.algorithm_type === "dpmsolver" ? "noise" : "data";
  if (endsAtData && prediction === "noise") throw endsInNoise("DPMSolverMultistepScheduler");
  // The step to the clean data is of order 1 in any case, and before it only order 3 is lowered.
  if (endsAtData && isLowered && order === 3 && steps > 2)
    throw new UnsupportedError(
      "the diffusers import",
      `solver_order 3 with ${steps} steps`,
      `the last step but one is of order 2 there: take ${LOWERED_BELOW} steps or more, order 2, or lower_order_final = false`,
    );
  if (!endsAtData && !isLowered && values.euler_at_final === true)
    throw new UnsupportedError(
      "the diffusers import",
      "euler_at_final",
      "only the last of many steps would be of order 1",
    );
  if (values.solver_type === "heun" && order === 3)
    throw new UnsupportedError(
      "the diffusers import",
      'solver_type "heun" with order 3',
      "its first steps differ from the others",
    );
  const available = endsAtData ? steps - 1 : steps;
  return dpmSolver({
    ...{ method: "multistep", prediction },
    order: Math.min(order, available) as 1 | 2 | 3,
    variant: values.solver_type === "heun" ? "taylor" : "difference",
    lowerOrderFinal: !endsAtData && isLowered,
  });
}

/** Diffusers' number of steps from which on orders are not lowered at the end. */
const LOWERED_BELOW = 15;

function endsInNoise(className: string): UnsupportedError {
  return new UnsupportedError(
    "the diffusers import",
    `${className} with algorithm_type "dpmsolver" and final_sigmas_type "zero"`,
    'noise prediction does not reach the clean data: set final_sigmas_type to "sigma_min"',
  );
}

/** Steps of orders 1, 2, 3, 1, 2, 3, …, each from the point where its group began. */
function singlestepSolver(values: Readonly<Record<string, unknown>>, { labels, grid, endsAtData }: Walk): Solver {
  const steps = labels.length;
  const order = values.solver_order as 1 | 2 | 3;
  const prediction = values.algorithm_type === "dpmsolver" ? "noise" : "data";
  if (endsAtData && prediction === "noise") throw endsInNoise("DPMSolverSinglestepScheduler");
  const isLowered = values.lower_order_final === true || steps % order !== 0 || endsAtData;
  const orders = singlestepOrders(order, steps, isLowered);
  if (endsAtData) orders[steps - 1] = 1;
  const updates = orders.slice(0, grid.length - 1).map((own): GenomeStep => {
    const common = { prediction, derivatives: "full", corrector: null } as const;
    if (own === 1) return { ...common, start: -1, order: 1, active: [], scaling: "none" };
    return { ...common, start: -own, order: 2, active: [-1], scaling: own === 2 ? "dpm-2" : "none" };
  });
  return searchedSolver(genomeOf({ analyticalFirstStep: "none", times: grid, steps: updates, name: "singlestep" }));
}

function singlestepOrders(order: 1 | 2 | 3, steps: number, isLowered: boolean): number[] {
  const groups = (count: number) =>
    Array.from({ length: count }, () => Array.from({ length: order }, (_, k) => k + 1)).flat();
  if (!isLowered || order === 1) return groups(Math.floor(steps / order));
  const whole = Math.floor(steps / order);
  if (order === 2) return steps % 2 === 0 ? [...groups(whole - 1), 1, 1] : [...groups(whole), 1];
  if (steps % 3 === 0) return [...groups(whole - 1), 1, 2, 1];
  return [...groups(whole), ...(steps % 3 === 1 ? [1] : [1, 2])];
}

function unifiedSolver(
  values: Readonly<Record<string, unknown>>,
  schedule: DiscreteSchedule,
  { grid, endsAtData }: Walk,
): Solver {
  const order = values.solver_order as 1 | 2 | 3;
  if (values.lower_order_final !== true)
    throw new UnsupportedError(
      "the diffusers import",
      "UniPC with lower_order_final = false",
      "orders fall to 1 at the end here",
    );
  // A genome to some time after the last evaluation, of which the step there is left out where `finalDenoise` does it.
  const beyond = endsAtData ? [...grid, grid.at(-1)! / 2] : grid;
  const genome = empiricalGenome(
    { kind: "unipc", order, variant: values.solver_type as "bh1" | "bh2" },
    { schedule, evaluations: beyond.length - 1, grid: beyond },
  );
  const disabled = values.disable_corrector as readonly number[];
  const own = genome.steps.slice(0, grid.length - 1).map((step, index) => ({
    ...step,
    // The corrector of a step is applied in the next one, whose number diffusers disables less 1.
    corrector: index === grid.length - 2 || disabled.includes(index) ? null : step.corrector,
  }));
  return searchedSolver(genomeOf({ analyticalFirstStep: "none", times: grid, steps: own, name: "unipc" }));
}

function thresholdOf(values: Readonly<Record<string, unknown>>): { readonly threshold?: Threshold } {
  if (values.thresholding !== true) return {};
  const most = values.sample_max_value as number;
  if (most === 1) return { threshold: { kind: "clamp", bound: 1 } };
  if (most === Number.POSITIVE_INFINITY)
    return { threshold: { kind: "dynamic", quantile: values.dynamic_thresholding_ratio as number, bound: 1 } };
  throw new UnsupportedError(
    "the diffusers import",
    `sample_max_value = ${most}`,
    "a threshold is 1 (clamping) or without a largest value",
  );
}
