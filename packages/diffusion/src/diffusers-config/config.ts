import { InvalidInputError, UnsupportedError } from "@ansatz/tensor";

/** What a scheduler's file says, every setting known and checked. */
export interface SchedulerSettings {
  readonly className: SchedulerClass;
  readonly values: Readonly<Record<string, unknown>>;
  /** Settings of other classes that were in the file too, as files made from one another have them; this class does not read them. */
  readonly ignored: readonly string[];
}

export type SchedulerClass = keyof typeof CLASSES;

/** Name of a setting: its default in diffusers, and what of it is supported. */
type Known = Readonly<
  Record<string, readonly [byDefault: unknown, allowed: (value: unknown) => boolean, says: string]>
>;

const any = () => true;
const is =
  (...allowed: readonly unknown[]) =>
  (value: unknown) =>
    allowed.includes(value);
const oneOf = (byDefault: unknown, ...allowed: readonly unknown[]) =>
  [byDefault, is(...allowed), `one of ${allowed.map((each) => JSON.stringify(each)).join(", ")}`] as const;
/** What would change the result, and is off. */
const off = (byDefault: unknown = false) => [byDefault, is(false, null), "off"] as const;
const unused = (byDefault: unknown) => [byDefault, any, "anything"] as const;
const flag = (byDefault: boolean) => oneOf(byDefault, true, false);
const number = (byDefault: number, allowed: (value: number) => boolean, says: string) =>
  [byDefault, (value: unknown) => typeof value === "number" && allowed(value), says] as const;

const TABLE: Known = {
  num_train_timesteps: number(1000, (value) => Number.isInteger(value) && value >= 2, "an integer ≥ 2"),
  beta_start: number(1e-4, (value) => value > 0 && value < 1, "a number in (0, 1)"),
  beta_end: number(0.02, (value) => value > 0 && value < 1, "a number in (0, 1)"),
  beta_schedule: oneOf("linear", "linear", "scaled_linear", "squaredcos_cap_v2"),
  trained_betas: [
    null,
    (value) => value === null || (Array.isArray(value) && value.every((each) => typeof each === "number")),
    "a list of numbers, or null",
  ],
  prediction_type: oneOf("epsilon", "epsilon", "sample", "v_prediction"),
};

const SPACING: Known = {
  timestep_spacing: oneOf("linspace", "linspace", "leading", "trailing"),
  steps_offset: number(0, (value) => Number.isInteger(value) && value >= 0, "an integer ≥ 0"),
};

/** Noise levels that are spread themselves, not by their labels. */
const SPREAD_SIGMAS: Known = {
  use_karras_sigmas: flag(false),
  use_exponential_sigmas: flag(false),
  use_beta_sigmas: off(),
};

const OTHER_SIGMAS: Known = {
  ...SPREAD_SIGMAS,
  use_exponential_sigmas: [
    false,
    is(false, null),
    "off: labels are cut to whole ones there, so that rounding errors decide about the first",
  ],
  use_flow_sigmas: off(),
  use_dynamic_shifting: off(),
  flow_shift: unused(1),
  time_shift_type: unused("exponential"),
};

const THRESHOLD: Known = {
  thresholding: flag(false),
  // Of diffusers' threshold, the range [1, sample_max_value] for the scale; equal to 1 it clamps.
  dynamic_thresholding_ratio: number(0.995, (value) => value > 0 && value <= 1, "a number in (0, 1]"),
  sample_max_value: number(1, (value) => value >= 1, "a number ≥ 1"),
};

const FINAL: Known = { final_sigmas_type: oneOf("zero", "zero", "sigma_min") };
const LAMBDA: Known = {
  lambda_min_clipped: number(Number.NEGATIVE_INFINITY, () => true, "a number"),
};
const ORDER = number(2, (value) => [1, 2, 3].includes(value), "1, 2 or 3");

/** Of schedulers whose defaults are Stable Diffusion's. */
const LATENT_TABLE: Known = {
  ...TABLE,
  beta_start: number(0.00085, (value) => value > 0 && value < 1, "a number in (0, 1)"),
  beta_end: number(0.012, (value) => value > 0 && value < 1, "a number in (0, 1)"),
};

