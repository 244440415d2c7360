import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import { stepOrders } from "../dpm-solver/multistep.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { gridPlan, type SamplerState, type Solver, timesOf } from "../sampling/solver.ts";
import { combineByDimension } from "./by-dimension.ts";
import { checkDimension, checkRange, checkStatistics, type ModelStatistics, nodeAt, placeOf } from "./statistics.ts";
import { polynomialDerivatives, pseudoDerivatives, statisticalStep } from "./step.ts";

export { type EstimationOptions, type EstimationResult, type EstimationState, estimateStatistics } from "./estimate.ts";
export { checkStatistics, constantStatistics, type ModelStatistics, resampleStatistics } from "./statistics.ts";

export interface DpmSolverV3Options {
  /** Of the model that is sampled: from `estimateStatistics`, for the same start and end. */
  readonly statistics: ModelStatistics;
  /** Default 3 (paper: 3 unconditional, 2 guided). */
  readonly order?: 1 | 2 | 3 | 4;
  /** Derivatives from the nearest points alone, for very few steps. Default false (paper: true at 5 evaluations on CIFAR-10). */
  readonly pseudoPredictor?: boolean;
  /**
   * Corrects every step but the last by the evaluation that the next one needs anyway: `"pseudo"` with an order more than the predictor, derivatives from the nearest points (default);
   * `"full"` with the predictor's order; `"none"` (paper: for many evaluations).
   */
  readonly corrector?: "none" | "full" | "pseudo";
  /** Corrects only at times up to this one. Default: all (paper: half of the time under large guidance). */
  readonly correctUntil?: number;
  /** Lowers the order of the last steps: always, never, or below a number of steps. Default true. */
  readonly lowerOrderFinal?: boolean | number;
}

/** f = (σε − l x)/α at a node of the statistics. */
interface KnownPoint {
  readonly node: number;
  readonly value: Tensor;
}

export interface StatisticalState extends SamplerState {
  /** The newest first. */
  readonly points: readonly KnownPoint[];
  /** The corrected state that x was predicted from, and the order it was predicted with; null at the start. */
  readonly base: { readonly x: Tensor; readonly order: number } | null;
}

/**
 * DPM-Solver-v3: a multistep predictor–corrector in the parametrisation in which this very model's steps err least, by its statistics. One evaluation per step. Default grid: uniform in λ;
 * times are moved to the nearest node of the statistics.
 *
 * Choose it for 5 to 20 evaluations of a model that is sampled often: the statistics are estimated once.
 *
 * @throws InvalidInputError for options and statistics out of range; in `plan`, when the statistics are of another range of λ (by more than 1e-6), have fewer intervals than there are steps, or two
 * times have the same nearest node.
 *
 * Source: "DPM-Solver-v3: Improved Diffusion ODE Solver with Empirical Model Statistics", section 3 and appendix B.
 */
