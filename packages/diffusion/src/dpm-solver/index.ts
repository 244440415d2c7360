import type { SamplerState, Solver } from "../sampling/solver.ts";
import { type AdaptiveState, adaptivePlan } from "./adaptive.ts";
import { multistepPlan } from "./multistep.ts";
import {
  type AdaptiveOptions,
  checkDpmOptions,
  type DpmSolverOptions,
  type MultistepOptions,
  type SinglestepOptions,
} from "./options.ts";
import { singlestepPlan } from "./singlestep.ts";

export type { AdaptiveState } from "./adaptive.ts";
export type { AdaptiveOptions, DpmOrder, DpmSolverOptions, MultistepOptions, SinglestepOptions } from "./options.ts";

/**
 * DPM-Solver and DPM-Solver++: the linear part of the probability-flow equation is solved exactly, and only the model is expanded along the path.
 *
 * - `method: "singlestep"` (default): steps of order 1 (DDIM), 2 or 3 with as many evaluations each. Given `steps`, all are of full order; given `evaluations`, the budget is spent on as many
 *   steps of order 3 as fit and lower ones at the end ("DPM-Solver-fast").
 * - `method: "multistep"`: one evaluation per step. With `prediction: "data"` these are DPM-Solver++(2M) and (3M), the usual choice for guided and latent models.
 * - `method: "adaptive"`: steps chosen to a tolerance.
 *
 * Default grid: uniform in λ; `"time-uniform"` is recommended for high resolutions and latents. Where sampling ends, the paper takes 1e-3 for at most 15 evaluations
 * and 1e-4 beyond.
 *
 * Names and symbols of the paper: `innerPoints` r₁, r₂; `safety` θ; `initialStep` h_init.
 *
 * @throws InvalidInputError for options out of range.
 *
 * Source: "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling in Around 10 Steps", algorithms 1–4 and appendices C, D; "DPM-Solver++", algorithms 1, 2.
 */
export function dpmSolver(options: AdaptiveOptions): Solver<AdaptiveState>;
export function dpmSolver(options?: SinglestepOptions | MultistepOptions): Solver;
export function dpmSolver(options: DpmSolverOptions = {}): Solver<SamplerState> | Solver<AdaptiveState> {
  checkDpmOptions(options);
  const { variant = "difference" } = options;
  if (options.method === "adaptive") {
    const { prediction = "noise", order = 3 } = options;
    const name = `${titleOf(prediction)} adaptive ${order - 1}${order}`;
    return {
      name,
      prediction,
      plan: (problem) => adaptivePlan(problem, { schedule: problem.schedule, prediction, variant }, options),
    };
  }
  if (options.method === "multistep") {
    const { prediction = "data", order = 2 } = options;
    return {
      name: `${titleOf(prediction)} ${order}M`,
      prediction,
      plan: (problem) => multistepPlan(problem, { schedule: problem.schedule, prediction, variant }, options),
    };
  }
  const { prediction = "noise", order = 3 } = options;
  return {
    name: `${titleOf(prediction)} ${order}S`,
    prediction,
    plan: (problem) => singlestepPlan(problem, { schedule: problem.schedule, prediction, variant }, options),
  };
}

function titleOf(prediction: "noise" | "data"): string {
  return prediction === "noise" ? "DPM-Solver" : "DPM-Solver++";
}
