import {
  abs,
  DivergedError,
  divide,
  fuse,
  max,
  maximum,
  mean,
  multiply,
  sizeOf,
  square,
  subtract,
  type Tensor,
} from "@ansatz/tensor";
import { endsOf } from "../sampling/grids.ts";
import {
  checkUnfinished,
  initialState,
  type SamplerState,
  type SamplingPlan,
  type SamplingProblem,
  takeStep,
} from "../sampling/solver.ts";
import type { AdaptiveOptions } from "./options.ts";
import {
  firstOrderTerms,
  innerStateTerms,
  type SinglestepGiven,
  type StepSettings,
  secondOrderTerms,
  thirdOrderTerms,
  timeBetween,
} from "./singlestep.ts";

/** The state of a sampler that chooses its steps; one step is one attempt. */
export interface AdaptiveState extends SamplerState {
  /** The lower-order result of the last accepted attempt, which errors are measured against. */
  readonly previous: Tensor;
  /** Size of the next attempt, in λ. */
  readonly stepSize: number;
  readonly rejected: number;
}

/**
 * DPM-Solver-12 and -23: an attempt computes the step in two orders from the same evaluations, and is accepted where they agree to within the tolerance.
 *
 * Source: "DPM-Solver", appendix C; the bound on growth and attempts is an addition.
 */
export function adaptivePlan(
  problem: SamplingProblem,
  settings: StepSettings,
  options: AdaptiveOptions,
): SamplingPlan<AdaptiveState> {
  const { order = 3, initialStep = 0.05, safety = 0.9, timeTolerance = 1e-5, largestGrowth = 5 } = options;
  const { absoluteTolerance = 0.0078, relativeTolerance = 0.05, maximumAttempts = 10_000 } = options;
  const { schedule } = problem;
  const { start, end } = endsOf(problem);
  const last = schedule.halfLogSnr(end);
  const direction = Math.sign(last - schedule.halfLogSnr(start));
  const limited = (size: number, from: number) => direction * Math.min(size, Math.abs(last - from));
  return {
    times: [start, end],
    evaluations: undefined,
    warnings: [],
    init: (x) => {
      const stepSize = limited(initialStep, schedule.halfLogSnr(start));
      return initialState(x, start, { previous: x.alias(), stepSize, rejected: 0 });
    },
    step: (state, evaluate) =>
      takeStep(checkUnfinished(state), evaluate, async ({ evaluate: ask, combine, own }) => {
        const { x, time, previous, stepSize, rejected, history } = state;
        if (state.index >= maximumAttempts)
          throw new DivergedError("adaptive sampling", state.index, `no end after ${maximumAttempts} attempts`, x);
        const from = schedule.halfLogSnr(time);
        const isLast = Math.abs(stepSize) >= Math.abs(last - from);
        const nextTime = isLast ? end : schedule.timeAt(from + stepSize);
        const first = await ask(x, time, settings.prediction);
        const innerTimes = (order === 2 ? [1 / 2] : [1 / 3, 2 / 3]).map((fraction) =>
          timeBetween(schedule, time, nextTime, fraction),
        );
        const given: SinglestepGiven = { ...settings, x, time, nextTime, innerTimes, first };
        const inner = await ask(combine(firstOrderTerms(given, innerTimes[0])), innerTimes[0], settings.prediction);
        const { lower, higher } = await bothOrders();
        const error = await errorOf(own, { lower, higher, previous }, { absoluteTolerance, relativeTolerance });
        if (Number.isNaN(error))
          throw new DivergedError("adaptive sampling", state.index, "the error estimate is not a number", x);
        const isAccepted = error <= 1;
        const reached = isAccepted ? schedule.halfLogSnr(nextTime) : from;
        const growth = Math.min(largestGrowth, safety * error ** (-1 / order));
        const base = { index: state.index + 1, history, stepSize: limited(growth * Math.abs(stepSize), reached) };
        if (!isAccepted) return { ...base, x, time, previous, rejected: rejected + 1, done: false };
        const done = Math.abs(nextTime - end) <= timeTolerance;
        return { ...base, x: higher, time: nextTime, previous: lower, rejected, done };

        async function bothOrders() {
          if (order === 2)
            return {
              lower: combine(firstOrderTerms(given, nextTime)),
              higher: combine(secondOrderTerms(given, nextTime, inner)),
            };
          const second = await ask(
            combine(innerStateTerms(given, innerTimes[1], inner)),
            innerTimes[1],
            settings.prediction,
          );
          return {
            lower: combine(secondOrderTerms(given, nextTime, inner)),
            higher: combine(thirdOrderTerms(given, nextTime, [inner, second])),
          };
        }
      }),
  };
}

/** ((higher − lower)/max(absolute, relative · max(|lower|, |previous|)))², elementwise in one pass. */
const scaledSquares = fuse((higher, lower, previous, absolute, relative) => {
  const scale = maximum(absolute, multiply(relative, maximum(abs(lower), abs(previous))));
  return square(divide(subtract(higher, lower), scale));
});

/** The largest root mean square of the scaled difference over the examples of the batch. */
async function errorOf(
  own: <Value extends Tensor>(value: Value) => Value,
  { lower, higher, previous }: { readonly lower: Tensor; readonly higher: Tensor; readonly previous: Tensor },
  { absoluteTolerance, relativeTolerance }: { readonly absoluteTolerance: number; readonly relativeTolerance: number },
): Promise<number> {
  const { device, dtype, shape } = higher;
  const [batch = 1] = shape;
  const largest = device.scope(() => {
    const scalar = (value: number) => device.tensor([value], [1], dtype);
    const squares = scaledSquares(higher, lower, previous, scalar(absoluteTolerance), scalar(relativeTolerance));
    return max(mean(squares.reshape([batch, sizeOf(shape) / batch]), { axes: 1 }));
  });
  return Math.sqrt(await own(largest).item());
}