export function dpmSolverV3(options: DpmSolverV3Options): Solver<StatisticalState> {
  const { statistics, order = 3, pseudoPredictor = false, corrector = "pseudo" } = options;
  const { correctUntil = Number.POSITIVE_INFINITY, lowerOrderFinal = true } = options;
  checkStatistics(statistics, "options.statistics");
  if (![1, 2, 3, 4].includes(order)) throw new InvalidInputError("options.order", "1, 2, 3 or 4", order);
  if (corrector !== "none" && corrector !== "full" && corrector !== "pseudo")
    throw new InvalidInputError("options.corrector", '"none", "full" or "pseudo"', corrector);
  if (Number.isNaN(correctUntil)) throw new InvalidInputError("options.correctUntil", "a time", correctUntil);
  const parts = [pseudoPredictor ? "pseudo " : "", order, corrector === "none" ? "" : ` + ${corrector} corrector`];
  return {
    name: `DPM-Solver-v3 ${parts.join("")}`,
    prediction: "noise",
    plan(problem) {
      const { schedule } = problem;
      const wanted = timesOf(problem, "log-snr");
      const { nodes, times } = snapped(statistics, schedule, wanted);
      const steps = times.length - 1;
      if (corrector !== "none" && options.corrector !== undefined && steps === 1)
        throw new InvalidInputError(
          "options.corrector",
          '"none" for a single step: there is nothing to correct',
          corrector,
        );
      const orders = stepOrders(order, steps, lowerOrderFinal);
      const update = (x: Tensor, index: number, used: readonly KnownPoint[], pseudo: boolean) => {
        const [from, to] = [nodes[index], nodes[index + 1]];
        const others = used.slice(1).map(({ node }) => node);
        const distances = others.map((node) => nodeAt(statistics, node) - nodeAt(statistics, from));
        const derivatives = pseudo ? pseudoDerivatives(distances) : polynomialDerivatives(distances);
        const alphas = [schedule.alpha(times[index]), schedule.alpha(times[index + 1])] as const;
        const step = statisticalStep({ statistics, from, to, others, derivatives, alphas });
        return combineByDimension([step.carry, ...step.weights], [x, ...used.map(({ value }) => value)], step.bias);
      };
      return gridPlan<Pick<StatisticalState, "points" | "base">>({
        times,
        evaluations: steps,
        extra: (x) => {
          checkDimension(statistics, x);
          return { points: [], base: null };
        },
        async advance({ state, index, time, isLast, evaluate, combine, own }) {
          const noise = combine([[1, await evaluate(state.x, time, "noise")]]);
          const node = nodes[index];
          const newest = { node, value: own(remainder(statistics, schedule, { node, time }, state.x, noise)) };
          let x = state.x;
          if (state.base && time <= correctUntil) x = corrected(state.base, newest) ?? x;
          const points = [newest, ...state.points].slice(0, Math.max(2, order));
          const next = own(update(x, index, points.slice(0, orders[index]), pseudoPredictor));
          if (isLast) return { x: next, points: [], base: null };
          return { x: next, points, base: { x, order: orders[index] } };

          function corrected(base: NonNullable<StatisticalState["base"]>, end: KnownPoint): Tensor | undefined {
            const [start, ...earlier] = state.points;
            const extra = corrector === "pseudo" ? base.order : base.order - 1;
            if (corrector === "none" || extra === 0) return undefined;
            const used = [start, end, ...earlier.slice(0, extra - 1)];
            return own(update(base.x, index - 1, used, corrector === "pseudo"));
          }
        },
      });
    },
  };
}

/** f = (σε − l x)/α: what the linear part leaves of the model. It stays the same when x is corrected and ε with it. */
function remainder(
  statistics: ModelStatistics,
  schedule: NoiseSchedule,
  { node, time }: { readonly node: number; readonly time: number },
  x: Tensor,
  noise: Tensor,
): Tensor {
  const { dimension, linear } = statistics;
  const alpha = schedule.alpha(time);
  const ratio = new Float64Array(dimension).fill(schedule.sigma(time) / alpha);
  const ofState = Float64Array.from({ length: dimension }, (_, d) => -linear[node * dimension + d] / alpha);
  return combineByDimension([ratio, ofState], [noise, x]);
}

/** Times moved to the nearest nodes; the ends stay. */
function snapped(statistics: ModelStatistics, schedule: NoiseSchedule, times: readonly number[]) {
  const { intervals } = statistics;
  const steps = times.length - 1;
  const ends = [schedule.halfLogSnr(times[0]), schedule.halfLogSnr(times[steps])] as const;
  checkRange(statistics, ends, "options.statistics.halfLogSnr");
  if (steps > intervals)
    throw new InvalidInputError("steps", `at most the ${intervals} intervals of the statistics`, steps);
  const nodes = times.map((time) => Math.round(placeOf(statistics, schedule.halfLogSnr(time))));
  for (const [index, node] of nodes.entries())
    if (index > 0 && node === nodes[index - 1])
      throw new InvalidInputError(
        "options.statistics.intervals",
        "more intervals: two times have the same nearest node",
        times.slice(index - 1, index + 1),
      );
  const moved = nodes.map((node, index) =>
    index === 0 || index === steps ? times[index] : schedule.timeAt(nodeAt(statistics, node)),
  );
  return { nodes, times: moved };
}
