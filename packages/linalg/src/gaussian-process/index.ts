import {
  add,
  divide,
  exp,
  type FloatDType,
  fuse,
  InvalidInputError,
  isFloat,
  matmul,
  multiply,
  neg,
  type Shape,
  slice,
  sqrt,
  square,
  subtract,
  type Tensor,
} from "@ansatz/tensor";
import { solveTriangular } from "../kernels/solve-triangular/index.ts";
import { identity } from "../matrix-parts.ts";
import { factorCholesky } from "../solve/factorisations.ts";

/** Covariances of a function's values at points `[n, d]` with those at points `[m, d]`, as `[n, m]`. */
export type CovarianceFunction = (left: Tensor, right: Tensor) => Tensor;

export interface ExponentialCovarianceOptions {
  /** Of the function's values. Default 1. */
  readonly variance?: number;
  /** Over which values are alike. Default 1. */
  readonly lengthScale?: number;
}

/**
 * v exp(−|x − x'| / ℓ): continuous functions without derivatives, such as drifts that are known through noise (Matérn's family, ν = ½).
 *
 * Source: Rasmussen, Williams, "Gaussian Processes for Machine Learning" (2006), section 4.2.1.
 *
 * @throws InvalidInputError unless both numbers are positive.
 */
export function exponentialCovariance(options: ExponentialCovarianceOptions = {}): CovarianceFunction {
  const { variance = 1, lengthScale = 1 } = options;
  for (const [name, value] of Object.entries({ variance, lengthScale }))
    if (!(value > 0 && Number.isFinite(value)))
      throw new InvalidInputError(`exponentialCovariance: ${name}`, "a positive number", value);
  return (left, right) =>
    left.device.scope(() => {
      const number = (value: number) => left.device.full([1], value, left.dtype as FloatDType);
      // Differences of coordinates, not |x|² + |x'|² − 2 x·x', which loses what near points differ by.
      const coordinates = Array.from({ length: left.shape[1] }, (_, axis) => [
        slice(left, [null, [axis, axis + 1]]),
        slice(right, [null, [axis, axis + 1]]).reshape([1, right.shape[0]]),
      ]);
      return exponentialOfDistance(number(variance), number(lengthScale), ...coordinates.flat());
    });
}

const exponentialOfDistance = fuse((variance: Tensor, lengthScale: Tensor, ...coordinates: Tensor[]) => {
  let squares: Tensor | undefined;
  for (let at = 0; at < coordinates.length; at += 2) {
    const term = square(subtract(coordinates[at], coordinates[at + 1]));
    squares = squares ? add(squares, term) : term;
  }
  return multiply(variance, exp(neg(divide(sqrt(squares!), lengthScale))));
});

export interface GaussianProcessOptions {
  /** Default: `exponentialCovariance()`. */
  readonly covariance?: CovarianceFunction;
  /** Variance of the noise in the values, the same everywhere. */
  readonly noiseVariance: number;
  /** Added to the diagonal of the covariance matrix that is factored, against points that coincide. Default 10⁻⁶ (GPyTorch, Pyro). */
  readonly jitter?: number;
  /**
   * Points `[m, d]`, m ≪ n, whose functions k(·, u) the prediction is made of, for cost n m² instead of n³ (Nyström's approximation, a subset of regressors).
   * Default: the given points, which is exact.
   */
  readonly inducingPoints?: Tensor;
}

/** What is known of a function after its values were seen: the mean of the process given them. Dispose it when done. */
export class GaussianProcess<D extends FloatDType = FloatDType> implements Disposable {
  readonly covariance: CovarianceFunction;
  /** `[m, d]`. */
  readonly centers: Tensor<D>;
  /** `[m, outputs]`: predictions are Σ_m k(·, center_m) weight_m. */
  readonly weights: Tensor<D>;

  constructor(covariance: CovarianceFunction, centers: Tensor<D>, weights: Tensor<D>) {
    this.covariance = covariance;
    this.centers = centers;
    this.weights = weights;
  }

  /** The mean at points `[q, d]`, `[q, outputs]`. @throws InvalidInputError when shape or dtype do not fit. */
  predict(points: Tensor<D>): Tensor<D> {
    checkPoints("points", points, this.centers.shape[1], this.centers.dtype);
    return points.device.scope(() => matmul(this.covariance(points, this.centers), this.weights) as Tensor<D>);
  }

  [Symbol.dispose](): void {
    this.centers.dispose();
    this.weights.dispose();
  }
}

