import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import { stepOrders } from "../dpm-solver/multistep.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import type { Evaluation, Term } from "../sampling/evaluation.ts";
import { differenceWeights, type ExponentialStep, exponentialStep } from "../sampling/exponential-step.ts";
import { gridPlan, type SamplerState, type Solver, timesOf } from "../sampling/solver.ts";

export interface UnipcOptions {
  /** Order of the predictor, 1 to 4; the corrector has one more. Default 3 (unconditional); 2 is recommended under guidance. */
  readonly order?: 1 | 2 | 3 | 4;
  /** Default `"data"`. */
  readonly prediction?: "noise" | "data";
  /**
   * Weight of the one difference of a predictor of order 2 and of the corrector after an order of 1: B(h) = h (`"bh1"`), e^h − 1 (`"bh2"`, default), or exact (`"vary"`). For higher orders all three are
   * the same.
   */
  readonly variant?: "bh1" | "bh2" | "vary";
  /** Corrects every step but the last by the evaluation that the next one needs anyway. Default true. */
  readonly corrector?: boolean;
  /** Lowers the order of the last steps: always, never, or below a number of steps. Default true. */
  readonly lowerOrderFinal?: boolean | number;
}

/** The state of a predictor–corrector: x is predicted, and corrected when the evaluation at it is made. */
export interface PredictedState extends SamplerState {
  /** The corrected state that x was predicted from, and the order it was predicted with; null at the start. */
  readonly base: { readonly x: Tensor; readonly order: number } | null;
}

/**
 * UniPC: a multistep predictor of any order and, without evaluations of its own, a corrector of one order more. One evaluation per step. Default grid: uniform in λ.
 *
 * Choose it for 5 to 10 evaluations, where the corrector gains most.
 *
 * @throws InvalidInputError for options out of range.
 *
 * Source: Zhao et al., "UniPC: A unified predictor-corrector framework for fast sampling of diffusion models", algorithms 1, 2.
 */
export function unipc(options: UnipcOptions = {}): Solver<PredictedState> {
  const { order = 3, prediction = "data", variant = "bh2", corrector = true, lowerOrderFinal = true } = options;
  if (![1, 2, 3, 4].includes(order)) throw new InvalidInputError("options.order", "1, 2, 3 or 4", order);
  if (prediction !== "noise" && prediction !== "data")
    throw new InvalidInputError("options.prediction", '"noise" or "data"', prediction);
  if (!["bh1", "bh2", "vary"].includes(variant))
    throw new InvalidInputError("options.variant", '"bh1", "bh2" or "vary"', variant);
  return {
    name: `UniPC-${order} (${variant}${prediction === "noise" ? ", noise" : ""}${corrector ? "" : ", predictor only"})`,
    prediction,
    plan(problem) {
      const { schedule } = problem;
      const times = timesOf(problem, "log-snr");
      const orders = stepOrders(order, times.length - 1, lowerOrderFinal);
      const stepTerms = (x: Tensor, from: number, to: number, used: readonly Evaluation[], isPredictor: boolean) => {
        const step = exponentialStep(schedule, prediction, from, to);
        return [[step.carry, x] as const, ...unipcIncrement(step, schedule, used, variant, isPredictor)];
      };
      return gridPlan<Pick<PredictedState, "base">>({
        times,
        evaluations: times.length - 1,
        extra: () => ({ base: null }),
        async advance({ state, index, time, nextTime, isLast, evaluate, combine }) {
          const newest = await evaluate(state.x, time, prediction);
          const { base } = state;
          let x = state.x;
          if (base && corrector) {
            const [start, ...earlier] = state.history;
            const used = [start, ...earlier.slice(0, base.order - 1), newest];
            x = combine(stepTerms(base.x, times[index - 1], time, used, false));
          }
          const history = [newest, ...state.history].slice(0, order);
          const next = combine(stepTerms(x, time, nextTime, history.slice(0, orders[index]), true));
          if (isLast) return { x: next, base: null };
          return { x: next, history, base: { x, order: orders[index] } };
        },
      });
    },
  };
}

/** What the evaluations, that at the start of the step first, add to carry · x. */
export function unipcIncrement(
  step: ExponentialStep,
  schedule: NoiseSchedule,
  [start, ...others]: readonly Evaluation[],
  variant: "bh1" | "bh2" | "vary",
  isPredictor: boolean,
): Term[] {
  const lambda = schedule.halfLogSnr(start.time);
  const nodes = others.map(({ time }) => (schedule.halfLogSnr(time) - lambda) / step.h);
  const weights = weightsOf(step, nodes, variant, isPredictor);
  const ofStart = step.weight(1) - weights.reduce((sum, weight) => sum + weight, 0);
  return [[ofStart, start], ...others.map((other, index): Term => [weights[index], other])];
}

/** Weights of the differences to the start's evaluation. */
function weightsOf(
  step: ExponentialStep,
  nodes: readonly number[],
  variant: "bh1" | "bh2" | "vary",
  isPredictor: boolean,
): readonly number[] {
  // A lone difference: the second point of a predictor, or the end of a step of order 1.
  if (variant === "vary" || nodes.length !== 1) return differenceWeights(step, nodes);
  const weight = variant === "bh1" ? step.scale : step.weight(1);
  return [weight / 2 / (isPredictor ? nodes[0] : 1)];
}
