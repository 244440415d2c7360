import { InvalidInputError, UnsupportedError } from "@ansatz/tensor";
import { type DenoisingModel, labelledModel, type Prediction } from "../models/prediction.ts";
import { betaTable, type DiscreteSchedule, discreteSchedule } from "../noise-schedules/index.ts";
import type { Solver } from "../sampling/solver.ts";
import type { Threshold } from "../sampling/threshold.ts";
import { readConfig, readTable, type SchedulerClass, type SchedulerSettings } from "./config.ts";
import { type Level, type LevelSpacing, labelAt, spacedLevels } from "./levels.ts";
import { evaluationTimes, solverOf } from "./solvers.ts";

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
 * A scheduler from diffusers' `scheduler_config.json`: noise schedule, labels and solver, such that `sample` does the same steps. DDIM, Euler, Heun, KDPM2 (DPM-Solver-2), PNDM (with and without Runge–Kutta), DPM-Solver
 * and DPM-Solver++ (multistep and singlestep), UniPC and DEIS, also on the noise levels of Karras et al. and on exponential ones. Anything in the file that would change the result and is not supported is an error.
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
    model: (network) =>
      labelledModel({ prediction, predict: network }, { label: (time) => labelAt(spacing, schedule, time) }),
    labels: (steps) =>
      evaluationTimes(settings, schedule, spacedLevels(spacing, schedule, steps)).map(({ label, time }) =>
        label === undefined ? labelAt(spacing, schedule, time) : label,
      ),
    sampling: (steps) => samplingOf(settings, schedule, spacedLevels(spacing, schedule, steps)),
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

/** Classes whose labels may lie between whole ones. */
const FRACTIONAL: ReadonlySet<SchedulerClass> = new Set([
  "EulerDiscreteScheduler",
  "HeunDiscreteScheduler",
  "KDPM2DiscreteScheduler",
]);

function spacingOf(settings: SchedulerSettings, schedule: DiscreteSchedule): LevelSpacing {
  const { className, values } = settings;
  const trainingSteps = schedule.stepCount;
  const lowest = values.lambda_min_clipped as number | undefined;
  // As many steps as diffusers keeps: those above the bound.
  const levels = Array.from({ length: schedule.usedSteps }, (_, step) =>
    schedule.halfLogSnr(schedule.timeOfStep(step)),
  );
  const usedSteps =
    lowest !== undefined && Number.isFinite(lowest) ? levels.filter((level) => level >= lowest).length : trainingSteps;
  const isFractional = FRACTIONAL.has(className);
  const kind = levelKind(settings);
  const isWholeTable = !isFractional;
  if (usedSteps > schedule.usedSteps || (kind !== "labels" && isWholeTable && schedule.usedSteps < trainingSteps))
    throw new UnsupportedError(
      "the diffusers import",
      `${className} with this noise schedule`,
      kind === "labels"
        ? "its last steps have λ < −5.1, where nothing is left to see: set lambda_min_clipped to −5.1 where the class has it"
        : "noise levels are spread up to its last steps, which have λ < −5.1",
    );
  return {
    labels: {
      kind: (values.timestep_spacing ?? "linspace") as LevelSpacing["labels"]["kind"],
      ...{ trainingSteps, usedSteps, isFractional },
      offset: (values.steps_offset ?? 0) as number,
      leavesOutLast: !isFractional && className !== "DDIMScheduler" && className !== "PNDMScheduler",
    },
    ...{ kind, isWholeTable },
    interpolation:
      isFractional && kind === "labels" && className !== "KDPM2DiscreteScheduler" ? "linear" : "logarithmic",
    isRounded: !isFractional,
  };
}

function levelKind({ className, values }: SchedulerSettings): LevelSpacing["kind"] {
  const chosen = (["use_karras_sigmas", "use_exponential_sigmas", "use_lu_lambdas"] as const).filter(
    (name) => values[name] === true,
  );
  if (chosen.length > 1)
    throw new InvalidInputError(`config.${chosen[1]}`, `false, as ${chosen[0]} is true`, values[chosen[1]]);
  const [kind] = chosen;
  if (!kind) return "labels";
  if (className === "KDPM2DiscreteScheduler" && kind === "use_karras_sigmas")
    throw new UnsupportedError(
      "the diffusers import",
      "KDPM2DiscreteScheduler.use_karras_sigmas = true",
      "it rounds the labels of some levels and not of others: it must be off",
    );
  // Uniform in ln σ, both of them.
  return kind === "use_karras_sigmas" ? "karras" : "exponential";
}

function samplingOf(
  settings: SchedulerSettings,
  schedule: DiscreteSchedule,
  levels: readonly Level[],
): DiffusersSampling {
  const { values } = settings;
  if (levels[0].label >= schedule.usedSteps)
    throw new InvalidInputError("steps", `labels below ${schedule.usedSteps}`, levels[0].label);
  const endsAtData = isLastAtData(settings);
  const times = levels.map(({ time }) => time);
  // A last step from the table's first entry to itself changes nothing.
  const grid = endsAtData || levels.at(-1)!.label === 0 ? times : [...times, schedule.timeOfStep(0)];
  if (grid.length < 2) throw new InvalidInputError("steps", "at least 2", levels.length);
  return {
    schedule,
    solver: solverOf(settings, schedule, { levels, grid, endsAtData }),
    grid,
    finalDenoise: endsAtData,
    ...thresholdOf(values),
  };
}

function isLastAtData({ className, values }: SchedulerSettings): boolean {
  if (className === "DDIMScheduler") return values.set_alpha_to_one === true;
  if (className === "HeunDiscreteScheduler" || className === "KDPM2DiscreteScheduler") return true;
  return values.final_sigmas_type === "zero";
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
