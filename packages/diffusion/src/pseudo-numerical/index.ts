import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import { transfer } from "../sampling/ddim.ts";
import type { Evaluation, Term } from "../sampling/evaluation.ts";
import { gridTimes } from "../sampling/grids.ts";
import {
  type GridStep,
  type GridStepContext,
  gridPlan,
  type SamplerState,
  type SamplingProblem,
  type Solver,
  stepsOf,
  timesOf,
} from "../sampling/solver.ts";
import { RUNGE_KUTTA_STEPS, rungeKuttaMean, timesAfterRungeKutta, weighted } from "./runge-kutta-start.ts";

export { type ClassicalMultistepOptions, classicalMultistep } from "./classical.ts";
export {
  type PseudoNumericalSchedule,
  type PseudoNumericalScheduleOptions,
  pseudoNumericalSchedule,
} from "./label-convention.ts";
export { probabilityFlow } from "./probability-flow.ts";
export { type StochasticDdimOptions, stochasticDdim } from "./stochastic-ddim.ts";

export interface PseudoNumericalOptions {
  /**
   * `"f-pndm"` (default): pseudo Runge–Kutta for three steps, then pseudo linear multistep of order 4; steps + 9 evaluations. `"s-pndm"`: one pseudo improved Euler step, then order 2;
   * steps + 1 evaluations. `"plms"`: one pseudo improved Euler step, then orders 2, 3, 4, 4, …; steps + 1 evaluations (the sampler of latent diffusion's code, not in the paper).
   */
  readonly method?: PseudoNumericalMethod;
}

export type PseudoNumericalMethod = "s-pndm" | "f-pndm" | "plms";

const NAMES: Readonly<Record<PseudoNumericalMethod, string>> = { "s-pndm": "S-PNDM", "f-pndm": "F-PNDM", plms: "PLMS" };

type Context = GridStepContext<SamplerState>;

/**
 * PNDM: a classical method estimates the noise, and the exact DDIM transfer moves the state, so that iterates stay where data of that noise level lie. Exact, at any number of steps, where the true noise is
 * constant along the path (one data point). Order 2 in the limit, with a small constant: the weights are those of equal steps in a variable that has none. Default grid: uniform in time.
 *
 * With fewer than four steps F-PNDM is pseudo Runge–Kutta all the way, four evaluations per step.
 *
 * @throws InvalidInputError
 * Source: "Pseudo Numerical Methods for Diffusion Models on Manifolds", sections 3.2–3.3 and algorithm 2.
 */
export function pseudoNumerical({ method = "f-pndm" }: PseudoNumericalOptions = {}): Solver {
  if (!Object.hasOwn(NAMES, method))
    throw new InvalidInputError("options.method", `one of ${Object.keys(NAMES).join(", ")}`, method);
  const isFourth = method === "f-pndm";
  const highest = method === "plms" ? 4 : 2;
  return {
    name: NAMES[method],
    prediction: "noise",
    plan(problem) {
      const times = isFourth ? timesAfterRungeKutta(problem) : timesAfterEuler(problem);
      const steps = times.length - 1;
      return gridPlan({
        times,
        evaluations: isFourth ? steps + 3 * Math.min(steps, RUNGE_KUTTA_STEPS) : steps + 1,
        advance: (context) =>
          isFourth ? rungeKuttaStartedStep(problem, context) : eulerStartedStep(problem, context, highest),
      });
    },
  };
}

/** After one step of the improved Euler method as high an order as there are evaluations, up to the highest. */
async function eulerStartedStep(
  { schedule }: SamplingProblem,
  context: Context,
  highest: 2 | 4,
): Promise<GridStep<object>> {
  const { state, time, nextTime, evaluate, combine } = context;
  const newest = await evaluate(state.x, time, "noise");
  const move = mover(combine, state.x, transfer(schedule, time, nextTime));
  if (state.history.length > 0) {
    const known = [newest, ...state.history];
    return { x: move(weighted(known.length, known)), history: known.slice(0, highest - 1) };
  }
  const ahead = await evaluate(move([[1, newest]]), nextTime, "noise");
  return { x: move(halves(newest, ahead)), history: [newest] };
}

async function rungeKuttaStartedStep({ schedule }: SamplingProblem, context: Context): Promise<GridStep<object>> {
  const { state, index, time, nextTime, evaluate, combine } = context;
  const { x } = state;
  const newest = await evaluate(x, time, "noise");
  const history = [newest, ...state.history].slice(0, RUNGE_KUTTA_STEPS);
  const move = mover(combine, x, transfer(schedule, time, nextTime));
  if (index >= RUNGE_KUTTA_STEPS) return { x: move(weighted(4, [newest, ...state.history])), history };
  const middle = (time + nextTime) / 2;
  const moveHalf = mover(combine, x, transfer(schedule, time, middle));
  const second = await evaluate(moveHalf([[1, newest]]), middle, "noise");
  const third = await evaluate(moveHalf([[1, second]]), middle, "noise");
  const fourth = await evaluate(move([[1, third]]), nextTime, "noise");
  return { x: move(rungeKuttaMean(newest, second, third, fourth)), history };
}

/** x ↦ a·x + b·Σ weight · noise, in one pass. */
function mover(combine: Context["combine"], x: Tensor, [ofState, ofNoise]: readonly [number, number]) {
  return (noises: readonly Term[]): Tensor =>
    combine([[ofState, x], ...noises.map(([weight, noise]): Term => [ofNoise * weight, noise])]);
}

function halves(first: Evaluation, second: Evaluation): Term[] {
  return [
    [1 / 2, first],
    [1 / 2, second],
  ];
}

function timesAfterEuler(problem: SamplingProblem): number[] {
  const { evaluations, ...rest } = problem;
  if (evaluations === undefined || Array.isArray(problem.grid)) return timesOf(problem, "time-uniform");
  const steps = stepsOf(problem) - 1;
  if (steps < 1) throw new InvalidInputError("evaluations", "at least 2: one more than steps", evaluations);
  return gridTimes(rest, problem.grid ?? "time-uniform", steps);
}
