import { type Device, InvalidInputError } from "@ansatz/tensor";
import { leastSquares } from "../solve/least-squares.ts";
import { withDevice } from "../with-device.ts";
import type { OrthonormalBasis } from "./basis.ts";
import type { PointSample } from "./sampling.ts";

export interface WeightedFitOptions {
  /** A device with float64. Default: a cpu device, opened and closed inside. */
  readonly device?: Device;
}

/** Coefficients [m, q] in the basis, row-major. */
export interface WeightedFit {
  readonly coefficients: Float64Array;
  /** q. */
  readonly functions: number;
  /** Value [q] of the fit at a point. */
  evaluate(point: ArrayLike<number>): Float64Array;
}

/**
 * The weighted least-squares fit: the v in the span of the basis with the least Σ w(x_i) (u(x_i) − v(x_i))², by QR and never by normal equations.
 *
 * @param values u(x_i) of one function [n], or of q functions [n, q], row-major.
 * @throws InvalidInputError for fewer points than functions, values that do not fit or are not finite, weights that are not positive.
 *
 * Source: "Weighted least-squares approximation with determinantal point processes and generalized volume sampling", the estimator.
 */
export async function fitWeighted(
  basis: OrthonormalBasis,
  { points, weights }: Pick<PointSample, "points" | "weights">,
  values: ArrayLike<number>,
  options: WeightedFitOptions = {},
): Promise<WeightedFit> {
  const { size: m, dimension: d } = basis;
  const n = weights.length;
  if (points.length !== n * d) throw new InvalidInputError("points", `[${n}, ${d}] numbers`, points.length);
  if (n < m) throw new InvalidInputError("points", `at least ${m}, one for each function`, n);
  if (values.length === 0 || values.length % n !== 0)
    throw new InvalidInputError("values", `[${n}] or [${n}, q] numbers`, values.length);
  for (let k = 0; k < n; k++)
    if (!(weights[k] > 0 && Number.isFinite(weights[k])))
      throw new InvalidInputError(`weights[${k}]`, "a positive number", weights[k]);
  for (let k = 0; k < values.length; k++)
    if (!Number.isFinite(values[k])) throw new InvalidInputError(`values[${k}]`, "a finite number", values[k]);
  const functions = values.length / n;
  const matrix = new Float64Array(n * m);
  const row = new Float64Array(m);
  for (let k = 0; k < n; k++) {
    basis.evaluate(points.subarray(k * d, (k + 1) * d), row);
    const root = Math.sqrt(weights[k]);
    for (let j = 0; j < m; j++) matrix[k * m + j] = root * row[j];
  }
  const right = Float64Array.from(values, (value, at) => value * Math.sqrt(weights[Math.floor(at / functions)]));
  const coefficients = await withDevice(options.device, async (device) => {
    using a = device.tensor(matrix, [n, m], "float64");
    using b = device.tensor(right, [n, functions], "float64");
    using x = leastSquares(a, b);
    return (await x.data()) as Float64Array;
  });
  return {
    coefficients,
    functions,
    evaluate(point) {
      basis.evaluate(point, row);
      return Float64Array.from({ length: functions }, (_, q) =>
        row.reduce((sum, value, j) => sum + value * coefficients[j * functions + q], 0),
      );
    },
  };
}

/** c_δ = δ + (1 − δ) ln(1 − δ), of the matrix Chernoff bound P(λ_min(G) < 1 − δ) ≤ m exp(−n c_δ / m) for independent points. */
export function chernoffConstant(stability: number): number {
  return stability + (1 - stability) * Math.log(1 - stability);
}

/** Independent points that are stable with probability 1 − η by the matrix Chernoff bound: n ≥ m ln(m/η) / c_δ. */
export function sufficientPoints(size: number, stability: number, failure: number): number {
  return Math.ceil((size * Math.log(size / failure)) / chernoffConstant(stability));
}
