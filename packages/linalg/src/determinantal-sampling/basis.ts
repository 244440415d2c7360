import { InvalidInputError } from "@ansatz/tensor";
import { chooseCandidates, searchShare } from "../kernels/projection-process/reference.ts";
import { qr } from "../kernels/qr/index.ts";
import { withDevice } from "../with-device.ts";
import { chebyshev, fourier, hermite, legendre, type OrthonormalFamily, searchCumulated } from "./families.ts";
import type { UniformStream } from "./uniform-stream.ts";

/** m functions φ, orthonormal with respect to a probability measure μ, of which points can be drawn. */
export interface OrthonormalBasis {
  /** m. */
  readonly size: number;
  /** Coordinates of a point. */
  readonly dimension: number;
  /** φ(x) [m] at a point [d], into `values`. */
  evaluate(point: ArrayLike<number>, values: Float64Array): void;
  /** A point [d] of the law φ_j² dμ. */
  draw(j: number, stream: UniformStream): Float64Array;
  /** A point of μ. */
  drawMeasure(stream: UniformStream): Float64Array;
  /** All m points of a projection determinantal process at once, where that is exact and cheaper than rejection. */
  drawProjection?(stream: UniformStream): Float64Array[];
  /** A quadrature for products of two functions, where one is known: what orthonormality is checked with. */
  quadrature?(): Quadrature;
}

/** Points [d] and weights of a probability measure. */
export interface Quadrature {
  readonly points: readonly ArrayLike<number>[];
  readonly weights: ArrayLike<number>;
}

const FAMILIES = { legendre, chebyshev, fourier, hermite } as const;

export type FamilyName = keyof typeof FAMILIES;

/** Which products of univariate functions, degree by degree. */
export type IndexSet = "tensor-product" | "total-degree" | "hyperbolic-cross";

export interface ProductBasisOptions {
  /** One for all coordinates, or one for each. Default `"legendre"`. */
  readonly family?: FamilyName | readonly FamilyName[];
  /** d. Default 1, or as many as there are families. */
  readonly dimension?: number;
  /** Largest degree; Fourier: index of the last function. */
  readonly degree: number;
  /** Degrees k with max k ≤ degree, Σ k ≤ degree, or Π (k + 1) ≤ degree + 1. Default `"total-degree"`. */
  readonly indexSet?: IndexSet;
}

/** Functions in a basis; more are surely a mistake. */
const MOST_FUNCTIONS = 10_000;

/**
 * Products of orthonormal polynomials or trigonometric functions: Legendre (uniform measure on [−1, 1]), Chebyshev (arcsine), real Fourier (uniform on [0, 1]), Hermite (standard normal).
 *
 * @throws InvalidInputError for a degree or dimension out of range, an unknown family or index set.
 */
export function productBasis({
  family = "legendre",
  degree,
  indexSet = "total-degree",
  dimension,
}: ProductBasisOptions): OrthonormalBasis {
  const d = dimension ?? (typeof family === "string" ? 1 : family.length);
  if (!Number.isInteger(d) || d < 1 || (typeof family !== "string" && family.length !== d))
    throw new InvalidInputError("dimension", "an integer ≥ 1, as many as families", d);
  if (!Number.isInteger(degree) || degree < 0) throw new InvalidInputError("degree", "an integer ≥ 0", degree);
  const families = Array.from({ length: d }, (_, axis): OrthonormalFamily => {
    const name = typeof family === "string" ? family : family[axis];
    if (!FAMILIES[name]) throw new InvalidInputError("family", Object.keys(FAMILIES).join(", "), name);
    return FAMILIES[name];
  });
  const indices = multiIndices(d, degree, indexSet);
  const rows = families.map(() => new Float64Array(degree + 1));
  const draw = (index: readonly number[], stream: UniformStream) =>
    Float64Array.from(families, (each, axis) => each.draw(index[axis], stream));
  return {
    size: indices.length,
    dimension: d,
    evaluate(point, values) {
      for (let axis = 0; axis < d; axis++) families[axis].evaluate(point[axis], degree + 1, rows[axis]);
      for (let j = 0; j < indices.length; j++) {
        let product = 1;
        for (let axis = 0; axis < d; axis++) product *= rows[axis][indices[j][axis]];
        values[j] = product;
      }
    },
    draw: (j, stream) => draw(indices[j], stream),
    drawMeasure: (stream) => draw(new Array(d).fill(0), stream),
    quadrature: () => productQuadrature(families, degree + 1),
  };
}

