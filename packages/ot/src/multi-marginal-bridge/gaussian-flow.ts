import type { CompleteFamily } from "./reference-family.ts";

/**
 * The transition of an Euler–Maruyama chain of the reference over some steps, linearised along its mean: X_R | x ~ N(mean, covariance), and how the mean moves with the state after the
 * first step. Exact where the drift is affine in the state.
 */
export class GaussianFlow {
  /** `[d]`. */
  readonly mean: Float64Array<ArrayBuffer>;
  /** `[d, d]`. */
  readonly covariance: Float64Array<ArrayBuffer>;
  /** ∂ mean / ∂ (state after the first step), `[d, d]`. */
  readonly sensitivity: Float64Array<ArrayBuffer>;
  /** Mean after the first step, `[d]`. */
  readonly firstMean: Float64Array<ArrayBuffer>;
  /** Steps in which the drift had to be held to a length of 1/Δ. */
  clampedSteps = 0;
  readonly #family: CompleteFamily | undefined;
  readonly #parameters: Float64Array<ArrayBuffer>;
  readonly #noise: number;
  readonly #dimension: number;
  readonly #drift: Float64Array<ArrayBuffer>;
  readonly #jacobian: Float64Array<ArrayBuffer>;
  readonly #product: Float64Array<ArrayBuffer>;
  readonly #step: Float64Array<ArrayBuffer>;

  /** @param family without one the reference is Brownian. @param noise σ. */
  constructor(
    family: CompleteFamily | undefined,
    parameters: Float64Array<ArrayBuffer>,
    noise: number,
    dimension: number,
  ) {
    this.#family = family;
    this.#parameters = parameters;
    this.#noise = noise;
    this.#dimension = dimension;
    const vector = () => new Float64Array(dimension);
    const matrix = () => new Float64Array(dimension * dimension);
    [this.mean, this.firstMean, this.#drift] = [vector(), vector(), vector()];
    [this.covariance, this.sensitivity, this.#jacobian, this.#product, this.#step] = [
      matrix(),
      matrix(),
      matrix(),
      matrix(),
      matrix(),
    ];
  }

  /** Drift at a state, held to a length of 1/Δ, into `into`. */
  driftAt(state: Float64Array<ArrayBuffer>, time: number, stepSize: number, into: Float64Array<ArrayBuffer>): void {
    if (!this.#family) {
      into.fill(0);
      return;
    }
    this.#family.drift(state, time, this.#parameters, into);
    let square = 0;
    for (let i = 0; i < this.#dimension; i++) square += into[i] * into[i];
    if (square * stepSize * stepSize <= this.#largestMove ** 2) return;
    this.clampedSteps++;
    const scale = this.#largestMove / (Math.sqrt(square) * stepSize);
    for (let i = 0; i < this.#dimension; i++) into[i] *= scale;
  }

  readonly #largestMove = 1;

  /** Flows from a state at a time over so many steps. */
  run(state: ArrayLike<number>, time: number, stepSize: number, steps: number): void {
    const d = this.#dimension;
    const { mean, covariance, sensitivity } = this;
    const variance = this.#noise ** 2 * stepSize;
    mean.set(state);
    covariance.fill(0);
    sensitivity.fill(0);
    if (!this.#family) {
      this.firstMean.set(state);
      for (let i = 0; i < d; i++) {
        covariance[i * (d + 1)] = variance * steps;
        sensitivity[i * (d + 1)] = 1;
      }
      return;
    }
    for (let step = 0; step < steps; step++) {
      const at = time + step * stepSize;
      if (step > 0) {
        this.#family.stateJacobian(mean, at, this.#parameters, this.#jacobian);
        for (let i = 0; i < d * d; i++) this.#step[i] = stepSize * this.#jacobian[i] + (i % (d + 1) === 0 ? 1 : 0);
        this.#leftMultiply(sensitivity);
        this.#leftMultiply(covariance);
        this.#rightMultiply(covariance);
      }
      this.driftAt(mean, at, stepSize, this.#drift);
      for (let i = 0; i < d; i++) {
        mean[i] += stepSize * this.#drift[i];
        covariance[i * (d + 1)] += variance;
      }
      if (step === 0) {
        this.firstMean.set(mean);
        for (let i = 0; i < d; i++) sensitivity[i * (d + 1)] = 1;
      }
    }
  }

  /** matrix ← A matrix. */
  #leftMultiply(matrix: Float64Array<ArrayBuffer>): void {
    const d = this.#dimension;
    const a = this.#step;
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) {
        let sum = 0;
        for (let m = 0; m < d; m++) sum += a[i * d + m] * matrix[m * d + j];
        this.#product[i * d + j] = sum;
      }
    matrix.set(this.#product);
  }

  /** matrix ← matrix Aᵀ. */
  #rightMultiply(matrix: Float64Array<ArrayBuffer>): void {
    const d = this.#dimension;
    const a = this.#step;
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) {
        let sum = 0;
        for (let m = 0; m < d; m++) sum += matrix[i * d + m] * a[j * d + m];
        this.#product[i * d + j] = sum;
      }
    matrix.set(this.#product);
  }
}

/** Lower triangular L with L Lᵀ = matrix, in place; returns the log-determinant of the matrix, NaN where it is not positive definite. Pivots below `floor` become 0 columns. */
export function choleskyInPlace(matrix: Float64Array<ArrayBuffer>, dimension: number, floor = 0): number {
  let logDeterminant = 0;
  for (let j = 0; j < dimension; j++) {
    let pivot = matrix[j * dimension + j];
    for (let m = 0; m < j; m++) pivot -= matrix[j * dimension + m] ** 2;
    if (!(pivot > floor)) {
      if (floor === 0) return Number.NaN;
      for (let i = j; i < dimension; i++) matrix[i * dimension + j] = 0;
      continue;
    }
    const root = Math.sqrt(pivot);
    logDeterminant += 2 * Math.log(root);
    matrix[j * dimension + j] = root;
    for (let i = j + 1; i < dimension; i++) {
      let value = matrix[i * dimension + j];
      for (let m = 0; m < j; m++) value -= matrix[i * dimension + m] * matrix[j * dimension + m];
      matrix[i * dimension + j] = value / root;
    }
  }
  return logDeterminant;
}

/** Solves L z = vector in place. */
export function forwardSubstitute(
  lower: Float64Array<ArrayBuffer>,
  vector: Float64Array<ArrayBuffer>,
  dimension: number,
): void {
  for (let i = 0; i < dimension; i++) {
    let value = vector[i];
    for (let m = 0; m < i; m++) value -= lower[i * dimension + m] * vector[m];
    vector[i] = value / lower[i * dimension + i];
  }
}
