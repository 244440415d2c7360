import { InvalidInputError } from "@ansatz/tensor";
import type { CheckedProblem } from "../problem.ts";

/**
 * Regularizations to solve at on the way to the problem's, each from the solution of the one before.
 *
 * - `"auto"`: when the costs range over 2000 times the regularization or more, or when Newton's method turns out to take tiny steps from a cold start.
 * - `false`: never.
 * - a list, in units of cost, falling; the problem's own regularization is added at its end if it is not there.
 */
export type Continuation = "auto" | false | readonly number[];

/** Range of costs over ε from which on a cold start fails. */
const STEEP = 2000;

/** Range of costs over ε of the first stage. */
const FIRST_STAGE = 500;

/** ε falls by at most this per stage. */
const LARGEST_RATIO = 2;

/** The stages to plan from the beginning, the last being the problem's own. @throws InvalidInputError for a list that does not fall to it. */
export function plannedStages(continuation: Continuation, problem: CheckedProblem, isWarm: boolean): readonly number[] {
  const { regularization, costRange } = problem;
  if (continuation === false) return [regularization];
  if (continuation === "auto")
    return !isWarm && costRange >= STEEP * regularization ? automaticStages(problem) : [regularization];
  if (!Array.isArray(continuation))
    throw new InvalidInputError("options.continuation", '"auto", false or a list', continuation);
  const stages = continuation.at(-1) === regularization ? continuation : [...continuation, regularization];
  for (const [index, stage] of stages.entries())
    if (!(Number.isFinite(stage) && stage >= regularization && (index === 0 || stage < stages[index - 1])))
      throw new InvalidInputError(
        `options.continuation[${index}]`,
        `a number below the one before and not below ${regularization}`,
        stage,
      );
  return stages;
}

/** Stages from range / 500 in equal ratios of at most 2; only the problem's own where it is not smaller than that. */
export function automaticStages({ regularization, costRange }: CheckedProblem): readonly number[] {
  const first = costRange / FIRST_STAGE;
  if (first <= regularization) return [regularization];
  const count = Math.ceil(Math.log(first / regularization) / Math.log(LARGEST_RATIO));
  const ratio = (first / regularization) ** (1 / count);
  return Array.from({ length: count + 1 }, (_, stage) => regularization * ratio ** (count - stage));
}
