import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import { stepOrders } from "../dpm-solver/multistep.ts";
import type { Term } from "../sampling/evaluation.ts";
import { type ExponentialStep, exponentialStep } from "../sampling/exponential-step.ts";
import { gridPlan, type SamplingProblem, type Solver, timesOf } from "../sampling/solver.ts";
import { type PredictedState, unipcIncrement } from "../unipc/index.ts";
import { checkDamping } from "./coefficients.ts";
import { combinePair } from "./combine-pair.ts";

export interface MomentumUnipcOptions {
  /** β in [0.001, 1]; 1 is UniPC. Default 0.8. */
  readonly damping?: number;
  /** As of `unipc`: 1 to 4, default 3. */
  readonly order?: 1 | 2 | 3 | 4;
  /** As of `unipc`, default `"bh2"`. */
  readonly variant?: "bh1" | "bh2" | "vary";
  /** As of `unipc`, default true. */
  readonly lowerOrderFinal?: boolean | number;
  /** Whether predictor and corrector both average (default), or the corrector alone, which is what the authors' code comes to: it overwrites the predictor's average. */
  readonly predictorMomentum?: boolean;
  /**
   * What is averaged: `"data"` (default), the data that the increment amounts to, so that constant predictions are followed exactly; or `"data-over-sigma"`, the authors' choice, which lags behind
   * even then, as σ falls from step to step.
   */
  readonly averaged?: "data" | "data-over-sigma";
}

/** Averages of the predictor and of the corrector; null before there are any. */
interface Averages {
  readonly predicted: Tensor | null;
  readonly corrected: Tensor | null;
}

/**
 * UniPC in data prediction with heavy-ball momentum: the increments of predictor and corrector are averaged over steps, each with its own average. One evaluation per step; order 1.
 * Default grid: uniform in λ.
 *
 * @throws InvalidInputError
 * Source: "Diffusion Sampling with Momentum for Mitigating Divergence Artifacts", appendix ("UniPC with HB").
 */
export function momentumUnipc(options: MomentumUnipcOptions = {}): Solver<PredictedState & Averages> {
  const { damping = 0.8, order = 3, variant = "bh2", averaged = "data" } = options;
  checkDamping("options.damping", damping);
  if (![1, 2, 3, 4].includes(order)) throw new InvalidInputError("options.order", "1, 2, 3 or 4", order);
  if (!["bh1", "bh2", "vary"].includes(variant))
    throw new InvalidInputError("options.variant", '"bh1", "bh2" or "vary"', variant);
  if (averaged !== "data" && averaged !== "data-over-sigma")
    throw new InvalidInputError("options.averaged", '"data" or "data-over-sigma"', averaged);
  return {
    name: `UniPC-${order} (${variant}), HB β = ${damping}`,
    prediction: "data",
    plan: (problem) => planOf(problem, { ...options, damping, order, variant, averaged }),
  };
}

type Settings = MomentumUnipcOptions &
  Required<Pick<MomentumUnipcOptions, "damping" | "order" | "variant" | "averaged">>;

function planOf(problem: SamplingProblem, settings: Settings) {
  const { damping, order, variant, lowerOrderFinal = true, predictorMomentum = true } = settings;
  const { schedule } = problem;
  const unitAt = (time: number) => (settings.averaged === "data" ? 1 : schedule.sigma(time));
  const times = timesOf(problem, "log-snr");
  const orders = stepOrders(order, times.length - 1, lowerOrderFinal);
  return gridPlan<Pick<PredictedState, "base"> & Averages>({
    times,
    evaluations: times.length - 1,
    extra: () => ({ base: null, predicted: null, corrected: null }),
    async advance({ state, index, time, nextTime, isLast, evaluate, own }) {
      const newest = await evaluate(state.x, time, "data");
      const { base } = state;
      let { x, corrected } = state;
      if (base) {
        const [start, ...earlier] = state.history;
        const used = [start, ...earlier.slice(0, base.order - 1), newest];
        const step = exponentialStep(schedule, "data", times[index - 1], time);
        const terms = unipcIncrement(step, schedule, used, variant, false);
        [corrected, x] = average(terms, { step, x: base.x, unit: unitAt(time), last: corrected, damping });
        own(corrected);
        own(x);
      }
      const history = [newest, ...state.history].slice(0, order);
      const step = exponentialStep(schedule, "data", time, nextTime);
      const terms = unipcIncrement(step, schedule, history.slice(0, orders[index]), variant, true);
      const last = predictorMomentum ? state.predicted : null;
      const [predicted, next] = average(terms, { step, x, unit: unitAt(nextTime), last, damping });
      own(predicted);
      own(next);
      if (isLast) return { x: next, base: null, predicted: null, corrected: null };
      return { x: next, history, base: { x, order: orders[index] }, predicted, corrected };
    },
  });
}

/** The new average of increments, in units of the step's first weight and of the one given, and the state that it moves x to. */
function average(
  increment: readonly Term[],
  given: {
    readonly step: ExponentialStep;
    readonly x: Tensor;
    readonly unit: number;
    readonly last: Tensor | null;
    readonly damping: number;
  },
): [Tensor, Tensor] {
  const { step, x, last, damping } = given;
  const unit = step.weight(1) * given.unit;
  const share = (last ? damping : 1) / unit;
  const velocity = increment.map(([weight, value]): Term => [share * weight, value]);
  if (last) velocity.push([1 - damping, last]);
  const moved = velocity.map(([weight, value]): Term => [unit * weight, value]);
  return combinePair(velocity, [[step.carry, x], ...moved]);
}
