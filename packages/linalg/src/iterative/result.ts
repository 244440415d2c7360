import type { Tensor } from "@ansatz/tensor";
import type { Preconditioner } from "./operator.ts";

/** Why an iteration ended. */
export type StopReason = "converged" | "iterations" | "breakdown" | "indefinite" | "aborted";

/** What to do about it. */
export const REMEDIES: Readonly<Record<StopReason, string>> = {
  converged: "Nothing: the residual is within the tolerance.",
  iterations: "Allow more iterations, use a better preconditioner, or ask for less.",
  breakdown:
    "The method divides by a number that has become zero or not finite: start elsewhere, or use GMRES, which does not.",
  indefinite: "The matrix or the preconditioner is not positive definite: use MINRES or GMRES.",
  aborted: "The signal was raised; x is the last iterate.",
};

/** Options of every iterative method. */
export interface IterativeOptions {
  /** Largest ‖b − A x‖₂ / ‖b‖₂ of a solution. Default: 10⁻¹⁰ in float64, 10⁻⁵ in float32. */
  readonly tolerance?: number;
  /** Default: ten times the unknowns. */
  readonly maximumIterations?: number;
  /** First iterate, [columns]; it is not changed. Default: zero. */
  readonly start?: Tensor;
  /** Ends the iteration at the next step; the result then has reason `"aborted"`. */
  readonly signal?: AbortSignal;
  /** Called after every iteration. */
  readonly onProgress?: (iteration: number, relativeResidual: number) => void;
}

export interface PreconditionedOptions extends IterativeOptions {
  /** Default: none. */
  readonly preconditioner?: Preconditioner;
}

/** What an iterative method found. */
export interface IterativeResult {
  /** The last iterate, [columns]; the caller disposes of it. */
  readonly x: Tensor;
  readonly reason: StopReason;
  /** What to do about the reason. */
  readonly remedy: string;
  readonly iterations: number;
  /** Relative residual before the first iteration and after each, as the method's recurrence has it. */
  readonly residuals: readonly number[];
  /** ‖b − A x‖₂ / ‖b‖₂ of the result, computed from it. */
  readonly residual: number;
}
