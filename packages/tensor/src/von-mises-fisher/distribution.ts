import type { DType } from "../dtype.ts";
import { isFloat } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { logGammaOfOnePlus } from "../kernels/log-bessel/gamma.ts";
import { besselRatioI, logBesselI } from "../kernels/log-bessel/index.ts";
import { add, multiply, subtract } from "../kernels/map/binary.ts";
import { log } from "../kernels/map/unary.ts";
import { sum } from "../kernels/reduce/index.ts";
import type { Tensor } from "../tensor.ts";

// The density on the unit sphere of ℝᵖ at x is C_p(κ) exp(κ m·x), with C_p(κ) = κᵛ / ((2π)^(p/2) I_v(κ)), v = p/2 − 1.

/** @throws InvalidInputError unless the dimension p of the space around the sphere is an integer of at least 2. */
export function checkDimension(dimension: number): void {
  if (!Number.isInteger(dimension) || dimension < 2)
    throw new InvalidInputError("dimension", "an integer ≥ 2, the length of the vectors", dimension);
}

/** @throws InvalidInputError unless a concentration is a finite number ≥ 0. */
export function checkConcentration(concentration: number): void {
  if (!(concentration >= 0 && Number.isFinite(concentration)))
    throw new InvalidInputError("concentration", "a finite number ≥ 0", concentration);
}

/**
 * log C_p(κ), the logarithm of what a von Mises–Fisher density is normalised by, relative to the sphere's surface measure; in any dimension without overflow.
 *
 * A tensor of concentrations must be positive (not checked: NaN at 0); it is differentiable to any order.
 *
 * @param dimension p ≥ 2, the length of the vectors.
 * @param concentration κ ≥ 0.
 * @throws InvalidInputError for another dimension or concentration, or a tensor that is not float32 or float64.
 * Source: "Accurate Computation of the Logarithm of Modified Bessel Functions on GPUs", application to von Mises–Fisher distributions.
 */
export function vonMisesFisherLogNormalizer(dimension: number, concentration: number): number;
export function vonMisesFisherLogNormalizer<D extends DType>(dimension: number, concentration: Tensor<D>): Tensor<D>;
export function vonMisesFisherLogNormalizer(dimension: number, concentration: Tensor | number): Tensor | number {
  checkDimension(dimension);
  const order = dimension / 2 - 1;
  const constant = (dimension / 2) * Math.log(2 * Math.PI);
  if (typeof concentration === "number") {
    checkConcentration(concentration);
    // The density of the uniform distribution, what the rest tends to.
    if (concentration === 0) return order * Math.LN2 + logGammaOfOnePlus(order) - constant;
    return order * Math.log(concentration) - constant - logBesselI(order, concentration);
  }
  const { device } = concentration;
  return device.scope(() =>
    subtract(subtract(multiply(log(concentration), order), constant), logBesselI(order, concentration)),
  );
}

/**
 * Logarithm of the density at points of the unit sphere, relative to its surface measure; differentiable in all three to any order.
 *
 * @param x `[…, p]`, float32 or float64, each of length 1 (not checked).
 * @param meanDirection m, `[p]` or a shape that broadcasts to `x`'s, of length 1 (not checked).
 * @param concentration κ > 0: a number, or a tensor that broadcasts to `[…]`.
 * @returns `[…]`.
 * @throws InvalidInputError on other dtypes, on shapes that do not broadcast, for vectors of fewer than two entries.
 */
export function vonMisesFisherLogDensity<D extends DType>(
  x: Tensor<D>,
  meanDirection: Tensor<D>,
  concentration: Tensor<D> | number,
): Tensor<D> {
  if (!isFloat(x.dtype) || x.rank === 0)
    throw new InvalidInputError(
      "x",
      "a tensor of float32 or float64, its last axis the vectors",
      `${x.dtype} [${x.shape}]`,
    );
  const dimension = x.shape[x.rank - 1];
  checkDimension(dimension);
  return x.device.scope(() => {
    const cosine = sum(multiply(x, meanDirection), { axes: -1 }) as Tensor<D>;
    const normalizer =
      typeof concentration === "number"
        ? vonMisesFisherLogNormalizer(dimension, concentration)
        : vonMisesFisherLogNormalizer(dimension, concentration);
    return add(multiply(cosine, concentration), normalizer);
  });
}

/**
 * A_p(κ) = I_(p/2)(κ) / I_(p/2−1)(κ), the length of the mean of a von Mises–Fisher distribution: 0 for the uniform distribution, towards 1 as it concentrates.
 *
 * @throws InvalidInputError for a dimension that is no integer ≥ 2, a concentration that is no finite number ≥ 0.
 */
export function meanResultantLength(dimension: number, concentration: number): number {
  checkDimension(dimension);
  checkConcentration(concentration);
  return besselRatioI(dimension / 2 - 1, concentration);
}

/**
 * Differential entropy of a von Mises–Fisher distribution relative to the sphere's surface measure: −log C_p(κ) − κ A_p(κ).
 *
 * @throws InvalidInputError for a dimension that is no integer ≥ 2, a concentration that is no finite number ≥ 0.
 */
export function vonMisesFisherEntropy(dimension: number, concentration: number): number {
  return (
    -vonMisesFisherLogNormalizer(dimension, concentration) -
    concentration * meanResultantLength(dimension, concentration)
  );
}
