import type { TensorTree } from "../differentiation/tree.ts";
import { DivergedError, InvalidInputError } from "../errors.ts";
import { flatResiduals, Linearisation } from "./linearisation.ts";
import {
  checkCounts,
  History,
  type MinimizationOptions,
  type MinimizationResult,
  type MinimizationStep,
  SPACING,
  type StopReason,
} from "./minimization.ts";
import { flatten, floatDTypeOf, unflatten } from "./vectors.ts";

/** An iteration of `gaussNewton`; its step size is the step's Euclidean length, 0 when it was refused. */
export interface GaussNewtonStep extends MinimizationStep {
  /** λ of the step. */
  readonly damping: number;
  /** Decrease of the value over the one that the linearised residuals promised; NaN at the start. */
  readonly gainRatio: number;
  /** Products with JᵀJ so far. */
  readonly products: number;
}

export interface GaussNewtonOptions extends MinimizationOptions<GaussNewtonStep> {
  /** Most steps, refused ones included. Default: 200. */
  readonly iterations?: number;
  /** First λ, > 0, as a share of the curvature along the gradient. Default: 1e-3 (Madsen, Nielsen, Tingleff, section 3.2). */
  readonly damping?: number;
  /** Most products with JᵀJ for one step. Default: 100. */
  readonly innerIterations?: number;
}

/**
 * Least value of ½ |r|², half the sum of squares of residuals, by steps that solve (JᵀJ + λ I) p = −Jᵀr with conjugate gradients: the method of Levenberg and Marquardt without a matrix.
 * For fits and physics-informed losses whose residuals become small or nearly linear: far fewer iterations than `lbfgs`, each of several products with J and Jᵀ.
 *
 * λ follows the gain ratio. Linear systems are solved to a relative residual of 0.1, and closer as the gradient falls. A step to where residuals or gradient are not finite is refused.
 *
 * Source: Madsen, Nielsen, Tingleff, "Methods for Non-linear Least Squares Problems" (2004), algorithm 3.16 (damping by Nielsen's rule);
 * Nocedal, Wright, "Numerical Optimization" (2006), section 7.1 (inexact steps); Conn, Gould, Toint, "Trust-Region Methods" (2000), section 17.4.2 (rounding in the gain ratio).
 *
 * @param residuals r, float tensors of any shapes and the parameters' dtype; synchronous, called several times for each step, tensors made in it are freed.
 * @param parameters where to start: float tensors of one dtype.
 * @returns new parameters, the caller's to dispose; the value is ½ |r|².
 * @throws InvalidInputError for bad options, parameters that are not floats of one dtype, residuals of another; DivergedError, with the last good parameters (the caller's to dispose) as
 *   `lastIterate`, when residuals or gradient are not finite at the start, or after every step however short.
 */
export async function gaussNewton<Parameters extends TensorTree>(
  residuals: (parameters: Parameters) => TensorTree,
  parameters: Parameters,
  options: GaussNewtonOptions = {},
): Promise<MinimizationResult<Parameters, GaussNewtonStep>> {
  const dtype = floatDTypeOf("gaussNewton: parameters", parameters);
  const { signal, damping: share = 1e-3, innerIterations = 100 } = options;
  const history = new History("gaussNewton", dtype, options, 200);
  if (!(share > 0 && share < Number.POSITIVE_INFINITY))
    throw new InvalidInputError("gaussNewton: options.damping", "a number > 0", share);
  checkCounts("gaussNewton: options", { innerIterations });

  const flat = flatResiduals(residuals, parameters);
  let [evaluations, products, growth] = [1, 0, 2];
  let current = await Linearisation.at(flat, flatten(parameters));
  const diverged = (reason: string) =>
    new DivergedError("gaussNewton", history.iterations + 1, reason, unflatten(parameters, current.x));
  const record = (stepSize: number, damping: number, gainRatio: number): StopReason | undefined => {
    const { value, gradientNorm } = current;
    return history.add({ value, gradientNorm, stepSize, evaluations, damping, gainRatio, products });
  };
  try {
    if (!current.isFinite) throw diverged("residuals or gradient are not finite at the start");
    const scale = Math.sqrt(current.gradientSquare);
    let damping = scale > 0 ? share * (await current.curvatureAlongGradient()) : 0;
    let reason = record(0, damping, Number.NaN);
    while (!reason) {
      const reduction = Math.min(0.1, Math.sqrt(Math.sqrt(current.gradientSquare) / scale));
      const promised = await current.dampedStep(damping, { reduction, products: innerIterations, signal });
      products += promised.products;
      if (signal?.aborted) {
        promised.target.dispose();
        reason = "aborted";
        break;
      }
      const next = await Linearisation.at(flat, promised.target, current);
      evaluations++;
      const rounding = 10 * SPACING[dtype] * current.value;
      const gainRatio = (next.decrease + rounding) / (promised.decrease + rounding);
      const isTaken = next.isFinite && gainRatio > 0;
      const used = damping;
      if (isTaken) {
        damping *= Math.max(1 / 3, 1 - (2 * gainRatio - 1) ** 3);
        growth = 2;
        current[Symbol.dispose]();
        current = next;
      } else {
        damping *= growth;
        growth *= 2;
        next[Symbol.dispose]();
      }
      reason = record(isTaken ? promised.length : 0, used, gainRatio);
      if (reason === "stalled" && !next.isFinite)
        throw diverged("residuals or gradient are not finite, however short the step");
    }
    return history.resultFor(reason, unflatten(parameters, current.x));
  } finally {
    current[Symbol.dispose]();
  }
}
