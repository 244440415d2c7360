import { eigenvaluesSymmetric, symmetricFunction } from "@ansatz/linalg";
import {
  add,
  InvalidInputError,
  matmul,
  maximum,
  multiply,
  openDevice,
  sqrt,
  square,
  subtract,
  sum,
  type Tensor,
} from "@ansatz/tensor";

/** Samples one after the other, `dimension` numbers each. */
export type Samples = ArrayLike<number>;

/** Root of the mean squared difference of corresponding numbers: how far a solver is from the trajectory it should follow. @throws InvalidInputError unless both have as many numbers. */
export function rootMeanSquare(a: Samples, b: Samples): number {
  if (a.length !== b.length || a.length === 0)
    throw new InvalidInputError("b", `${a.length} numbers, at least one`, b.length);
  let total = 0;
  for (let index = 0; index < a.length; index++) total += (a[index] - b[index]) ** 2;
  return Math.sqrt(total / a.length);
}

/**
 * Energy distance of two distributions from samples, 2 E|X − Y| − E|X − X′| − E|Y − Y′| with Euclidean distances: 0 only for equal distributions. The estimate is
 * unbiased, so that it can be slightly negative.
 *
 * Source: Székely, Rizzo, "Energy statistics: a class of statistics based on distances" (2013).
 *
 * @throws InvalidInputError for fewer than two samples.
 */
export function energyDistance(a: Samples, b: Samples, dimension: number): number {
  checkSamples("a", a, dimension);
  checkSamples("b", b, dimension);
  return 2 * meanDistance(a, b, dimension) - meanDistance(a, a, dimension) - meanDistance(b, b, dimension);
}

/** Mean distance between samples; of a list with itself, between different ones. */
function meanDistance(a: Samples, b: Samples, dimension: number): number {
  const isSame = a === b;
  const [rows, columns] = [a.length / dimension, b.length / dimension];
  let total = 0;
  for (let row = 0; row < rows; row++)
    for (let column = isSame ? row + 1 : 0; column < columns; column++) {
      let square = 0;
      for (let k = 0; k < dimension; k++) square += (a[row * dimension + k] - b[column * dimension + k]) ** 2;
      total += Math.sqrt(square);
    }
  return isSame ? (2 * total) / (rows * (rows - 1)) : total / (rows * columns);
}

/**
 * Fréchet distance of the Gaussians with the means and covariances of two sets of samples: |m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁^½ C₂ C₁^½)^½), in the samples' own space.
 *
 * Source: Dowson, Landau, "The Fréchet distance between multivariate normal distributions" (1982).
 *
 * @throws InvalidInputError for fewer than two samples.
 */
export async function frechetDistance(a: Samples, b: Samples, dimension: number): Promise<number> {
  checkSamples("a", a, dimension);
  checkSamples("b", b, dimension);
  await using device = await openDevice("cpu", { threads: 1 });
  const moved = device.scope(() => {
    const [first, second] = [a, b].map((samples) =>
      moments(device.tensor(Float64Array.from(samples), [samples.length / dimension, dimension])),
    );
    const root = symmetricFunction(first.covariance, rootOf);
    const shared = eigenvaluesSymmetric(matmul(matmul(root, second.covariance), root));
    const difference = sum(square(subtract(first.mean, second.mean)));
    const spread = sum(add(eigenvaluesSymmetric(first.covariance), eigenvaluesSymmetric(second.covariance)));
    return subtract(add(difference, spread), multiply(sum(rootOf(shared)), 2));
  });
  return moved.item();
}

/** √ of eigenvalues that are not negative but for rounding. */
function rootOf(values: Tensor): Tensor {
  return sqrt(maximum(values, 0));
}

interface Moments {
  readonly mean: Tensor;
  readonly covariance: Tensor;
}

function moments(samples: Tensor): Moments {
  const [count] = samples.shape;
  const mean = multiply(sum(samples, { axes: 0, keepDimensions: true }), 1 / count);
  const centred = subtract(samples, mean);
  return { mean, covariance: multiply(matmul(centred, centred, { transposeA: true }), 1 / (count - 1)) };
}

function checkSamples(name: string, samples: Samples, dimension: number): void {
  if (!Number.isInteger(dimension) || dimension < 1)
    throw new InvalidInputError("dimension", "an integer ≥ 1", dimension);
  if (samples.length % dimension !== 0 || samples.length < 2 * dimension)
    throw new InvalidInputError(name, `two or more samples of ${dimension} numbers`, samples.length);
}
