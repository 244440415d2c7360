import type { Tensor } from "@ansatz/tensor";
import { InvalidInputError } from "@ansatz/tensor";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import type { Evaluation, Term } from "../sampling/evaluation.ts";
import { exponentialStep } from "../sampling/exponential-step.ts";
import { type Grid, gridTimes } from "../sampling/grids.ts";
import { gridPlan, type SamplingPlan, type SamplingProblem, type StepTools, stepsOf } from "../sampling/solver.ts";
import { budgetOrders, type DpmOrder, namedGrid, type SinglestepOptions } from "./options.ts";

/** What the formulas of a step need. */
export interface StepSettings {
  readonly schedule: NoiseSchedule;
  readonly prediction: "noise" | "data";
  readonly variant: "difference" | "taylor";
}

/** A step of order 1, 2 or 3, from `time` to `nextTime`, that evaluates at `innerTimes` between. */
export interface SinglestepGiven extends StepSettings {
  readonly x: Tensor;
  readonly time: number;
  readonly nextTime: number;
  /** The times of the inner evaluations: one for order 2, two for order 3. */
  readonly innerTimes: readonly number[];
  /** The evaluation at x. */
  readonly first: Evaluation;
}

/** x' by an update of order 1: DDIM. */
export function firstOrderTerms({ schedule, prediction, x, time, first }: SinglestepGiven, to: number): Term[] {
  const step = exponentialStep(schedule, prediction, time, to);
  return [
    [step.carry, x],
    [step.weight(1), first],
  ];
}

/** x' by an update of order 2 from the evaluation at the inner time. */
export function secondOrderTerms(given: SinglestepGiven, to: number, inner: Evaluation): Term[] {
  const { schedule, prediction, variant, time, first } = given;
  const step = exponentialStep(schedule, prediction, time, to);
  const r1 = (schedule.halfLogSnr(inner.time) - schedule.halfLogSnr(time)) / step.h;
  const weight = (variant === "taylor" ? step.weight(2) : step.weight(1) / 2) / r1;
  return [...firstOrderTerms(given, to), [weight, inner], [-weight, first]];
}

/** The state at the second inner time of an update of order 3. */
export function innerStateTerms(given: SinglestepGiven, to: number, inner: Evaluation): Term[] {
  return secondOrderTerms({ ...given, variant: "taylor" }, to, inner);
}

/** x' by an update of order 3 from the evaluations at both inner times. */
export function thirdOrderTerms(given: SinglestepGiven, to: number, inner: readonly [Evaluation, Evaluation]): Term[] {
  const { schedule, prediction, variant, time, first } = given;
  const step = exponentialStep(schedule, prediction, time, to);
  const ratio = (at: Evaluation) => (schedule.halfLogSnr(at.time) - schedule.halfLogSnr(time)) / step.h;
  const [r1, r2] = inner.map(ratio);
  const base = firstOrderTerms(given, to);
  if (variant === "difference") {
    const weight = step.weight(2) / r2;
    return [...base, [weight, inner[1]], [-weight, first]];
  }
  // First and second derivative of the parabola through the differences D₁/r₁ and D₂/r₂.
  const [second, third] = [step.weight(2), step.weight(3)];
  const ofFirst = (second * r2 - 2 * third) / (r2 - r1) / r1;
  const ofSecond = (2 * third - second * r1) / (r2 - r1) / r2;
  return [...base, [ofFirst, inner[0]], [ofSecond, inner[1]], [-ofFirst - ofSecond, first]];
}

/** One step, evaluating on the way; `first` is made beforehand. */
export async function singlestep(given: SinglestepGiven, { evaluate, combine }: StepTools): Promise<Tensor> {
  const { innerTimes, nextTime, prediction } = given;
  if (innerTimes.length === 0) return combine(firstOrderTerms(given, nextTime));
  const [time1, time2] = innerTimes;
  const inner1 = await evaluate(combine(firstOrderTerms(given, time1)), time1, prediction);
  if (time2 === undefined) return combine(secondOrderTerms(given, nextTime, inner1));
  const inner2 = await evaluate(combine(innerStateTerms(given, time2, inner1)), time2, prediction);
  return combine(thirdOrderTerms(given, nextTime, [inner1, inner2]));
}

/** The plan of single steps: of full order where steps are given, a budget of mixed orders where evaluations are. */
export function singlestepPlan(
  problem: SamplingProblem,
  settings: StepSettings,
  { order = 3, innerPoints }: SinglestepOptions,
): SamplingPlan {
  const { schedule } = problem;
  const { orders, times, inner } = outerSteps(problem, order, problem.grid ?? "log-snr", innerPoints);
  const warnings =
    orders.length <= 2 && order > 1
      ? [
          "With at most two steps, steps of order 2 and 3 can be far off: compare with multistep, or take more evaluations.",
        ]
      : [];
  return gridPlan({
    times,
    evaluations: orders.reduce((sum: number, each) => sum + each, 0),
    warnings,
    async advance({ state, index, time, nextTime, ...tools }) {
      const first = await tools.evaluate(state.x, time, settings.prediction);
      const given = { ...settings, schedule, x: state.x, time, nextTime, innerTimes: inner[index], first };
      return { x: await singlestep(given, tools) };
    },
  });
}

interface OuterSteps {
  readonly orders: readonly DpmOrder[];
  readonly times: readonly number[];
  /** Times of the inner evaluations of every step. */
  readonly inner: readonly (readonly number[])[];
}

function outerSteps(
  problem: SamplingProblem,
  order: DpmOrder,
  grid: Grid,
  innerPoints: readonly number[] | undefined,
): OuterSteps {
  const { schedule, steps, evaluations } = problem;
  const kind = namedGrid(grid);
  const isBudget = steps === undefined && evaluations !== undefined;
  const count = kind === undefined && !isBudget ? (grid as readonly number[]).length - 1 : stepsOf(problem);
  const orders = isBudget ? budgetOrders(order, count) : new Array<DpmOrder>(count).fill(order);
  let times: number[];
  let fine: number[] | undefined;
  if (isBudget && grid !== "log-snr") {
    fine = gridTimes(problem, grid, count);
    let position = 0;
    times = [fine[0], ...orders.map((each) => fine![(position += each)])];
  } else times = gridTimes(problem, grid, orders.length);
  const inner = orders.map((each, index) => {
    const [from, to] = [times[index], times[index + 1]];
    if (innerPoints && each === order) return innerPoints.map((fraction) => timeBetween(schedule, from, to, fraction));
    if (kind) return gridTimes({ schedule, start: from, end: to }, kind, each).slice(1, -1);
    if (fine) return fine.slice(fine.indexOf(from) + 1, fine.indexOf(to));
    return Array.from({ length: each - 1 }, (_, point) => timeBetween(schedule, from, to, (point + 1) / each));
  });
  return { orders, times, inner };
}

export function timeBetween(schedule: NoiseSchedule, from: number, to: number, fraction: number): number {
  const [first, last] = [schedule.halfLogSnr(from), schedule.halfLogSnr(to)];
  const time = schedule.timeAt(first + fraction * (last - first));
  if (time === from) throw new InvalidInputError("grid", "steps that λ can tell apart", [from, to]);
  return time;
}
