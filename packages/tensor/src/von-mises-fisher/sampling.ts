import type { FloatDType } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { add, divide, multiply, subtract } from "../kernels/map/binary.ts";
import { sqrt, square } from "../kernels/map/unary.ts";
import { sum } from "../kernels/reduce/index.ts";
import { normal, type RandomOptions, wordsOf } from "../random/draw.ts";
import { drawNormal, drawUniform } from "../random/host-draws.ts";
import { child, type Key, split } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { checkConcentration, checkDimension } from "./distribution.ts";

export interface VonMisesFisherParameters {
  /** m, of length 1 within 10⁻⁶. */
  readonly meanDirection: ArrayLike<number>;
  /** κ ≥ 0; 0 is the uniform distribution. */
  readonly concentration: number;
}

/**
 * Samples of a von Mises–Fisher distribution, `[count, p]`, the same for the same key within rounding on every device: the cosine with the mean direction by rejection on the host, the rest a uniform
 * direction orthogonal to it.
 *
 * @throws InvalidInputError for a bad key, count or device, a direction that is not of length 1 or has fewer than two entries, a concentration that is no finite number ≥ 0.
 * Source: Wood, "Simulation of the von Mises Fisher distribution" (Communications in Statistics, 1994), algorithm VM*.
 */
export function sampleVonMisesFisher<D extends FloatDType = "float32">(
  key: Key,
  { meanDirection, concentration }: VonMisesFisherParameters,
  count: number,
  { device, dtype = "float32" as D }: RandomOptions<D>,
): Tensor<D> {
  const dimension = meanDirection.length;
  checkDimension(dimension);
  checkConcentration(concentration);
  if (!Number.isInteger(count) || count < 0) throw new InvalidInputError("count", "an integer ≥ 0", count);
  const length = lengthOf(meanDirection);
  if (!(Math.abs(length - 1) <= 1e-6))
    throw new InvalidInputError("meanDirection", "a vector of length 1", `one of length ${length}`);
  wordsOf(key);
  const [forCosines, forDirections] = split(key, 2);
  const cosines = Float64Array.from({ length: count }, (_, index) =>
    drawCosine(new Draws(child(forCosines, index)), dimension, concentration),
  );
  return device.scope(() => {
    const mean = device.tensor(Float64Array.from(meanDirection), [dimension], dtype);
    const along = device.tensor(cosines, [count, 1], dtype);
    const across = device.tensor(cosines.map(sineOf), [count, 1], dtype);
    const gaussian = normal(forDirections, [count, dimension], { device, dtype });
    const tangent = orthogonal(orthogonal(gaussian, mean), mean);
    const lengths = sqrt(sum(square(tangent), { axes: -1, keepDimensions: true })) as Tensor<D>;
    return add(multiply(mean, along), multiply(tangent, divide(across, lengths)));
  });
}

function sineOf(cosine: number): number {
  return Math.sqrt((1 - cosine) * (1 + cosine));
}

/** What is left of rows without their part along a unit vector; twice, so that rounding of a long part does not stay. */
function orthogonal<D extends FloatDType>(rows: Tensor<D>, direction: Tensor<D>): Tensor<D> {
  const along = sum(multiply(rows, direction), { axes: -1, keepDimensions: true }) as Tensor<D>;
  return subtract(rows, multiply(direction, along));
}

function lengthOf(vector: ArrayLike<number>): number {
  let squares = 0;
  for (let index = 0; index < vector.length; index++) squares += vector[index] ** 2;
  return Math.sqrt(squares);
}

/** The cosine with the mean direction, by rejection from a distribution of which two in three or more are taken. */
function drawCosine(draws: Draws, dimension: number, concentration: number): number {
  const freedom = dimension - 1;
  const b = freedom / (2 * concentration + Math.sqrt(4 * concentration ** 2 + freedom ** 2));
  const x0 = (1 - b) / (1 + b);
  // 1 − x0², without its cancellation for high concentrations.
  const complement = (4 * b) / (1 + b) ** 2;
  const c = concentration * x0 + freedom * Math.log(complement);
  for (;;) {
    const first = drawGamma(draws, freedom / 2);
    const z = first / (first + drawGamma(draws, freedom / 2));
    const w = (1 - (1 + b) * z) / (1 - (1 - b) * z);
    if (concentration * w + freedom * Math.log(1 - x0 * w) - c >= Math.log(draws.uniform())) return w;
  }
}

/** A Gamma variate of scale 1. Source: Marsaglia, Tsang, "A simple method for generating gamma variables" (ACM TOMS, 2000). */
function drawGamma(draws: Draws, shape: number): number {
  if (shape < 1) return drawGamma(draws, shape + 1) * draws.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = draws.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(draws.uniform()) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Numbers a draw made of several takes: block after block of a key's streams. */
class Draws {
  readonly #key: Key;
  #block = 0;
  #uniforms: number[] = [];
  #normals: number[] = [];

  constructor(key: Key) {
    this.#key = key;
  }

  uniform(): number {
    if (this.#uniforms.length === 0) this.#uniforms = [...drawUniform(this.#next(), BLOCK, "float64")];
    return this.#uniforms.pop()!;
  }

  normal(): number {
    if (this.#normals.length === 0) this.#normals = [...drawNormal(this.#next(), BLOCK, "float64")];
    return this.#normals.pop()!;
  }

  #next(): readonly number[] {
    return wordsOf(child(this.#key, this.#block++));
  }
}

/** About what one sample takes. */
const BLOCK = 4;
