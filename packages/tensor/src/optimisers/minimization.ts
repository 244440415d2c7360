import type { TensorTree } from "../differentiation/tree.ts";
import type { FloatDType } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";

/** One iteration of a minimisation, or its start. */
export interface MinimizationStep {
  /** Of the function, after the step. */
  readonly value: number;
  /** Largest magnitude of an entry of the gradient, after the step. */
  readonly gradientNorm: number;
  /** Length of the step in units of the direction taken; 0 where none was. */
  readonly stepSize: number;
  /** Evaluations of the function so far. */
  readonly evaluations: number;
}

/** Why a minimisation stopped. */
export type StopReason = "converged" | "iteration-limit" | "stalled" | "aborted";

export interface MinimizationResult<Parameters extends TensorTree, Step extends MinimizationStep = MinimizationStep> {
  /** New tensors, the caller's to dispose; those given are as they were. */
  readonly parameters: Parameters;
  readonly value: number;
  readonly reason: StopReason;
  /** What to do about the reason. */
  readonly remedy: string;
  /** The start, and each iteration. */
  readonly history: readonly Step[];
}

export interface MinimizationOptions<Step extends MinimizationStep = MinimizationStep> {
  /**
   * Largest magnitude of an entry of the gradient at which to stop. Default: the root of the dtype's rounding unit, 1.1e-8 for float64 and 2.4e-4 for float32:
   * about there rounding hides the differences between values of a function of scale 1.
   */
  readonly gradientTolerance?: number;
  /** Most iterations. */
  readonly iterations?: number;
  /** Stops with the point reached, and reason `"aborted"`. */
  readonly signal?: AbortSignal;
  /** Called at the start and after each iteration. */
  readonly onProgress?: (step: Step) => void;
}

const REMEDIES: Readonly<Record<StopReason, string>> = {
  converged: "Nothing is wrong; for a more exact answer lower options.gradientTolerance.",
  "iteration-limit": "Raise options.iterations, or go on from the returned parameters.",
  stalled:
    "Rounding hides any further decrease: use float64, bring values and parameters to a scale of about 1, raise options.gradientTolerance, or check the gradient.",
  aborted: "Go on from the returned parameters.",
};

/** Spacing of the numbers next to 1, by dtype. */
export const SPACING: Readonly<Record<FloatDType, number>> = { float32: 2 ** -23, float64: 2 ** -52 };

/** Iterations in a row without a lower value or a smaller gradient, after which only rounding moves the point. */
const PATIENCE = 10;

/** What a minimisation has done, and whether it is done. */
export class History<Step extends MinimizationStep> {
  readonly #steps: Step[] = [];
  readonly #options: MinimizationOptions<Step>;
  readonly #tolerance: number;
  readonly #iterations: number;
  #lowest = Number.POSITIVE_INFINITY;
  #flattest = Number.POSITIVE_INFINITY;
  #idle = 0;

  /** @throws InvalidInputError */
  constructor(method: string, dtype: FloatDType, options: MinimizationOptions<Step>, iterations: number) {
    this.#options = options;
    this.#tolerance = options.gradientTolerance ?? Math.sqrt(SPACING[dtype] / 2);
    this.#iterations = options.iterations ?? iterations;
    checkNumbers(`${method}: options`, { gradientTolerance: this.#tolerance });
    checkCounts(`${method}: options`, { iterations: this.#iterations });
  }

  /** Iterations done. */
  get iterations(): number {
    return this.#steps.length - 1;
  }

  /** Takes a step down. @returns why to stop, if so. */
  add(step: Step): StopReason | undefined {
    this.#steps.push(step);
    const isBetter = step.value < this.#lowest || step.gradientNorm < this.#flattest;
    this.#lowest = Math.min(this.#lowest, step.value);
    this.#flattest = Math.min(this.#flattest, step.gradientNorm);
    this.#idle = isBetter ? 0 : this.#idle + 1;
    this.#options.onProgress?.(step);
    if (step.gradientNorm <= this.#tolerance) return "converged";
    if (this.#options.signal?.aborted) return "aborted";
    if (this.iterations >= this.#iterations) return "iteration-limit";
    return this.#idle >= PATIENCE ? "stalled" : undefined;
  }

  resultFor<Parameters extends TensorTree>(
    reason: StopReason,
    parameters: Parameters,
  ): MinimizationResult<Parameters, Step> {
    const { value } = this.#steps[this.#steps.length - 1];
    return { parameters, value, reason, remedy: REMEDIES[reason], history: this.#steps };
  }
}

/** @throws InvalidInputError unless all are finite and ≥ 0. */
function checkNumbers(argument: string, numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers))
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new InvalidInputError(`${argument}.${name}`, "a number ≥ 0", value);
}

/** @throws InvalidInputError unless all are integers ≥ 1. */
export function checkCounts(argument: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts))
    if (!Number.isInteger(value) || value < 1)
      throw new InvalidInputError(`${argument}.${name}`, "an integer ≥ 1", value);
}
