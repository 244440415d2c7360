import { InvalidInputError } from "@ansatz/tensor";
import type { Evaluation, Term } from "../sampling/evaluation.ts";
import { type ExponentialStep, exponentialStep } from "../sampling/exponential-step.ts";
import { gridPlan, type SamplingPlan, type SamplingProblem, stepsOf, timesOf } from "../sampling/solver.ts";
import { LOWER_ORDER_FINAL_BELOW, type MultistepOptions } from "./options.ts";
import { type StepSettings, singlestep, timeBetween } from "./singlestep.ts";

/** The plan of steps of one evaluation each, whose derivatives come from earlier ones. */
export function multistepPlan(
  problem: SamplingProblem,
  settings: StepSettings,
  { order = 2, lowerOrderFinal = LOWER_ORDER_FINAL_BELOW, finalOrder = 1, warmUp = "lower-order" }: MultistepOptions,
): SamplingPlan {
  const { schedule } = problem;
  const { prediction, variant } = settings;
  const starting = warmUp === "singlestep" ? order - 1 : 0;
  const times = timesOf(withoutWarmUp(problem, starting * (order - 1)), "log-snr");
  const steps = times.length - 1;
  if (steps < order) throw new InvalidInputError("steps", `at least the order, ${order}`, steps);
  const orders = stepOrders(order, steps, lowerOrderFinal, finalOrder);
  return gridPlan({
    times,
    evaluations: steps + starting * (order - 1),
    async advance({ state, index, time, nextTime, ...tools }) {
      const newest = await tools.evaluate(state.x, time, prediction);
      const history = [newest, ...state.history].slice(0, order);
      if (index < starting) {
        const fractions = Array.from({ length: order - 1 }, (_, point) => (point + 1) / order);
        const innerTimes = fractions.map((fraction) => timeBetween(schedule, time, nextTime, fraction));
        const given = { ...settings, x: state.x, time, nextTime, innerTimes, first: newest };
        return { x: await singlestep(given, tools), history };
      }
      const step = exponentialStep(schedule, prediction, time, nextTime);
      const used = history.slice(0, orders[index]);
      const ratios = used.slice(1).map((each, lag) => halfLogSnrStep(each, used[lag]) / step.h);
      const terms: Term[] = [[step.carry, state.x], ...multistepTerms(step, variant, used, ratios)];
      return { x: tools.combine(terms), history };
    },
  });

  /** λ between two evaluations, the later first. */
  function halfLogSnrStep(earlier: Evaluation, later: Evaluation): number {
    return schedule.halfLogSnr(later.time) - schedule.halfLogSnr(earlier.time);
  }
}

/** A budget of evaluations pays for the warm-up first. */
function withoutWarmUp(problem: SamplingProblem, extra: number): SamplingProblem {
  if (problem.evaluations === undefined || extra === 0) return problem;
  const { evaluations: _, ...rest } = problem;
  if (Array.isArray(problem.grid)) return rest;
  return { ...rest, steps: Math.max(0, stepsOf(problem) - extra) };
}

/** Order of every step: rising at the beginning, and falling at the end where asked for, to the final order. */
export function stepOrders(
  order: number,
  steps: number,
  lowerOrderFinal: boolean | number,
  finalOrder: 1 | 2 = 1,
): number[] {
  const isLowered = typeof lowerOrderFinal === "number" ? steps < lowerOrderFinal : lowerOrderFinal;
  const ceiling = (index: number) => (isLowered ? steps - 1 - index + finalOrder : order);
  return Array.from({ length: steps }, (_, index) => Math.min(order, index + 1, ceiling(index)));
}

/**
 * What the evaluations (the newest first) add to a step of as high an order as there are of them.
 *
 * @param ratios λ between one evaluation and the one before it, in units of the step.
 */
function multistepTerms(
  step: ExponentialStep,
  variant: "difference" | "taylor",
  [newest, previous, oldest]: readonly Evaluation[],
  [r0, r1]: readonly number[],
): Term[] {
  if (!previous) return [[step.weight(1), newest]];
  if (!oldest) {
    const weight = (variant === "taylor" ? step.weight(2) : step.weight(1) / 2) / r0;
    return [
      [step.weight(1) + weight, newest],
      [-weight, previous],
    ];
  }
  // D1 = D10 + r0/(r0 + r1) (D10 − D11), D2 = (D10 − D11)/(r0 + r1) with the slopes D10 and D11 between neighbours. The second derivative is 2 D2: the published formula takes half of it.
  const second = step.weight(2);
  const third = (variant === "taylor" ? 2 : 1) * step.weight(3);
  const curvature = (second * r0 + third) / (r0 + r1);
  const ofNewestSlope = (second + curvature) / r0;
  const ofOlderSlope = -curvature / r1;
  return [
    [step.weight(1) + ofNewestSlope, newest],
    [ofOlderSlope - ofNewestSlope, previous],
    [-ofOlderSlope, oldest],
  ];
}
