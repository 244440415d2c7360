import { stopGradient } from "../../differentiation/transforms.ts";
import { isComplex, isDifferentiable } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { normalizeAxes, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { absSquare } from "../complex-map/functions.ts";
import { divide, multiply, power, subtract } from "../map/binary.ts";
import { equal, greaterEqual, less, logicalAnd } from "../map/comparison.ts";
import { abs, sqrt, square } from "../map/unary.ts";
import { where } from "../map/where.ts";
import { max, mean, sum } from "./index.ts";
import { type AxesOptions, inferReduction } from "./reductions.ts";

export interface VarianceOptions extends AxesOptions {
  /** What the number of elements is lessened by before the sum of squares is divided by it: 0 for the variance of these numbers, 1 for an unbiased estimate from a sample. Default: 0, as NumPy. */
  readonly correction?: number;
}

export interface NormOptions extends AxesOptions {
  /** p ≥ 1 of (Σ |x|ᵖ)^(1/p); 1 for the sum, Infinity for the largest of the magnitudes. Default: 2. */
  readonly order?: number;
}

/**
 * Variance over axes: the mean of |x − mean|², a real tensor also for complex numbers. In two passes, so that it loses no digits where the mean is large.
 *
 * @param x float or complex.
 * @throws InvalidInputError for another dtype, an axis out of range or repeated, and when the correction leaves nothing to divide by.
 */
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  const { axes, keepDimensions, correction = 0 } = options;
  const divisor = degreesOfFreedom("variance", x, axes, correction);
  return x.device.scope(() => {
    const centred = subtract(x, mean(x, { axes, keepDimensions: true }));
    const squares = isComplex(x.dtype) ? absSquare(centred) : square(centred);
    return divide(sum(squares, { axes, keepDimensions }), divisor);
  });
}

/**
 * Standard deviation over axes: the root of `variance`, without overflow on the way. Its derivative where all elements are the same, which does not exist, is 0.
 *
 * @param x float or complex.
 * @throws InvalidInputError as `variance`.
 */
export function standardDeviation(x: Tensor, options: VarianceOptions = {}): Tensor {
  const { axes, keepDimensions, correction = 0 } = options;
  const divisor = degreesOfFreedom("standardDeviation", x, axes, correction);
  return x.device.scope(() => {
    const centred = subtract(x, mean(x, { axes, keepDimensions: true }));
    return divide(norm(centred, { axes, keepDimensions }), Math.sqrt(divisor));
  });
}

/**
 * p-norm over axes, (Σ |x|ᵖ)^(1/p), a real tensor also for complex numbers; 0 for nothing. Elements are divided by the largest magnitude first, so that their powers neither overflow nor
 * underflow; where that is below the smallest normal number the result may be 0. Infinite where an element is, NaN where one is.
 *
 * Derivatives: of the norm of zeros 0; for order 1 that of |x| at 0 is 0; for order Infinity the largest magnitudes share it equally. Further ones where an element is 0 exist up to the
 * order of the norm.
 *
 * @param x float or complex.
 * @throws InvalidInputError for another dtype, an axis out of range or repeated, an order below 1, and for the largest magnitude of nothing.
 */
export function norm(x: Tensor, options: NormOptions = {}): Tensor {
  const { order = 2, ...over } = options;
  checkContinuous("norm", x);
  if (!(order >= 1)) throw new InvalidInputError("norm: order", "a number ≥ 1, or Infinity", order);
  normalizeAxes("norm", x.rank, over.axes);
  return x.device.scope(() => {
    if (order === 1) return sum(abs(x), over);
    if (order === Number.POSITIVE_INFINITY) return max(abs(x), over);
    const magnitudes = order === 2 && !isComplex(x.dtype) ? x : abs(x);
    const scale = scaleOf(magnitudes, over);
    const scaled = divide(magnitudes, scale);
    const total = sum(order === 2 ? square(scaled) : power(scaled, order), { ...over, keepDimensions: true });
    const isZero = equal(total, 0);
    // The root has no derivative at 0; where it is 0 anyway, that of a constant is taken.
    const positive = where(isZero, 1, total);
    const root = where(isZero, 0, order === 2 ? sqrt(positive) : power(positive, 1 / order));
    return multiply(root, scale).reshape(inferReduction(magnitudes, { ...over, operation: "sum" }).shape);
  });
}

/** The largest magnitude, or 1 where that is 0, infinite or NaN; of the reduced shape with its axes kept. A constant to derivatives, since the norm does not depend on it. */
function scaleOf(magnitudes: Tensor, { axes }: AxesOptions): Tensor {
  const constant = stopGradient(magnitudes);
  // Nothing has no largest magnitude.
  if (magnitudes.size === 0) return sum(constant, { axes, keepDimensions: true });
  const largest = max(abs(constant), { axes, keepDimensions: true });
  // What is not a normal number is 0 on some devices.
  const smallest = magnitudes.dtype === "float32" ? 2 ** -126 : 2 ** -1022;
  const isOrdinary = logicalAnd(greaterEqual(largest, smallest), less(largest, Number.POSITIVE_INFINITY));
  return where(isOrdinary, largest, 1);
}

function degreesOfFreedom(operation: string, x: Tensor, axes: AxesOptions["axes"], correction: number): number {
  checkContinuous(operation, x);
  const count = sizeOf(normalizeAxes(operation, x.rank, axes).map((axis) => x.shape[axis]));
  if (!Number.isFinite(correction) || correction >= count)
    throw new InvalidInputError(
      `${operation}: correction`,
      `a number below ${count}, the elements there are`,
      correction,
    );
  return count - correction;
}

function checkContinuous(operation: string, x: Tensor): void {
  if (!isDifferentiable(x.dtype))
    throw new InvalidInputError(`${operation}: x`, "a tensor of floats or complex numbers", x.dtype);
}
