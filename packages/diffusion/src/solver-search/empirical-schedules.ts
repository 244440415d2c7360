import { InvalidInputError } from "@ansatz/tensor";
import { budgetOrders, LOWER_ORDER_FINAL_BELOW } from "../dpm-solver/options.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { type Grid, gridTimes, type TimeSpan } from "../sampling/grids.ts";
import { type GenomeCorrector, type GenomeStep, type GenomeUpdate, genomeOf, type SolverGenome } from "./genome.ts";

/** Solvers made by hand that are points of the unified framework. */
export type EmpiricalSolver =
  | { readonly kind: "ddim" }
  | {
      /** DPM-Solver-2/3 (noise) and DPM-Solver++(2S/3S) (data), with singlestep orders that spend a fixed number of evaluations. */
      readonly kind: "singlestep";
      readonly order: 2 | 3;
      readonly prediction: "noise" | "data";
    }
  | {
      /**
       * DPM-Solver++(2M), and 3M with the whole of the second derivative (the published formula takes half of it, which no point of the framework does); and the same in noise
       * prediction.
       */
      readonly kind: "multistep";
      readonly order: 2 | 3;
      readonly prediction: "noise" | "data";
      /** Orders fall to 1 at the end. Default: below 10 evaluations, as the public code. */
      readonly lowerOrderFinal?: boolean;
    }
  | {
      /** UniPC: a multistep predictor, and a corrector that costs no evaluation. Orders fall to 1 at the end. */
      readonly kind: "unipc";
      readonly order: 1 | 2 | 3;
      readonly variant: "bh1" | "bh2" | "vary";
    }
  | {
      /** DPM-Solver-v3, which wants statistics of the model; times are not moved to the nodes of the statistics' grid. Orders fall to 1 at the end. */
      readonly kind: "statistics";
      readonly order: 1 | 2 | 3;
      /** Default false. */
      readonly pseudoPredictor?: boolean;
      readonly corrector: "none" | "full" | "pseudo";
    }
  | {
      /** DEIS with the polynomial in λ. */
      readonly kind: "exponential-integrator";
      readonly order: 2 | 3 | 4;
    };

const FIRST_ORDER = { start: -1, order: 1, active: [], derivatives: "full", scaling: "none" } as const;

/**
 * A solver made by hand as a genome that spends a number of evaluations.
 *
 * @param grid of singlestep solvers: times of the outer steps with stages at thirds and halves in λ if `"log-snr"`, else times of all stages.
 * @throws InvalidInputError for fewer than one evaluation, an unknown solver, or a grid that does not fit the schedule.
 *
 * Source: "A Unified Sampling Framework for Solver Searching of Diffusion Probabilistic Models", the table of existing solvers; the settings from the solvers' public code.
 */
export function empiricalGenome(
  solver: EmpiricalSolver,
  problem: TimeSpan & { readonly evaluations: number; readonly grid?: Grid },
): SolverGenome {
  const { evaluations, grid = "log-snr" } = problem;
  if (!Number.isInteger(evaluations) || evaluations < 1)
    throw new InvalidInputError("problem.evaluations", "an integer ≥ 1", evaluations);
  const orders = solver.kind === "singlestep" ? budgetOrders(solver.order, evaluations) : undefined;
  const times = orders ? singlestepTimes(problem, grid, orders) : gridTimes(problem, grid, evaluations);
  const steps = orders
    ? singlestepSteps(orders, solver as Extract<EmpiricalSolver, { kind: "singlestep" }>)
    : Array.from({ length: evaluations }, (_, index) => multistepStep(solver, index, evaluations));
  return genomeOf({ name: nameOf(solver, grid), analyticalFirstStep: "none", times, steps });
}

/** The solvers that a search starts from, on four grids. @param problem `statistics`: whether there are statistics of the model, for the solvers that want some. */
export function empiricalGenomes(
  problem: TimeSpan & { readonly evaluations: number; readonly statistics?: boolean },
): SolverGenome[] {
  const solvers = problem.statistics ? [...EMPIRICAL_SOLVERS, ...STATISTICAL_SOLVERS] : EMPIRICAL_SOLVERS;
  const grids = [
    "log-snr",
    "time-uniform",
    "time-quadratic",
    // Uniform in the square of time: dense where the noise is.
    { kind: "time-power", exponent: 0.5 },
  ] as const satisfies readonly Grid[];
  return grids.flatMap((grid) =>
    solvers
      .filter(({ kind }) => kind !== "singlestep" || problem.evaluations > 1)
      .map((solver) => empiricalGenome(solver, { ...problem, grid })),
  );
}

export const EMPIRICAL_SOLVERS: readonly EmpiricalSolver[] = [
  { kind: "ddim" },
  { kind: "singlestep", order: 2, prediction: "noise" },
  { kind: "singlestep", order: 2, prediction: "data" },
  { kind: "singlestep", order: 3, prediction: "noise" },
  { kind: "singlestep", order: 3, prediction: "data" },
  { kind: "multistep", order: 2, prediction: "noise" },
  { kind: "multistep", order: 2, prediction: "data" },
  { kind: "multistep", order: 3, prediction: "data" },
  { kind: "unipc", order: 2, variant: "bh2" },
  { kind: "unipc", order: 3, variant: "bh2" },
  { kind: "exponential-integrator", order: 2 },
  { kind: "exponential-integrator", order: 3 },
];

const STATISTICAL_SOLVERS: readonly EmpiricalSolver[] = [
  { kind: "statistics", order: 2, corrector: "full" },
  { kind: "statistics", order: 2, corrector: "pseudo" },
  { kind: "statistics", order: 3, corrector: "full" },
  { kind: "statistics", order: 3, pseudoPredictor: true, corrector: "full" },
];

