import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import { adamsBashforthWeights } from "../momentum/coefficients.ts";
import type { Evaluation, Term } from "../sampling/evaluation.ts";
import { gridTimes } from "../sampling/grids.ts";
import { type SamplingProblem, stepsOf, timesOf } from "../sampling/solver.ts";

/** Steps of Runge–Kutta before a multistep method of order 4 has its history. */
export const RUNGE_KUTTA_STEPS = 3;

/** Adams–Bashforth's mean of the values, newest first. */
export function weighted(order: number, values: readonly (Tensor | Evaluation)[]): Term[] {
  return adamsBashforthWeights(order).map((weight, j): Term => [weight, values[j]]);
}

/** The mean of Runge–Kutta's four stages. */
export function rungeKuttaMean<Value extends Tensor | Evaluation>(
  ...[a, b, c, d]: [Value, Value, Value, Value]
): Term[] {
  return [
    [1 / 6, a],
    [1 / 3, b],
    [1 / 3, c],
    [1 / 6, d],
  ];
}

/** As `timesOf` where the first three steps make four evaluations. */
export function timesAfterRungeKutta(problem: SamplingProblem): number[] {
  const { evaluations, ...rest } = problem;
  if (evaluations === undefined || Array.isArray(problem.grid)) return timesOf(problem, "time-uniform");
  const steps = stepsOf(problem) - 3 * RUNGE_KUTTA_STEPS;
  if (steps < RUNGE_KUTTA_STEPS)
    throw new InvalidInputError("evaluations", `at least ${4 * RUNGE_KUTTA_STEPS}: nine more than steps`, evaluations);
  return gridTimes(rest, problem.grid ?? "time-uniform", steps);
}