/** All combinations of the points of univariate quadratures. */
function productQuadrature(families: readonly OrthonormalFamily[], count: number): Quadrature {
  let [points, weights]: [number[][], number[]] = [[[]], [1]];
  for (const family of families) {
    const own = family.quadrature(count);
    weights = weights.flatMap((weight) => Array.from(own.weights, (each) => weight * each));
    points = points.flatMap((point) => Array.from(own.points, (x) => [...point, x]));
  }
  return { points, weights };
}

/** Multi-indices of a set, the first coordinate slowest. */
function multiIndices(d: number, degree: number, set: IndexSet): number[][] {
  const accepts: Record<IndexSet, (index: readonly number[]) => boolean> = {
    "tensor-product": () => true,
    "total-degree": (index) => index.reduce((sum, k) => sum + k, 0) <= degree,
    "hyperbolic-cross": (index) => index.reduce((product, k) => product * (k + 1), 1) <= degree + 1,
  };
  const accept = accepts[set];
  if (!accept) throw new InvalidInputError("indexSet", Object.keys(accepts).join(", "), set);
  let indices: number[][] = [[]];
  for (let axis = 0; axis < d; axis++) {
    indices = indices.flatMap((index) => Array.from({ length: degree + 1 }, (_, k) => [...index, k]).filter(accept));
    if (indices.length > MOST_FUNCTIONS)
      throw new InvalidInputError("degree", `a basis of at most ${MOST_FUNCTIONS} functions`, degree);
  }
  return indices;
}

/** A finite set of candidates with functions on it. Points are indices of candidates: dimension 1. */
export interface CandidateBasis extends OrthonormalBasis {
  /** Orthonormal functions at the candidates: [M, m]. */
  readonly values: Float64Array;
}

/** Departure from orthonormality above which a basis that claims it is refused. */
const ORTHONORMALITY_TOLERANCE = 1e-8;

/**
 * Any functions on finitely many candidates with weights, orthonormalised by QR. Its projection process is sampled exactly: no rejection, and no candidate twice.
 *
 * @param functions [M, m], row-major, of rank m.
 * @param measure weights [M], not negative; scaled to sum 1. Default: equal.
 * @throws InvalidInputError for numbers that do not fit, are not finite or negative, and functions that are linearly dependent.
 */
