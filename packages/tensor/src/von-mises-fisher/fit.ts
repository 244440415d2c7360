import { isFloat } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { subtract } from "../kernels/map/binary.ts";
import { abs, sqrt, square } from "../kernels/map/unary.ts";
import { max, mean, sum } from "../kernels/reduce/index.ts";
import type { Tensor } from "../tensor.ts";
import {
  checkConcentration,
  checkDimension,
  meanResultantLength,
  vonMisesFisherLogNormalizer,
} from "./distribution.ts";

/** One Newton step, or the start. */
export interface ConcentrationStep {
  readonly concentration: number;
  /** A_p(κ) − R̄. */
  readonly residual: number;
}

export interface ConcentrationResult {
  readonly concentration: number;
  readonly reason: "converged" | "iteration-limit" | "stalled";
  /** What to do about the reason. */
  readonly remedy: string;
  /** The start, and each step. */
  readonly history: readonly ConcentrationStep[];
}

export interface ConcentrationOptions {
  /** Most Newton steps. Default: 20; two or three are enough from 10 dimensions on. */
  readonly iterations?: number;
  /** Relative change of the concentration at which to stop. Default: 1e-12. */
  readonly tolerance?: number;
}

/** A fitted distribution. */
export interface VonMisesFisherFit extends ConcentrationResult {
  /** m, `[p]`, of length 1. */
  readonly meanDirection: Float64Array<ArrayBuffer>;
  /** R̄, the length of the samples' mean. */
  readonly meanResultantLength: number;
  /** Mean over the samples of the logarithm of the fitted density. */
  readonly logLikelihood: number;
}

const REMEDIES: Readonly<Record<ConcentrationResult["reason"], string>> = {
  converged: "Nothing is wrong.",
  "iteration-limit": "Raise options.iterations.",
  stalled:
    "The samples are so concentrated that rounding hides the slope: the concentration is as exact as the mean's length says.",
};

/** Beyond, the length of the mean does not tell points apart from one. */
const DEGENERATE = 1 - 1e-15;

/**
 * Concentration κ with A_p(κ) = R̄, the maximum-likelihood estimate: Newton's method from R̄ (p − R̄²) / (1 − R̄²).
 *
 * @param dimension p ≥ 2, the length of the vectors.
 * @param resultantLength R̄ in [0, 1), the length of the samples' mean.
 * @throws InvalidInputError for another dimension or length: for R̄ ≥ 1 − 10⁻¹⁵ all points are equal, and no concentration is the best.
 * Source: the start is Banerjee et al., "Clustering on the unit hypersphere using von Mises–Fisher distributions" (JMLR, 2005); the steps are Sra, "A short note on parameter approximation for von
 * Mises–Fisher distributions" (2012).
 */
export function fitConcentration(
  dimension: number,
  resultantLength: number,
  { iterations = 20, tolerance = 1e-12 }: ConcentrationOptions = {},
): ConcentrationResult {
  checkDimension(dimension);
  if (!(resultantLength >= 0 && resultantLength <= 1))
    throw new InvalidInputError("resultantLength", "a number in [0, 1)", resultantLength);
  if (resultantLength >= DEGENERATE)
    throw new InvalidInputError(
      "samples",
      "points that are not all equal (degenerate)",
      `a mean of length ${resultantLength}`,
    );
  if (resultantLength === 0) return resultOf("converged", [{ concentration: 0, residual: 0 }]);
  const squareLength = resultantLength ** 2;
  let concentration = (resultantLength * (dimension - squareLength)) / (1 - squareLength);
  const history: ConcentrationStep[] = [];
  for (let step = 0; ; step++) {
    const length = meanResultantLength(dimension, concentration);
    const residual = length - resultantLength;
    history.push({ concentration, residual });
    // A step from here would follow rounding only.
    if (Math.abs(residual) <= 2 ** -53 * resultantLength) return resultOf("converged", history);
    if (step === iterations) return resultOf("iteration-limit", history);
    const slope = 1 - length ** 2 - ((dimension - 1) * length) / concentration;
    if (!(slope > 0)) return resultOf("stalled", history);
    const next = Math.max(concentration / 2, concentration - residual / slope);
    const change = Math.abs(next - concentration);
    concentration = next;
    if (change <= tolerance * concentration) {
      history.push({ concentration, residual: meanResultantLength(dimension, concentration) - resultantLength });
      return resultOf("converged", history);
    }
  }
}

function resultOf(reason: ConcentrationResult["reason"], history: readonly ConcentrationStep[]): ConcentrationResult {
  return { concentration: history.at(-1)!.concentration, reason, remedy: REMEDIES[reason], history };
}

/** Deviation of a vector's length from 1 that is taken for rounding, by dtype: float32 carries 6·10⁻⁸ of each of thousands of squares. */
const LENGTH_TOLERANCE = { float32: 1e-5, float64: 1e-6 };

/**
 * Fits a von Mises–Fisher distribution to points of the unit sphere by maximum likelihood.
 *
 * @param samples `[n, p]`, float32 or float64, n ≥ 1, p ≥ 2; rows of length 1 within 10⁻⁶ (float32: 10⁻⁵).
 * @throws InvalidInputError on other shapes, dtypes or lengths, and when all points are equal.
 * Source: "Accurate Computation of the Logarithm of Modified Bessel Functions on GPUs", application to von Mises–Fisher distributions.
 */
export async function fitVonMisesFisher(
  samples: Tensor,
  options: ConcentrationOptions = {},
): Promise<VonMisesFisherFit> {
  const { dtype, shape, device } = samples;
  if (!isFloat(dtype) || shape.length !== 2 || shape[0] === 0)
    throw new InvalidInputError(
      "samples",
      "a tensor of float32 or float64 of shape [n ≥ 1, p ≥ 2]",
      `${dtype} [${shape}]`,
    );
  checkDimension(shape[1]);
  const { deviation, average } = device.scope(() => ({
    deviation: max(abs(subtract(sqrt(sum(square(samples), { axes: 1 })), 1))),
    average: mean(samples, { axes: 0 }),
  }));
  using farthest = deviation;
  using center = average;
  const worst = await farthest.item();
  if (!(worst <= LENGTH_TOLERANCE[dtype]))
    throw new InvalidInputError(
      "samples",
      `rows of length 1 within ${LENGTH_TOLERANCE[dtype]}`,
      `one that is off by ${worst}`,
    );
  const values = Float64Array.from(await center.data());
  const resultantLength = Math.min(1, Math.sqrt(values.reduce((total, value) => total + value ** 2, 0)));
  const result = fitConcentration(shape[1], resultantLength, options);
  return {
    ...result,
    // Of a mean of 0 every direction is as good.
    meanDirection: resultantLength > 0 ? values.map((value) => value / resultantLength) : values.fill(1, 0, 1),
    meanResultantLength: resultantLength,
    logLikelihood: meanLogLikelihood(shape[1], resultantLength, result.concentration),
  };
}

/**
 * Mean logarithm of the density of samples whose mean has length R̄, for the best mean direction: log C_p(κ) + κ R̄, which `fitConcentration` maximises.
 *
 * @throws InvalidInputError for a dimension that is no integer ≥ 2, a length outside of [0, 1], a concentration that is no finite number ≥ 0.
 */
export function meanLogLikelihood(dimension: number, resultantLength: number, concentration: number): number {
  checkConcentration(concentration);
  if (!(resultantLength >= 0 && resultantLength <= 1))
    throw new InvalidInputError("resultantLength", "a number in [0, 1]", resultantLength);
  return vonMisesFisherLogNormalizer(dimension, concentration) + concentration * resultantLength;
}