function nameOf(solver: EmpiricalSolver, grid: Grid): string {
  const own = [
    "order" in solver ? `${solver.kind}-${solver.order}` : solver.kind,
    ...("prediction" in solver ? [solver.prediction] : []),
    ...("variant" in solver ? [solver.variant] : []),
    ...("pseudoPredictor" in solver && solver.pseudoPredictor ? ["pseudo"] : []),
    ...("corrector" in solver ? [`${solver.corrector} corrector`] : []),
  ];
  return `${own.join(" ")}, ${typeof grid === "string" ? grid : "kind" in grid ? `${grid.kind} ${grid.exponent}` : "own times"}`;
}

function multistepStep(solver: EmpiricalSolver, index: number, steps: number): GenomeStep {
  if (solver.kind === "ddim") return { prediction: "noise", ...FIRST_ORDER, corrector: null };
  if (solver.kind === "singlestep") throw new InvalidInputError("solver.kind", "a multistep solver", solver.kind);
  if (solver.kind === "statistics") return statisticalStep(solver, index, steps);
  const isUniPc = solver.kind === "unipc";
  const falls = isUniPc || (solver.kind === "multistep" && (solver.lowerOrderFinal ?? steps < LOWER_ORDER_FINAL_BELOW));
  const order = Math.min(solver.order, index + 1, falls ? steps - index : Number.POSITIVE_INFINITY);
  const update: GenomeUpdate = {
    ...FIRST_ORDER,
    order,
    active: Array.from({ length: order - 1 }, (_, k) => -2 - k),
    scaling: order === 2 ? secondOrderScaling(solver) : "none",
  };
  const prediction = isUniPc ? "data" : solver.kind === "multistep" ? solver.prediction : "noise";
  const corrector = isUniPc && index < steps - 1 ? unifiedCorrector(solver, order) : null;
  return { prediction, ...update, corrector };
}

/** A step of DPM-Solver-v3 and the corrector after it, from as many points as the order wants. */
function statisticalStep(
  { order: highest, pseudoPredictor = false, corrector }: Extract<EmpiricalSolver, { kind: "statistics" }>,
  index: number,
  steps: number,
): GenomeStep {
  const order = Math.min(highest, index + 1, steps - index);
  const earlier = (first: number, count: number) => Array.from({ length: count }, (_, k) => first - k);
  const correctorOrder = corrector === "pseudo" ? order + 1 : order;
  const isCorrected = corrector !== "none" && correctorOrder > 1 && index < steps - 1;
  return {
    ...{ prediction: "statistics", start: -1, order, active: earlier(-2, order - 1), scaling: "none" },
    derivatives: pseudoPredictor ? "low" : "full",
    corrector: isCorrected
      ? {
          ...{ kind: "pseudo", start: -2, order: correctorOrder, active: [-1, ...earlier(-3, correctorOrder - 2)] },
          ...{ derivatives: corrector === "pseudo" ? "low" : "full", scaling: "none" },
        }
      : null,
  };
}

/** What makes the Taylor term of the second order the one of the solver. */
function secondOrderScaling(
  solver: Exclude<EmpiricalSolver, { kind: "ddim" | "singlestep" | "statistics" }>,
): "none" | "dpm-2" | "bh1" {
  if (solver.kind === "exponential-integrator") return "none";
  if (solver.kind === "multistep") return solver.order === 2 ? "dpm-2" : "none";
  return { bh1: "bh1", bh2: "dpm-2", vary: "none" }[solver.variant] as "none" | "dpm-2" | "bh1";
}

/** UniC: one order more than the predictor, from the point before the predicted one. */
function unifiedCorrector(solver: Extract<EmpiricalSolver, { kind: "unipc" }>, order: number): GenomeCorrector {
  return {
    ...{ kind: "pseudo", start: -2, order: order + 1, derivatives: "full" },
    active: [-1, ...Array.from({ length: order - 1 }, (_, k) => -3 - k)],
    // Of two points the public code takes the mean, which is Taylor's term scaled; of more, it solves for the weights.
    scaling: order === 1 ? secondOrderScaling(solver) : "none",
  };
}

function singlestepTimes(span: TimeSpan, grid: Grid, orders: readonly number[]): number[] {
  const stages = orders.reduce((sum, each) => sum + each);
  if (grid !== "log-snr") return gridTimes(span, grid, stages);
  const { schedule } = span;
  const outer = gridTimes(span, grid, orders.length);
  return [outer[0], ...orders.flatMap((order, index) => stageTimes(schedule, outer[index], outer[index + 1], order))];
}

/** The ends of the stages of one step: equal parts in λ. */
function stageTimes(schedule: NoiseSchedule, from: number, to: number, order: number): number[] {
  const start = schedule.halfLogSnr(from);
  const step = schedule.halfLogSnr(to) - start;
  return Array.from({ length: order }, (_, stage) =>
    stage === order - 1 ? to : schedule.timeAt(start + (step * (stage + 1)) / order),
  );
}

function singlestepSteps(
  orders: readonly number[],
  { prediction }: Extract<EmpiricalSolver, { kind: "singlestep" }>,
): GenomeStep[] {
  return orders.flatMap((order) =>
    Array.from({ length: order }, (_, stage): GenomeStep => {
      const common = { prediction, derivatives: "full", corrector: null } as const;
      if (stage === 0) return { ...common, ...FIRST_ORDER };
      return { ...common, start: -1 - stage, order: 2, active: [-1], scaling: order === 2 ? "dpm-2" : "none" };
    }),
  );
}
