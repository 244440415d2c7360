import { concatenate, DivergedError, slice, type Tensor } from "@ansatz/tensor";
import { conversion, denoisingModel } from "../models/prediction.ts";
import { type Evaluation, evaluation } from "../sampling/evaluation.ts";
import { disposeState, type Evaluate, type Solver } from "../sampling/solver.ts";
import type { SolverProblem, Trial } from "./problem.ts";

/** A solver at work that waits for the model. */
interface Question {
  readonly x: Tensor;
  readonly time: number;
  readonly prediction: Parameters<Evaluate>[2];
  answer(evaluation: Evaluation): void;
  fail(error: unknown): void;
}

/**
 * The qualities of many solvers on one set of noises. Solvers run side by side; those that ask the model about the same time are answered in one batch, about the same state once.
 *
 * @returns a number per solver, infinite where a state is not finite.
 */
export async function evaluatePopulation(
  solvers: readonly Solver[],
  problem: SolverProblem,
  trial: Trial,
): Promise<number[]> {
  using noise = problem.device.tensor(trial.noise, trial.shape, trial.dtype);
  const questions: Question[] = [];
  let waitedFor = solvers.length;
  let wake = () => {};
  const ask: Evaluate = (x, time, prediction) =>
    new Promise((answer, fail) => {
      questions.push({ x, time, prediction, answer, fail });
      wake();
    });
  const runs = solvers.map(async (solver) => {
    try {
      return await qualityOf(solver, problem, { ask, noise, trial });
    } finally {
      waitedFor--;
      wake();
    }
  });
  const all = Promise.all(runs);
  all.catch(() => {});
  while (waitedFor > 0) {
    if (questions.length < waitedFor) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    const time = Math.max(...questions.map((question) => question.time));
    const group = questions.filter((question) => question.time === time);
    for (const question of group) questions.splice(questions.indexOf(question), 1);
    await answerTogether(group, problem);
  }
  return all;
}

async function qualityOf(
  solver: Solver,
  problem: SolverProblem,
  { ask, noise, trial }: { ask: Evaluate; noise: Tensor; trial: Trial },
): Promise<number> {
  const plan = solver.plan({ schedule: problem.schedule });
  let state = plan.init(noise);
  try {
    while (!state.done) state = await plan.step(state, ask);
    const quality = await problem.quality(state.x, trial);
    return Number.isNaN(quality) ? Number.POSITIVE_INFINITY : quality;
  } catch (error) {
    if (error instanceof DivergedError) return Number.POSITIVE_INFINITY;
    throw error;
  } finally {
    disposeState(state);
  }
}

async function answerTogether(group: readonly Question[], { model, schedule }: SolverProblem): Promise<void> {
  const { prediction: from, predict } = denoisingModel(model);
  const [{ time }] = group;
  const states = [...new Map(group.map(({ x }) => [x.storage, x])).values()];
  const levels = { alpha: schedule.alpha(time), sigma: schedule.sigma(time) };
  try {
    const joined = states.length > 1 ? concatenate(states, { axis: 0 }) : states[0].alias();
    using x = joined;
    using output = await predict.call(model, x, time);
    let row = 0;
    for (const state of states) {
      const rows = state.shape[0];
      using own = states.length > 1 ? slice(output, [[row, row + rows]]) : output.alias();
      row += rows;
      for (const question of group) {
        if (question.x.storage !== state.storage) continue;
        const [ofState, ofOutput] = conversion(from, question.prediction, levels);
        const terms = [
          ...(ofState === 0 ? [] : [[ofState, question.x.alias()] as const]),
          [ofOutput, own.alias()] as const,
        ];
        question.answer(evaluation(time, question.prediction, terms));
      }
    }
  } catch (error) {
    for (const question of group) question.fail(error);
  }
}
