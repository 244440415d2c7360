import { InvalidInputError, subtract, type Tensor } from "@ansatz/tensor";
import type { LinearOperator } from "./operator.ts";
import { type IterativeOptions, type IterativeResult, REMEDIES, type StopReason } from "./result.ts";
import { dot, numbers } from "./vectors.ts";

/** An iteration on its way: the norms that belong to it and the record of its residuals. */
export class IterationRun {
  readonly operator: LinearOperator;
  readonly b: Tensor;
  readonly tolerance: number;
  readonly maximumIterations: number;
  /** ‖b‖₂, or 1 where that is zero. */
  readonly scale: number;
  readonly residuals: number[] = [];
  readonly #options: IterativeOptions;

  private constructor(operator: LinearOperator, b: Tensor, scale: number, options: IterativeOptions) {
    this.operator = operator;
    this.b = b;
    this.scale = scale;
    this.tolerance = options.tolerance ?? (b.dtype === "float64" ? 1e-10 : 1e-5);
    this.maximumIterations = options.maximumIterations ?? 10 * operator.shape[1];
    this.#options = options;
  }

  /** @throws InvalidInputError for options that make no sense. */
  static async begin(method: string, operator: LinearOperator, b: Tensor, options: IterativeOptions) {
    const { tolerance = 0, maximumIterations = 0 } = options;
    if (!(tolerance >= 0)) throw new InvalidInputError(`${method}: options.tolerance`, "a number ≥ 0", tolerance);
    if (!Number.isInteger(maximumIterations) || maximumIterations < 0)
      throw new InvalidInputError(`${method}: options.maximumIterations`, "an integer ≥ 0", maximumIterations);
    const [square] = await numbers(dot(b, b));
    return new IterationRun(operator, b, Math.sqrt(square) || 1, options);
  }

  /** The first iterate, and the residual there. */
  start(): { x: Tensor; residual: Tensor } {
    const { device, dtype } = this.b;
    const { start } = this.#options;
    if (!start) return { x: device.zeros([this.operator.shape[1]], dtype), residual: this.b.alias() };
    return { x: start.alias(), residual: this.residualAt(start) };
  }

  residualAt(x: Tensor): Tensor {
    return this.b.device.scope(() => subtract(this.b, this.operator.apply(x)));
  }

  /** Notes the norm of the residual; says why to stop, if at all. */
  note(norm: number): StopReason | undefined {
    const relative = norm / this.scale;
    this.residuals.push(relative);
    const iteration = this.residuals.length - 1;
    if (iteration > 0) this.#options.onProgress?.(iteration, relative);
    if (relative <= this.tolerance) return "converged";
    if (!Number.isFinite(relative)) return "breakdown";
    if (this.#options.signal?.aborted) return "aborted";
    if (iteration >= this.maximumIterations) return "iterations";
    return undefined;
  }

  /** The result at the last iterate. */
  async finish(x: Tensor, reason: StopReason): Promise<IterativeResult> {
    const residual = this.b.device.scope(() => {
      const r = this.residualAt(x);
      return dot(r, r);
    });
    const [square] = await numbers(residual);
    return {
      x,
      reason,
      remedy: REMEDIES[reason],
      iterations: this.residuals.length - 1,
      residuals: this.residuals,
      residual: Math.sqrt(square) / this.scale,
    };
  }
}

/** Frees the tensors of a state that are not in the next one. */
export function replace<State extends Readonly<Record<string, Tensor>>>(before: State, after: State): State {
  const kept = new Set(Object.values(after));
  for (const each of Object.values(before)) if (!kept.has(each)) each.dispose();
  return after;
}
