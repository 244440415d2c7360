import { InvalidInputError } from "@ansatz/tensor";
import { type HostPoints, hostPoints, type PointArray, type PointSet } from "../point-set.ts";
import type { ConditionalMoments } from "./bridge.ts";

/** Eigenvalues and eigenvectors (columns) of a small symmetric matrix, by Jacobi's rotations. */
function eigenvaluesOf(
  matrix: Float64Array<ArrayBuffer>,
  dimension: number,
): { values: Float64Array<ArrayBuffer>; vectors: Float64Array<ArrayBuffer> } {
  const a = Float64Array.from(matrix);
  const vectors = Float64Array.from({ length: dimension ** 2 }, (_, index) => (index % (dimension + 1) === 0 ? 1 : 0));
  for (let sweep = 0; sweep < 50; sweep++) {
    let off = 0;
    let diagonal = 0;
    for (let p = 0; p < dimension; p++) {
      diagonal += a[p * dimension + p] ** 2;
      for (let q = p + 1; q < dimension; q++) off += a[p * dimension + q] ** 2;
    }
    if (off <= 1e-30 * diagonal) break;
    for (let p = 0; p < dimension; p++) for (let q = p + 1; q < dimension; q++) rotatePair(a, vectors, dimension, p, q);
  }
  return { values: Float64Array.from({ length: dimension }, (_, j) => a[j * dimension + j]), vectors };
}

function rotatePair(
  a: Float64Array<ArrayBuffer>,
  vectors: Float64Array<ArrayBuffer>,
  dimension: number,
  p: number,
  q: number,
): void {
  const coupling = a[p * dimension + q];
  if (coupling === 0) return;
  const theta = (a[q * dimension + q] - a[p * dimension + p]) / (2 * coupling);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let i = 0; i < dimension; i++) {
    const [x, y] = [a[i * dimension + p], a[i * dimension + q]];
    a[i * dimension + p] = c * x - s * y;
    a[i * dimension + q] = s * x + c * y;
  }
  for (let i = 0; i < dimension; i++) {
    const [x, y] = [a[p * dimension + i], a[q * dimension + i]];
    a[p * dimension + i] = c * x - s * y;
    a[q * dimension + i] = s * x + c * y;
    const [u, v] = [vectors[i * dimension + p], vectors[i * dimension + q]];
    vectors[i * dimension + p] = c * u - s * v;
    vectors[i * dimension + q] = s * u + c * v;
  }
}

function squareRoot(matrix: Float64Array<ArrayBuffer>, dimension: number): Float64Array<ArrayBuffer> {
  const { values, vectors } = eigenvaluesOf(matrix, dimension);
  const root = new Float64Array(dimension ** 2);
  for (let j = 0; j < dimension; j++) {
    const value = Math.sqrt(Math.max(0, values[j]));
    for (let a = 0; a < dimension; a++)
      for (let b = 0; b < dimension; b++)
        root[a * dimension + b] += value * vectors[a * dimension + j] * vectors[b * dimension + j];
  }
  return root;
}

function product(a: Float64Array<ArrayBuffer>, b: Float64Array<ArrayBuffer>, n: number): Float64Array<ArrayBuffer> {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let m = 0; m < n; m++) for (let j = 0; j < n; j++) c[i * n + j] += a[i * n + m] * b[m * n + j];
  return c;
}

/** Squared Bures–Wasserstein distance of two normal distributions: |m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁^½ C₂ C₁^½)^½). */
function buresWasserstein(
  mean: Float64Array<ArrayBuffer>,
  covariance: Float64Array<ArrayBuffer>,
  otherMean: Float64Array<ArrayBuffer>,
  otherCovariance: Float64Array<ArrayBuffer>,
): number {
  const dimension = mean.length;
  const root = squareRoot(covariance, dimension);
  const { values } = eigenvaluesOf(product(product(root, otherCovariance, dimension), root, dimension), dimension);
  let distance = 0;
  for (let i = 0; i < dimension; i++) {
    const at = i * (dimension + 1);
    distance +=
      (mean[i] - otherMean[i]) ** 2 + covariance[at] + otherCovariance[at] - 2 * Math.sqrt(Math.max(0, values[i]));
  }
  return Math.max(0, distance);
}

/**
 * Conditional BW²-UVP in per cent: how far, on average over starts, the normal distribution with the mean and covariance of one plan's end points is from that of another, relative to half
 * the variance of the target. 0 is a perfect plan.
 * Source: "Light Schrödinger Bridge", section 5.2.
 *
 * @param targetVariance trace of the target's covariance.
 * @throws InvalidInputError when the moments are of different numbers of starts, or the variance is not positive.
 */