/**
 * Gaussian-process regression: the mean of a function with the given covariance and mean 0, given its values with noise at some points; k(·, X) (K + σ² I)⁻¹ y by Cholesky factorisation.
 * Several outputs share covariance and factorisation. Subtract from the values whatever mean they are thought to have, and add it to predictions.
 *
 * Choose it for some thousands of points (n³/3 operations) in a few dimensions, and `inducingPoints` for more.
 *
 * @param points `[n, d]`, float32 or float64.
 * @param values `[n, outputs]`, of the same dtype.
 * @throws InvalidInputError naming the argument at fault; NotPositiveDefiniteError where the covariance function is none, or noise and jitter vanish; UnsupportedError on tensorflow.
 *
 * Source: Rasmussen, Williams, "Gaussian Processes for Machine Learning" (2006), algorithm 2.1; with inducing points equation 8.14, in the stable form of Pyro's `SparseGPRegression`.
 */
export async function gaussianProcess<D extends FloatDType>(
  points: Tensor<D>,
  values: Tensor<D>,
  options: GaussianProcessOptions,
): Promise<GaussianProcess<D>> {
  const { covariance = exponentialCovariance(), noiseVariance, jitter = 1e-6 } = options;
  checkPoints("points", points);
  if (values.rank !== 2 || values.shape[0] !== points.shape[0] || values.dtype !== points.dtype)
    throw new InvalidInputError(
      "gaussianProcess: values",
      `${points.dtype} [${points.shape[0]}, outputs]`,
      `${values.dtype} [${values.shape}]`,
    );
  for (const [name, value] of Object.entries({ noiseVariance, jitter }))
    if (!(value >= 0 && Number.isFinite(value)))
      throw new InvalidInputError(`gaussianProcess: ${name}`, "a number ≥ 0", value);
  const inducing = options.inducingPoints as Tensor<D> | undefined;
  if (!inducing) return exactProcess(points, values, { covariance, noiseVariance, jitter });
  checkPoints("inducingPoints", inducing, points.shape[1], points.dtype);
  if (!(noiseVariance > 0))
    throw new InvalidInputError(
      "gaussianProcess: noiseVariance",
      "a positive number with inducing points",
      noiseVariance,
    );
  return inducedProcess(points, values, inducing, { covariance, noiseVariance, jitter });
}

interface Prior {
  readonly covariance: CovarianceFunction;
  readonly noiseVariance: number;
  readonly jitter: number;
}

async function exactProcess<D extends FloatDType>(
  points: Tensor<D>,
  values: Tensor<D>,
  { covariance, noiseVariance, jitter }: Prior,
): Promise<GaussianProcess<D>> {
  using matrix = points.device.scope(() =>
    withDiagonal(covariance(points, points) as Tensor<D>, noiseVariance + jitter),
  );
  using factors = await factorCholesky(matrix);
  return new GaussianProcess(covariance, copyOf(points), factors.solve(values));
}

/** With L Lᵀ = K_uu and W = L⁻¹ K_un: weights L⁻ᵀ (I + W Wᵀ/σ²)⁻¹ W y/σ². */
async function inducedProcess<D extends FloatDType>(
  points: Tensor<D>,
  values: Tensor<D>,
  inducing: Tensor<D>,
  { covariance, noiseVariance, jitter }: Prior,
): Promise<GaussianProcess<D>> {
  const { device } = points;
  using prior = device.scope(() => withDiagonal(covariance(inducing, inducing) as Tensor<D>, jitter));
  using lower = await factorCholesky(prior);
  const [matrix, right] = device.scope(() => {
    const w = solveTriangular(lower.factor, covariance(inducing, points) as Tensor<D>);
    const products = divide(matmul(w, w, { transposeB: true }), noiseVariance) as Tensor<D>;
    return [withDiagonal(products, 1), divide(matmul(w, values), noiseVariance) as Tensor<D>];
  });
  try {
    using factors = await factorCholesky(matrix);
    using solved = factors.solve(right);
    return new GaussianProcess(
      covariance,
      copyOf(inducing),
      solveTriangular(lower.factor, solved, { transpose: true }),
    );
  } finally {
    matrix.dispose();
    right.dispose();
  }
}

function withDiagonal<D extends FloatDType>(matrix: Tensor<D>, value: number): Tensor<D> {
  return add(matrix, multiply(identity(matrix, matrix.shape[0]), value)) as Tensor<D>;
}

function copyOf<D extends FloatDType>(tensor: Tensor<D>): Tensor<D> {
  return multiply(tensor, 1) as Tensor<D>;
}

function checkPoints(argument: string, points: Tensor, dimension?: number, dtype?: FloatDType): void {
  const shape: Shape = points.shape;
  const fits =
    points.rank === 2 &&
    shape[0] > 0 &&
    shape[1] > 0 &&
    isFloat(points.dtype) &&
    (dimension === undefined || shape[1] === dimension) &&
    (dtype === undefined || points.dtype === dtype);
  if (!fits)
    throw new InvalidInputError(
      `gaussianProcess: ${argument}`,
      `${dtype ?? "float32 or float64"} [count ≥ 1, ${dimension ?? "dimension ≥ 1"}]`,
      `${points.dtype} [${shape}]`,
    );
}