const CLASSES = {
  DDIMScheduler: {
    ...TABLE,
    ...SPACING,
    timestep_spacing: oneOf("leading", "linspace", "leading", "trailing"),
    // Clipped data would leave the noise that belongs to the unclipped: no step of these solvers.
    clip_sample: [true, is(false), "off: this solver does not change predicted data"],
    clip_sample_range: unused(1),
    thresholding: off(),
    dynamic_thresholding_ratio: unused(0.995),
    sample_max_value: unused(1),
    set_alpha_to_one: flag(true),
    rescale_betas_zero_snr: off(),
  },
  EulerDiscreteScheduler: {
    ...TABLE,
    ...SPACING,
    ...FINAL,
    ...SPREAD_SIGMAS,
    interpolation_type: oneOf("linear", "linear"),
    sigma_min: off(null),
    sigma_max: off(null),
    timestep_type: oneOf("discrete", "discrete"),
    rescale_betas_zero_snr: off(),
  },
  HeunDiscreteScheduler: {
    ...LATENT_TABLE,
    ...SPACING,
    ...SPREAD_SIGMAS,
    clip_sample: off(),
    clip_sample_range: unused(1),
  },
  KDPM2DiscreteScheduler: {
    ...LATENT_TABLE,
    ...SPACING,
    ...SPREAD_SIGMAS,
    prediction_type: oneOf("epsilon", "epsilon", "v_prediction"),
  },
  PNDMScheduler: {
    ...TABLE,
    ...SPACING,
    timestep_spacing: oneOf("leading", "linspace", "leading", "trailing"),
    prediction_type: [
      "epsilon",
      is("epsilon"),
      '"epsilon": velocities of several steps are combined there before they become noise',
    ],
    skip_prk_steps: flag(false),
    set_alpha_to_one: [false, is(false), "false: the last step would go to the clean data by several evaluations"],
  },
  DPMSolverMultistepScheduler: {
    ...TABLE,
    ...SPACING,
    ...OTHER_SIGMAS,
    ...THRESHOLD,
    ...FINAL,
    ...LAMBDA,
    solver_order: ORDER,
    algorithm_type: oneOf("dpmsolver++", "dpmsolver++", "dpmsolver"),
    solver_type: oneOf("midpoint", "midpoint", "heun"),
    lower_order_final: flag(true),
    euler_at_final: flag(false),
    use_lu_lambdas: flag(false),
    variance_type: off(null),
    rescale_betas_zero_snr: off(),
  },
  DPMSolverSinglestepScheduler: {
    ...TABLE,
    ...OTHER_SIGMAS,
    ...THRESHOLD,
    ...FINAL,
    ...LAMBDA,
    solver_order: ORDER,
    algorithm_type: oneOf("dpmsolver++", "dpmsolver++", "dpmsolver"),
    solver_type: oneOf("midpoint", "midpoint"),
    lower_order_final: flag(false),
    variance_type: off(null),
  },
  UniPCMultistepScheduler: {
    ...TABLE,
    ...SPACING,
    ...OTHER_SIGMAS,
    ...THRESHOLD,
    ...FINAL,
    solver_order: ORDER,
    predict_x0: [true, is(true), "true: UniPC in data"],
    solver_type: oneOf("bh2", "bh1", "bh2"),
    lower_order_final: flag(true),
    disable_corrector: [
      [],
      (value) => Array.isArray(value) && value.every(Number.isInteger),
      "a list of whole numbers",
    ],
    solver_p: off(null),
    sigma_min: off(null),
    sigma_max: off(null),
    shift_terminal: off(null),
    rescale_betas_zero_snr: off(),
  },
  DEISMultistepScheduler: {
    ...TABLE,
    ...SPACING,
    ...OTHER_SIGMAS,
    solver_order: ORDER,
    algorithm_type: oneOf("deis", "deis"),
    solver_type: oneOf("logrho", "logrho"),
    lower_order_final: flag(true),
    thresholding: off(),
    dynamic_thresholding_ratio: unused(0.995),
    sample_max_value: unused(1),
  },
} as const satisfies Record<string, Known>;