export function unexplainedVariance(
  plan: ConditionalMoments,
  truth: ConditionalMoments,
  targetVariance: number,
): number {
  if (plan.means.length !== truth.means.length || plan.covariances.length !== truth.covariances.length)
    throw new InvalidInputError(
      "truth",
      `moments of as many starts as the plan's (${plan.means.length} numbers)`,
      truth.means.length,
    );
  if (!(targetVariance > 0)) throw new InvalidInputError("targetVariance", "a positive number", targetVariance);
  const dimension = plan.covariances.length / plan.means.length;
  const count = plan.means.length / dimension;
  const part = (values: Float64Array<ArrayBuffer>, b: number, size: number) =>
    values.subarray(b * size, (b + 1) * size);
  let total = 0;
  for (let b = 0; b < count; b++)
    total += buresWasserstein(
      part(plan.means, b, dimension),
      part(plan.covariances, b, dimension ** 2),
      part(truth.means, b, dimension),
      part(truth.covariances, b, dimension ** 2),
    );
  return (100 * total) / count / (0.5 * targetVariance);
}

/** Mean and covariance of points. */
export function sampleMoments({ data, shape: [count, dimension] }: PointArray): {
  readonly mean: Float64Array<ArrayBuffer>;
  readonly covariance: Float64Array<ArrayBuffer>;
} {
  const mean = new Float64Array(dimension);
  const covariance = new Float64Array(dimension ** 2);
  for (let b = 0; b < count; b++) for (let i = 0; i < dimension; i++) mean[i] += data[b * dimension + i] / count;
  for (let b = 0; b < count; b++)
    for (let i = 0; i < dimension; i++)
      for (let j = 0; j < dimension; j++)
        covariance[i * dimension + j] +=
          ((data[b * dimension + i] - mean[i]) * (data[b * dimension + j] - mean[j])) / (count - 1);
  return { mean, covariance };
}

/**
 * Energy distance of two samples, √(2 E|X − Y| − E|X − X'| − E|Y − Y'|), with means over all pairs: never negative, and positive for two samples of one distribution.
 * Source: Székely, Rizzo, "Energy statistics: a class of statistics based on distances" (2013).
 *
 * @throws InvalidInputError for points that do not fit, or fewer than two on either side.
 */
export async function energyDistance(first: PointSet, second: PointSet): Promise<number> {
  const x = await hostPoints("first", first);
  const y = await hostPoints("second", second, x.dimension);
  for (const [name, { count }] of Object.entries({ first: x, second: y }))
    if (count < 2) throw new InvalidInputError(name, "at least two points", count);
  return Math.sqrt(energy(x, y).squared);
}

/** The square of the energy distance over 2 E|X − Y|: 0 for samples that are alike, about (1/n + 1/m)/2 for two samples of one distribution, 1 for two points apart. Source: as `energyDistance`. */
export function energyCoefficient(first: HostPoints, second: HostPoints): number {
  const { squared, between } = energy(first, second);
  return between > 0 ? squared / (2 * between) : 0;
}

function energy(x: HostPoints, y: HostPoints): { readonly squared: number; readonly between: number } {
  const between = sumOfDistances(x, y) / (x.count * y.count);
  const within = (points: HostPoints) => sumOfDistances(points, points) / points.count ** 2;
  return { squared: Math.max(0, 2 * between - within(x) - within(y)), between };
}

function sumOfDistances(x: HostPoints, y: HostPoints): number {
  let total = 0;
  for (let a = 0; a < x.count; a++)
    for (let b = 0; b < y.count; b++) {
      let square = 0;
      for (let i = 0; i < x.dimension; i++) square += (x.data[a * x.dimension + i] - y.data[b * x.dimension + i]) ** 2;
      total += Math.sqrt(square);
    }
  return total;
}

/**
 * Largest distance of the empirical distribution functions of two samples along each coordinate and the diagonals of neighbouring ones (Kolmogorov and Smirnov's statistic), in units of its
 * standard size √((n + m)/(n m)): of two samples of one distribution some 0.9 per direction, and with probability 0.001 more than 1.95.
 */
export function projectedDistance(first: PointArray, second: PointArray): number {
  const dimension = first.shape[1];
  let largest = 0;
  for (let i = 0; i < dimension; i++)
    for (const other of dimension > 1 ? [0, 1, -1] : [0]) {
      const along = ({ data, shape: [count] }: PointArray) =>
        Float64Array.from(
          { length: count },
          (_, b) => data[b * dimension + i] + other * data[b * dimension + ((i + 1) % dimension)],
        ).sort();
      largest = Math.max(largest, distributionDistance(along(first), along(second)));
    }
  return largest;
}

function distributionDistance(x: Float64Array<ArrayBuffer>, y: Float64Array<ArrayBuffer>): number {
  let [a, b, largest] = [0, 0, 0];
  while (a < x.length && b < y.length) {
    const at = Math.min(x[a], y[b]);
    while (a < x.length && x[a] <= at) a++;
    while (b < y.length && y[b] <= at) b++;
    largest = Math.max(largest, Math.abs(a / x.length - b / y.length));
  }
  return largest / Math.sqrt(1 / x.length + 1 / y.length);
}
