import { InvalidInputError, UnsupportedError } from "@ansatz/tensor";
import { dpmSolver } from "../dpm-solver/index.ts";
import { stepOrders } from "../dpm-solver/multistep.ts";
import { exponentialIntegrator } from "../exponential-integrator/index.ts";
import type { DiscreteSchedule } from "../noise-schedules/index.ts";
import { pseudoNumerical } from "../pseudo-numerical/index.ts";
import { RUNGE_KUTTA_STEPS } from "../pseudo-numerical/runge-kutta-start.ts";
import { ddim } from "../sampling/ddim.ts";
import type { Solver } from "../sampling/solver.ts";
import { empiricalGenome } from "../solver-search/empirical-schedules.ts";
import { type GenomeStep, genomeOf, type SolverGenome } from "../solver-search/genome.ts";
import { searchedSolver } from "../solver-search/searched-solver.ts";
import type { SchedulerSettings } from "./config.ts";
import type { Level } from "./levels.ts";

/** Where a scheduler evaluates, and where its steps end. */
export interface Walk {
  readonly levels: readonly Level[];
  readonly grid: readonly number[];
  readonly endsAtData: boolean;
}

/** The solver that does a scheduler's steps. @throws UnsupportedError where this package has none. */
export function solverOf(settings: SchedulerSettings, schedule: DiscreteSchedule, walk: Walk): Solver {
  const { className, values } = settings;
  if (className === "DDIMScheduler") return checkedDdim(schedule, walk);
  if (className === "EulerDiscreteScheduler") return ddim();
  if (className === "HeunDiscreteScheduler") return exponentialIntegrator({ kind: "rhoRK", method: "heun2" });
  if (className === "KDPM2DiscreteScheduler") return midpointSolver(values, schedule, walk);
  if (className === "PNDMScheduler") return pseudoNumericalSolver(values, schedule, walk);
  if (className === "DEISMultistepScheduler") return extrapolationSolver(values, walk);
  if (className === "DPMSolverMultistepScheduler") return multistepSolver(values, walk);
  if (className === "DPMSolverSinglestepScheduler") return singlestepSolver(values, walk);
  return unifiedSolver(values, schedule, walk);
}

/** An evaluation: its time, and its label where that is not the one of the time. */
export interface EvaluationPoint {
  readonly time: number;
  readonly label?: number;
}

/** Every evaluation of a scheduler, in its order. */
export function evaluationTimes(
  { className, values }: SchedulerSettings,
  schedule: DiscreteSchedule,
  levels: readonly Level[],
): readonly EvaluationPoint[] {
  const [first, ...others] = levels;
  if (className === "HeunDiscreteScheduler") return [first, ...others.flatMap((level) => [level, level])];
  if (className === "KDPM2DiscreteScheduler")
    return [
      first,
      ...others.flatMap((level, index) => [{ time: middleTime(schedule, levels[index].time, level.time) }, level]),
    ];
  if (className !== "PNDMScheduler") return levels;
  if (values.skip_prk_steps === true) return others.length > 0 ? [first, others[0], ...others] : levels;
  const half = Math.floor(schedule.stepCount / levels.length) / 2;
  return levels.flatMap((level, index) => {
    if (index >= RUNGE_KUTTA_STEPS || index + 1 === levels.length) return [level];
    const middle = { time: schedule.timeOfStep(level.label - half), label: level.label - half };
    return [level, middle, middle, levels[index + 1]];
  });
}

/** Halfway in λ. */
function middleTime(schedule: DiscreteSchedule, from: number, to: number): number {
  return schedule.timeAt((schedule.halfLogSnr(from) + schedule.halfLogSnr(to)) / 2);
}

function checkedDdim(schedule: DiscreteSchedule, walk: Walk): Solver {
  checkStride("DDIMScheduler", schedule, walk);
  return ddim();
}

/** Diffusers steps to the label ⌊N/steps⌋ below, which is the next one unless that was rounded. */
function checkStride(className: string, schedule: DiscreteSchedule, { levels }: Walk): number {
  const stride = Math.floor(schedule.stepCount / levels.length);
  const wrong = levels.findIndex(({ label }, index) => index > 0 && levels[index - 1].label - label !== stride);
  if (wrong > 0 || levels.at(-1)!.label - stride >= 0)
    throw new UnsupportedError(
      "the diffusers import",
      `${className} with ${levels.length} steps`,
      `it goes ${stride} labels down in each step, but evaluates at others: choose a number of steps that divides ${schedule.stepCount}`,
    );
  return stride;
}

/** Steps of the midpoint method in λ: DPM-Solver-2. */
function midpointSolver(
  values: Readonly<Record<string, unknown>>,
  schedule: DiscreteSchedule,
  { levels, grid }: Walk,
): Solver {
  if (values.use_exponential_sigmas !== true && levels.some(({ label }) => !Number.isInteger(label)))
    throw new UnsupportedError(
      "the diffusers import",
      `KDPM2DiscreteScheduler with ${levels.length} steps`,
      `labels would lie between whole ones, which it interpolates in two ways: choose "leading" or "trailing" spacing`,
    );
  const times = grid.slice(1).flatMap((time, index) => [middleTime(schedule, grid[index], time), time]);
  const steps = grid.slice(1).flatMap(() => [1, 2].map((order) => stageOf(order, "noise")));
  return ofOwnGrid(genomeOf({ analyticalFirstStep: "none", times: [grid[0], ...times], steps, name: "midpoint" }));
}

