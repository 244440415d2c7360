import { DivergedError, InvalidInputError, sum, type Tensor } from "@ansatz/tensor";
import { conversion, denoisingModel, type Model, PREDICTIONS, type Prediction } from "../models/prediction.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import type { LinearTerm } from "./combination.ts";
import { type Evaluation, evaluation, materialise } from "./evaluation.ts";
import { checkGuidance, type Guidance } from "./guidance.ts";
import type { Evaluate } from "./solver.ts";
import { checkThreshold, type Threshold, thresholded } from "./threshold.ts";

export interface EvaluatorOptions {
  readonly schedule: NoiseSchedule;
  readonly guidance?: Guidance;
  /** Keeps predicted data within bounds, for solvers that are written in data. Default: off. */
  readonly threshold?: Threshold;
  /** Look at every answer of the model whether it is finite: one more reading pass, and a wait for the device. Default true. */
  readonly checkFinite?: boolean;
}

/**
 * What solvers ask: the model with its guidance and thresholding, answering in whatever kind of prediction a solver is written in.
 *
 * Conversions and classifier-free guidance are coefficients, carried along to the solver's own pass; only thresholding and classifier guidance compute something.
 *
 * @throws InvalidInputError for a model of unknown prediction, a guidance weight that is not finite, a threshold out of range.
 */
export function evaluator(model: Model, options: EvaluatorOptions): Evaluate {
  const { schedule, guidance, threshold, checkFinite = true } = options;
  const main = denoisingModel(model);
  checkPrediction("model.prediction", main.prediction);
  if (guidance) checkGuidance(guidance);
  if (guidance?.kind === "classifier-free")
    checkPrediction("options.guidance.unconditional", denoisingModel(guidance.unconditional).prediction);
  if (threshold) checkThreshold(threshold);
  let calls = 0;
  return async (x, time, prediction) => {
    const call = calls++;
    const levels = { alpha: schedule.alpha(time), sigma: schedule.sigma(time) };
    const terms: LinearTerm[] = [];
    const add = (weight: number, from: Prediction, output: Tensor) => {
      const [ofState, ofOutput] = conversion(from, prediction, levels);
      if (ofState !== 0) terms.push([weight * ofState, x.alias()]);
      terms.push([weight * ofOutput, output]);
    };
    const ask = async (given: Model) => {
      const { prediction: from, predict } = denoisingModel(given);
      const output = await predict.call(given, x, time);
      const isX = output === x;
      checkOutput(output, x, isX);
      const answer = isX ? x.alias() : output;
      if (checkFinite && !(await allFinite(answer))) {
        answer.dispose();
        throw new DivergedError("the model", call, `its answer at time ${time} is not finite`, x);
      }
      return { from, answer };
    };
    try {
      const weight = guidance?.kind === "classifier-free" ? guidance.scale : 1;
      const { from, answer } = await ask(model);
      add(weight, from, answer);
      if (guidance?.kind === "classifier-free" && weight !== 1) {
        const unconditional = await ask(guidance.unconditional);
        add(1 - weight, unconditional.from, unconditional.answer);
      }
      if (guidance?.kind === "classifier") {
        const gradient = await ask({ prediction: "score", predict: guidance.gradient });
        // ε − w σ ∇ ln p is the score plus w ∇ ln p: x takes part in no conversion of a difference of scores.
        const [, ofOutput] = conversion("score", prediction, levels);
        terms.push([guidance.scale * ofOutput, gradient.answer]);
      }
    } catch (error) {
      for (const [, tensor] of terms) tensor.dispose();
      throw error;
    }
    const plain = evaluation(time, prediction, terms);
    return threshold ? withThreshold(plain, threshold) : plain;
  };
}

/** Adjusts predicted data; other kinds of prediction are left as they are. */
function withThreshold(given: Evaluation, threshold: Threshold): Evaluation {
  if (given.prediction !== "data") return given;
  using plain = given;
  using value = materialise(plain);
  return evaluation(given.time, "data", [[1, thresholded(value, threshold)]]);
}

function checkPrediction(argument: string, prediction: Prediction): void {
  if (!PREDICTIONS.includes(prediction))
    throw new InvalidInputError(argument, `one of ${PREDICTIONS.join(", ")}`, prediction);
}

function checkOutput(output: Tensor, x: Tensor, isX: boolean): void {
  const isAlike = output.dtype === x.dtype && output.device === x.device && String(output.shape) === String(x.shape);
  if (isAlike) return;
  const printed = `${output.dtype} [${output.shape}]`;
  if (!isX) output.dispose();
  throw new InvalidInputError("the model's answer", `${x.dtype} [${x.shape}] on the state's device`, printed);
}

/** A sum is finite where all its terms are; where it merely overflowed, the state is about to. */
export async function allFinite(tensor: Tensor): Promise<boolean> {
  using total = sum(tensor);
  return Number.isFinite(await total.item());
}
