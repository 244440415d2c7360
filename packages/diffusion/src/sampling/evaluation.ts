import type { Tensor } from "@ansatz/tensor";
import type { Prediction } from "../models/prediction.ts";
import { type LinearTerm, linearCombinationOf } from "./combination.ts";

/**
 * What a model said of one state: a value of the kind `prediction`, kept as a linear form of tensors, so that converting one prediction into another and combining guided predictions
 * cost no pass over the numbers of their own. It owns its tensors: dispose it.
 */
export interface Evaluation extends Disposable {
  readonly time: number;
  readonly prediction: Prediction;
  /** The value is Σ coefficient · tensor. */
  readonly terms: readonly LinearTerm[];
}

/** @param terms taken over: disposing the evaluation disposes their tensors. */
export function evaluation(time: number, prediction: Prediction, terms: readonly LinearTerm[]): Evaluation {
  const made = { time, prediction, terms };
  // Not enumerable: an evaluation is plain data to whoever looks at it, or stores it.
  Object.defineProperty(made, Symbol.dispose, {
    value: () => {
      for (const [, tensor] of terms) tensor.dispose();
    },
  });
  return made as typeof made & Disposable;
}

export function isEvaluation(value: unknown): value is Evaluation {
  return typeof value === "object" && value !== null && "prediction" in value && "terms" in value && "time" in value;
}

/** A coefficient and what it multiplies. */
export type Term = readonly [coefficient: number, value: Tensor | Evaluation];

/**
 * Σ coefficient · value in one pass over the numbers (as long as at most eight tensors are behind the values): what every update of every solver is.
 *
 * @returns a new tensor.
 */
export function combine(terms: readonly Term[]): Tensor {
  return linearCombinationOf(linearTermsOf(terms));
}

/** Coefficients of the tensors behind the values. */
export function linearTermsOf(terms: readonly Term[]): LinearTerm[] {
  return terms.flatMap(([coefficient, value]) =>
    isEvaluation(value)
      ? value.terms.map(([factor, tensor]): LinearTerm => [coefficient * factor, tensor])
      : [[coefficient, value] as const],
  );
}

/** The value of an evaluation as a tensor of its own. */
export function materialise(given: Evaluation): Tensor {
  return linearCombinationOf(given.terms);
}