export async function candidateBasis(
  functions: ArrayLike<number>,
  size: number,
  measure?: ArrayLike<number>,
): Promise<CandidateBasis> {
  if (!Number.isInteger(size) || size < 1 || functions.length % size !== 0 || functions.length < size * size)
    throw new InvalidInputError("functions", `[M, ${size}] numbers, M ≥ ${size}`, functions.length);
  const count = functions.length / size;
  if (measure && measure.length !== count) throw new InvalidInputError("measure", `${count} numbers`, measure.length);
  const given = Float64Array.from({ length: count }, (_, i) => measure?.[i] ?? 1);
  const total = given.reduce((sum, weight) => sum + weight, 0);
  const wrong = given.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight)));
  if (wrong >= 0 || !(total > 0))
    throw new InvalidInputError(
      `measure[${Math.max(0, wrong)}]`,
      "a finite number ≥ 0, not all zero",
      given[Math.max(0, wrong)],
    );
  const masses = given.map((weight) => weight / total);
  const weighted = Float64Array.from(functions, (value, at) => value * Math.sqrt(masses[Math.floor(at / size)]));
  const bad = weighted.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new InvalidInputError(`functions[${bad}]`, "a finite number", functions[bad]);
  const features = await withDevice(undefined, async (device) => {
    using matrix = device.tensor(weighted, [count, size], "float64");
    const { q, r } = qr(matrix);
    const [vectors, triangle] = (await Promise.all([q.data(), r.data()])) as [Float64Array, Float64Array];
    for (let j = 0; j < size; j++)
      if (!(triangle[j * size + j] > 1e-12 * triangle[0]))
        throw new InvalidInputError(
          "functions",
          "linearly independent functions",
          `function ${j} depends on those before`,
        );
    return vectors;
  });
  const rows = Float64Array.from(features, (_, at) => features[(at % count) * size + Math.floor(at / count)]);
  const cumulated = new Float64Array(count);
  const columns = Array.from({ length: size }, (_, j) => cumulatedOf(count, (i) => features[i * size + j] ** 2));
  masses.reduce((sum, mass, i) => (cumulated[i] = sum + mass), 0);
  return {
    size,
    dimension: 1,
    values: features.map((value, at) => value / Math.sqrt(masses[Math.floor(at / size)] || 1)),
    evaluate(point, values) {
      const mass = masses[point[0]];
      if (mass === undefined) throw new InvalidInputError("point", `the index of one of ${count} candidates`, point[0]);
      for (let j = 0; j < size; j++) values[j] = features[point[0] * size + j] / Math.sqrt(mass || 1);
    },
    draw: (j, stream) => Float64Array.of(searchCumulated(columns[j], stream.next() * columns[j][count - 1])),
    drawMeasure: (stream) => Float64Array.of(searchCumulated(cumulated, stream.next() * cumulated[count - 1])),
    drawProjection: (stream) =>
      Array.from(
        chooseCandidates(rows, size, count, 1, (residuals, sum) => searchShare(residuals, sum, stream.next())),
        (index) => Float64Array.of(index),
      ),
  };
}

function cumulatedOf(count: number, mass: (i: number) => number): Float64Array {
  const cumulated = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum += mass(i);
    cumulated[i] = sum;
  }
  return cumulated;
}

/** Takes directions out of a vector. Returns the square of what is left. */
export function projectOut(vector: Float64Array, directions: readonly Float64Array[]): number {
  for (const direction of directions) {
    let along = 0;
    for (let j = 0; j < vector.length; j++) along += vector[j] * direction[j];
    for (let j = 0; j < vector.length; j++) vector[j] -= along * direction[j];
  }
  return vector.reduce((sum, value) => sum + value * value, 0);
}

/** Takes directions once more out of what `projectOut` has left, and makes it a unit vector. */
export function orthonormalize(vector: Float64Array, directions: readonly Float64Array[]): void {
  const norm = Math.sqrt(projectOut(vector, directions));
  for (let j = 0; j < vector.length; j++) vector[j] /= norm;
}

/**
 * Checks ∫ φ φᵀ dμ = I by a quadrature.
 * @throws InvalidInputError when it is not.
 */
export function checkOrthonormal(basis: OrthonormalBasis, { points, weights }: Quadrature): void {
  const m = basis.size;
  const gram = new Float64Array(m * m);
  const values = new Float64Array(m);
  for (const [at, point] of points.entries()) {
    basis.evaluate(point, values);
    for (let i = 0; i < m; i++) for (let j = 0; j <= i; j++) gram[i * m + j] += weights[at] * values[i] * values[j];
  }
  for (let i = 0; i < m; i++)
    for (let j = 0; j <= i; j++) {
      const departure = Math.abs(gram[i * m + j] - Number(i === j));
      if (!(departure <= ORTHONORMALITY_TOLERANCE))
        throw new InvalidInputError("basis", "functions that are orthonormal", `∫ φ${i} φ${j} = ${gram[i * m + j]}`);
    }
}