/** Classes whose steps are none of this package's, and what to take instead. */
const OTHER_CLASSES: Readonly<Record<string, string>> = {
  IPNDMScheduler:
    "it has a noise schedule of its own: read the noise schedule of the model, and take exponentialIntegrator({ kind: 'ipndm' })",
  DDPMScheduler: "it draws noise in every step: take stochastic DDIM",
  EulerAncestralDiscreteScheduler: "it draws noise in every step",
  KDPM2AncestralDiscreteScheduler: "it draws noise in every step",
  DPMSolverSDEScheduler: "it draws noise in every step",
  LMSDiscreteScheduler:
    "its last step extrapolates to the clean data: take exponentialIntegrator({ kind: 'rhoAB' }), which ends before",
  EDMEulerScheduler: "its networks want their inputs scaled: take edmSchedule() and ddim()",
  EDMDPMSolverMultistepScheduler:
    "its networks want their inputs scaled: take edmSchedule() and dpmSolver({ method: 'multistep' })",
  FlowMatchEulerDiscreteScheduler: "it is for flows between data and noise on straight lines",
  SASolverScheduler: "it draws noise in every step",
  LCMScheduler: "it is for distilled models",
};

/** Settings that files carry along from class to class although not all classes read them. */
const TRAVELLING: ReadonlySet<string> = new Set(Object.values(CLASSES).flatMap((known) => Object.keys(known)));

/**
 * Reads and checks a file.
 *
 * @param text of `scheduler_config.json`, in which Python writes -Infinity and NaN; or what `JSON.parse` made of it.
 * @throws InvalidInputError when it is none, has a setting of no class, or a value that its class does not allow; UnsupportedError for a class or a setting that this package has no method for.
 */
export function readConfig(text: unknown): SchedulerSettings {
  const given = objectOf(text);
  const { _class_name: className } = given;
  if (typeof className !== "string")
    throw new InvalidInputError("config._class_name", "the name of a scheduler", className);
  if (!(className in CLASSES))
    throw new UnsupportedError(
      "the diffusers import",
      className,
      OTHER_CLASSES[className] ?? `known are ${Object.keys(CLASSES).join(", ")}`,
    );
  const known: Known = CLASSES[className as SchedulerClass];
  const values: Record<string, unknown> = {};
  for (const [name, [byDefault, allowed, says]] of Object.entries(known)) {
    const value = name in given ? given[name] : byDefault;
    if (!allowed(value)) throw refusal(className, name, value, says, typeof value === typeof byDefault);
    values[name] = value;
  }
  return { className: className as SchedulerClass, values, ignored: unread(given, known) };
}

/** Only what describes the model: for classes of which no step is known too. */
export function readTable(text: unknown): Readonly<Record<string, unknown>> {
  const given = objectOf(text);
  const values: Record<string, unknown> = {};
  for (const [name, [byDefault, allowed, says]] of Object.entries({ ...TABLE, rescale_betas_zero_snr: off() })) {
    const value = name in given ? given[name] : byDefault;
    if (!allowed(value)) throw refusal("the noise schedule", name, value, says, true);
    values[name] = value;
  }
  return values;
}

function unread(given: Readonly<Record<string, unknown>>, known: Known): string[] {
  const others = Object.keys(given).filter((name) => !name.startsWith("_") && !(name in known));
  const strange = others.find((name) => !TRAVELLING.has(name));
  if (strange !== undefined)
    throw new InvalidInputError(`config.${strange}`, "no setting of this name", given[strange]);
  return others;
}

/** A value of the right kind that we lack is unsupported; anything else is wrong. */
function refusal(className: string, name: string, value: unknown, says: string, isKind: boolean): Error {
  if (isKind)
    return new UnsupportedError(
      "the diffusers import",
      `${className}.${name} = ${JSON.stringify(value)}`,
      `it must be ${says}`,
    );
  return new InvalidInputError(`config.${name}`, says, value);
}

function objectOf(text: unknown): Readonly<Record<string, unknown>> {
  let value = text;
  if (typeof text === "string") {
    // Numbers too large for JSON, which its parser reads as infinite.
    const json = text.replace(/(:\s*)(-?)Infinity/g, "$1$21e999").replace(/(:\s*)NaN/g, "$1null");
    try {
      value = JSON.parse(json);
    } catch (cause) {
      throw new InvalidInputError("config", "the text of a scheduler_config.json", String(cause));
    }
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidInputError("config", "the settings of a scheduler", value);
  return value as Record<string, unknown>;
}
