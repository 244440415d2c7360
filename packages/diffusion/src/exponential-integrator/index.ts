import { InvalidInputError } from "@ansatz/tensor";
import type { Evaluation, Term } from "../sampling/evaluation.ts";
import { type Grid, gridTimes } from "../sampling/grids.ts";
import { gridPlan, type SamplingProblem, type Solver, stepsOf, timesOf } from "../sampling/solver.ts";
import {
  type ExtrapolationKind,
  HIGHEST_DEGREE,
  largestCoefficient,
  multistepCoefficients,
  noiseRatio,
} from "./coefficients.ts";
import { RUNGE_KUTTA_TABLEAUX, type RungeKuttaMethod } from "./tableaux.ts";

export { type ExtrapolationKind, type MultistepRow, multistepCoefficients } from "./coefficients.ts";
export { RUNGE_KUTTA_TABLEAUX, type RungeKuttaMethod } from "./tableaux.ts";

/** Settings of `exponentialIntegrator`. */
export type ExponentialIntegratorOptions =
  | {
      /** Default `"tAB"`, which the paper finds best. */
      readonly kind?: ExtrapolationKind;
      /** r, the degree of the polynomial: r + 1 predictions are used. 0 … 3, default 3 (the paper's best). 0 is DDIM. */
      readonly order?: number;
    }
  | {
      readonly kind: "rhoRK";
      /** Default `"kutta3"`, as the paper's code has it. */
      readonly method?: RungeKuttaMethod;
    };

/** Predictions are amplified by more than this where grids are very uneven. */
const LARGE_COEFFICIENT = 10;

/**
 * DEIS, the diffusion exponential integrator sampler. The linear part of the equation is solved exactly, the noise prediction is a polynomial through past evaluations:
 *
 * - `"tAB"`: polynomial in time, one evaluation per step. The best of them at few steps. Default grid: uniform in √time.
 * - `"rhoAB"`: polynomial in ρ = σ/α. Better than tAB only at many steps. Default grid: uniform in √time.
 * - `"ipndm"`: constant Adams–Bashforth weights, order 2 in the limit whatever `order` is. Default grid: uniform in time.
 * - `"rhoRK"`: a classical Runge–Kutta method on dy/dρ = ε with y = x/α; as many evaluations per step as it has stages. Default grid: uniform in ρ^(1/7).
 *
 * Multistep kinds begin with the orders 0, 1, …: no other method is needed to start. For images at 10 to 20 evaluations take tAB of order 3; under strong guidance prefer data prediction
 * (DPM-Solver++) or momentum, as extrapolation has a small stability region.
 *
 * @throws InvalidInputError
 * Source: "Fast Sampling of Diffusion Models with Exponential Integrator", sections 3.2–3.3 and algorithm 1.
 */
export function exponentialIntegrator(options: ExponentialIntegratorOptions = {}): Solver {
  if (options.kind === "rhoRK") return rungeKuttaSolver(options.method ?? "kutta3");
  const { kind = "tAB", order = HIGHEST_DEGREE } = options;
  if (kind !== "tAB" && kind !== "rhoAB" && kind !== "ipndm")
    throw new InvalidInputError("options.kind", '"tAB", "rhoAB", "ipndm" or "rhoRK"', kind);
  if (!Number.isInteger(order) || order < 0 || order > HIGHEST_DEGREE)
    throw new InvalidInputError("options.order", `an integer in 0 … ${HIGHEST_DEGREE}`, order);
  return {
    name: kind === "ipndm" ? `iPNDM ${order}` : `${kind}-DEIS ${order}`,
    prediction: "noise",
    plan: (problem) => multistepPlan(problem, kind, order),
  };
}

function multistepPlan(problem: SamplingProblem, kind: ExtrapolationKind, order: number) {
  const times = timesOf(problem, kind === "ipndm" ? "time-uniform" : "time-quadratic");
  const rows = multistepCoefficients(problem.schedule, times, kind, order);
  const largest = largestCoefficient(rows);
  const warnings =
    largest > LARGE_COEFFICIENT
      ? [
          `errors of the model are amplified up to ${largest.toPrecision(3)} times on this grid: take a lower order or more steps`,
        ]
      : [];
  return gridPlan({
    times,
    evaluations: times.length - 1,
    warnings,
    async advance({ state, index, time, evaluate, combine }) {
      const { state: ofState, noise } = rows[index];
      const history = [await evaluate(state.x, time, "noise"), ...state.history];
      const x = combine([[ofState, state.x], ...noise.map((weight, j): Term => [weight, history[j]])]);
      return { x, history: history.slice(0, order) };
    },
  });
}

function rungeKuttaSolver(method: RungeKuttaMethod): Solver {
  const tableau = RUNGE_KUTTA_TABLEAUX[method];
  if (!tableau)
    throw new InvalidInputError("options.method", `one of ${Object.keys(RUNGE_KUTTA_TABLEAUX).join(", ")}`, method);
  const { a, b, c } = tableau;
  const stages = b.length;
  return {
    name: `rhoRK-DEIS ${method}`,
    prediction: "noise",
    plan(problem) {
      const times = stagedTimes(problem, stages, { kind: "ratio-power", exponent: 7 });
      const { schedule } = problem;
      return gridPlan({
        times,
        evaluations: stages * (times.length - 1),
        async advance({ state: { x }, time, nextTime, evaluate, combine }) {
          const from = noiseRatio(schedule, time);
          const step = noiseRatio(schedule, nextTime) - from;
          const slopes: Evaluation[] = [];
          // y = x/α + step · Σ weight · ε, back in x at the time of the stage.
          const stageAt = (at: number, weights: readonly number[]) => {
            const alpha = schedule.alpha(at);
            const terms = weights.map((weight, j): Term => [alpha * step * weight, slopes[j]]);
            return combine([[Math.exp(schedule.logAlpha(at) - schedule.logAlpha(time)), x], ...terms]);
          };
          for (let stage = 0; stage < stages; stage++) {
            const at = timeOfStage(c[stage], time, nextTime, (share) =>
              schedule.timeAt(-Math.log(from + share * step)),
            );
            slopes.push(await evaluate(stage === 0 ? x : stageAt(at, a[stage]), at, "noise"));
          }
          return { x: stageAt(nextTime, b) };
        },
      });
    },
  };
}

/** The time of a stage; at the ends the grid's own, not what inverting the schedule makes of it. */
function timeOfStage(share: number, time: number, nextTime: number, between: (share: number) => number): number {
  if (share === 0) return time;
  return share === 1 ? nextTime : between(share);
}

/** The times of a problem for a solver that makes `stages` evaluations per step; evaluations that do not fill a step are not spent. */
function stagedTimes(problem: SamplingProblem, stages: number, defaultGrid: Grid): number[] {
  const { evaluations, ...rest } = problem;
  if (evaluations === undefined || Array.isArray(problem.grid)) return timesOf(problem, defaultGrid);
  const whole = stepsOf(problem);
  if (whole < stages) throw new InvalidInputError("evaluations", `at least ${stages}, those of one step`, evaluations);
  const steps = Math.floor(whole / stages);
  return gridTimes(rest, problem.grid ?? defaultGrid, steps);
}