/** Stage of a single step, by the order of what has been done with it; all from the step's start. */
function stageOf(order: number, prediction: "noise" | "data"): GenomeStep {
  const common = { prediction, derivatives: "full", corrector: null } as const;
  if (order === 1) return { ...common, start: -1, order: 1, active: [], scaling: "none" };
  return { ...common, start: -order, order: 2, active: [-1], scaling: order === 2 ? "dpm-2" : "none" };
}

/** A solver whose times lie also between those of the grid that it is given. */
function ofOwnGrid(genome: SolverGenome): Solver {
  const solver = searchedSolver(genome);
  return { ...solver, plan: ({ schedule }) => solver.plan({ schedule }) };
}

function pseudoNumericalSolver(
  values: Readonly<Record<string, unknown>>,
  schedule: DiscreteSchedule,
  walk: Walk,
): Solver {
  const stride = checkStride("PNDMScheduler", schedule, walk);
  const { length } = walk.levels;
  if (values.skip_prk_steps === true) return pseudoNumerical({ method: "plms" });
  if (length <= RUNGE_KUTTA_STEPS)
    throw new InvalidInputError(
      "steps",
      `at least ${RUNGE_KUTTA_STEPS + 1}, of which ${RUNGE_KUTTA_STEPS} are Runge–Kutta's`,
      length,
    );
  if (stride % 2 !== 0)
    throw new UnsupportedError(
      "the diffusers import",
      `PNDMScheduler with ${length} steps`,
      `half of its ${stride} labels a step is none, and it evaluates at another than it moves to: choose an even stride, or skip_prk_steps`,
    );
  return pseudoNumerical();
}

/** Exponential integrators with the polynomial in λ. */
function extrapolationSolver(values: Readonly<Record<string, unknown>>, { levels, grid }: Walk): Solver {
  const { length } = levels;
  const isLowered = values.lower_order_final === true && length < LOWERED_BELOW;
  const orders = stepOrders(values.solver_order as number, length, isLowered);
  const steps = orders.slice(0, grid.length - 1).map(
    (order): GenomeStep => ({
      ...{ prediction: "noise", start: -1, order, derivatives: "full", scaling: "none", corrector: null },
      active: Array.from({ length: order - 1 }, (_, k) => -2 - k),
    }),
  );
  return searchedSolver(genomeOf({ analyticalFirstStep: "none", times: grid, steps, name: "DEIS" }));
}

function multistepSolver(values: Readonly<Record<string, unknown>>, { levels, grid, endsAtData }: Walk): Solver {
  const steps = levels.length;
  const order = values.solver_order as 1 | 2 | 3;
  const isLowered = values.lower_order_final === true && steps < LOWERED_BELOW;
  const prediction = values.algorithm_type === "dpmsolver" ? "noise" : "data";
  if (endsAtData && prediction === "noise") throw endsInNoise("DPMSolverMultistepScheduler");
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
  // The last step is left out here where it is one to the clean data, or none at all.
  const own = grid.length - 1;
  return dpmSolver({
    ...{ method: "multistep", prediction },
    order: Math.min(order, own) as 1 | 2 | 3,
    variant: values.solver_type === "heun" ? "taylor" : "difference",
    ...{ lowerOrderFinal: isLowered, finalOrder: own < steps ? 2 : 1 },
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

/** Spread levels end at the table's lowest, where `"sigma_min"` wants a step to end that begins there. */
function endsTwice(className: string): UnsupportedError {
  return new UnsupportedError(
    "the diffusers import",
    `${className} with spread noise levels and final_sigmas_type "sigma_min"`,
    'its last step would begin where it ends: set final_sigmas_type to "zero"',
  );
}

/** Steps of orders 1, 2, 3, 1, 2, 3, …, each from the point where its group began. */
function singlestepSolver(values: Readonly<Record<string, unknown>>, { levels, grid, endsAtData }: Walk): Solver {
  const steps = levels.length;
  const order = values.solver_order as 1 | 2 | 3;
  const prediction = values.algorithm_type === "dpmsolver" ? "noise" : "data";
  if (endsAtData && prediction === "noise") throw endsInNoise("DPMSolverSinglestepScheduler");
  const isLowered = values.lower_order_final === true || steps % order !== 0 || endsAtData;
  const orders = singlestepOrders(order, steps, isLowered);
  if (endsAtData) orders[steps - 1] = 1;
  if (!endsAtData && grid.length - 1 < steps && orders[steps - 1] > 1) throw endsTwice("DPMSolverSinglestepScheduler");
  const updates = orders.slice(0, grid.length - 1).map((own) => stageOf(own, prediction));
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
  { levels, grid, endsAtData }: Walk,
): Solver {
  const order = values.solver_order as 1 | 2 | 3;
  if (!endsAtData && grid.length === levels.length) throw endsTwice("UniPCMultistepScheduler");
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
