import { InvalidInputError, type Key } from "@ansatz/tensor";
import { jacobiEigen } from "../kernels/eigen-symmetric/jacobi.ts";
import { checkOrthonormal, type OrthonormalBasis, orthonormalize, projectOut } from "./basis.ts";
import { UniformStream } from "./uniform-stream.ts";

/** `"independent"`: from the Christoffel density; `"projection"`: m points of the projection process; `"volume"`: volume-rescaled; `"repeated"`: independent blocks. */
export type SamplingStrategy = "independent" | "projection" | "volume" | "repeated";

export interface SamplingOptions {
  /** Default `"repeated"` (paper: fewest points). */
  readonly strategy?: SamplingStrategy;
  /** n ≥ m. Default: m for the projection process, 4 m for the others. */
  readonly points?: number;
  /** Points of a block of the repeated strategy, which divides n. Default m: blocks are projection processes; more: volume samples. */
  readonly blockSize?: number;
  /**
   * α in [0, 1): share of μ itself in the density of independent points, which bounds weights by 1/α; with a `reproducingKernel`, of the density k(x, x) / ∫ k dμ. Default 0; with such a kernel, where there
   * are independent points, 1/2 (paper).
   */
  readonly mixture?: number;
  /** Kernel of a Hilbert space in whose norm errors are to be bounded almost surely. */
  readonly reproducingKernel?: ReproducingKernel;
  /** δ in (0, 1) of the event λ_min(G) ≥ 1 − δ that samples are redrawn for, or null to take what comes. Default 1/2 (paper). */
  readonly stability?: number | null;
  /** Samples of which the most stable is taken before the event is asked for (boosting). Default 1. */
  readonly bestOf?: number;
  /** Most redraws. Default 1000. */
  readonly maximumRedraws?: number;
  /** Whether points are removed one by one as long as the rest is stable. Default false. */
  readonly removePoints?: boolean;
  readonly key: Key;
  readonly signal?: AbortSignal;
}

/** What is asked of the kernel k of a Hilbert space of functions. */
export interface ReproducingKernel {
  /** k(x, x) > 0 at a point [d]. */
  diagonal(point: ArrayLike<number>): number;
  /** ∫ k(x, x) dμ. */
  readonly mean: number;
  /** A bound on k(x, x), finite, with which points of the density k(x, x) / ∫ k dμ are drawn by rejection. */
  readonly largest: number;
}

export interface PointSample {
  /** [n, d], row-major. */
  readonly points: Float64Array;
  /** w(x_i), positive. */
  readonly weights: Float64Array;
  /** λ_min of G = (1/n) Σ w φ φᵀ. */
  readonly smallestEigenvalue: number;
  /** √((1/n) Σ w): the constant of the maximum norm in the almost sure bound. */
  readonly uniformConstant: number;
  /** √((1/n) Σ w(x_i) k(x_i, x_i)): the constant of the norm of the `reproducingKernel` in the almost sure bound; NaN without one. */
  readonly kernelConstant: number;
  /** `"stable"`: the event holds; `"unconditioned"`: it was not asked for; `"redraw-limit"`, `"aborted"`: the sample is the most stable one seen, and not stable. */
  readonly reason: "stable" | "unconditioned" | "redraw-limit" | "aborted";
  /** What to do about the reason. */
  readonly remedy: string;
  /** Samples drawn beyond the first. */
  readonly redraws: number;
  /** Share of the samples drawn that were stable. */
  readonly successRate: number;
  /** Points proposed in the sequential samplers. */
  readonly proposals: number;
  /** n by which the Gram matrix is scaled: that of the sample before points were removed. */
  readonly normalization: number;
}

const REMEDIES = {
  stable: "Nothing to do.",
  unconditioned: "Look at `smallestEigenvalue` before you trust a fit.",
  "redraw-limit": 'Take more points, or `strategy: "repeated"`, or a larger `stability`.',
  aborted: "The sample is the best so far.",
} as const;

/** Rejections in a row at which the sequential sampler gives up: the residual is zero for all that can be told. */
const MOST_REJECTIONS = 1_000_000;

const verified = new WeakSet<OrthonormalBasis>();

/**
 * Random points and weights for least squares in the span of an orthonormal basis: i.i.d. from the Christoffel density, or dependent points that repel each other, redrawn until their Gram
 * matrix is well conditioned.
 *
 * Choose `"repeated"` where evaluations are expensive: it is stable with the fewest points. `"volume"` gives unbiased fits of any n (without conditioning); `"independent"` is the baseline.
 *
 * Symbols of the paper: basis φ, `points` n, blocks r = n / m, `stability` δ, weights w with w⁻¹ = α + (1 − α) ‖φ‖²/m.
 *
 * @throws InvalidInputError for fewer points than functions, n that is no multiple of the block, options out of range, a basis that its own quadrature shows not to be orthonormal.
 *
 * Source: "Weighted least-squares approximation with determinantal point processes and generalized volume sampling"; removal as in boosted optimal weighted least squares.
 */
export async function samplePoints(basis: OrthonormalBasis, options: SamplingOptions): Promise<PointSample> {
  const checked = checkOptions(basis, options);
  const { stability, bestOf, maximumRedraws } = checked;
  const stream = new UniformStream(options.key);
  let best: Draw | undefined;
  let [drawn, stable, proposals] = [0, 0, 0];
  let reason: PointSample["reason"] = stability === null ? "unconditioned" : "redraw-limit";
  for (let redraw = 0; redraw <= maximumRedraws; redraw++) {
    let candidate: Draw | undefined;
    for (let trial = 0; trial < bestOf; trial++) {
      const draw = drawSample(basis, checked, stream);
      drawn++;
      proposals += draw.proposals;
      if (stability !== null && draw.smallest >= 1 - stability) stable++;
      if (!candidate || draw.smallest > candidate.smallest) candidate = draw;
      // Lets the event loop run, and the caller abort.
      if (drawn % 16 === 0) await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
    }
    if (!best || candidate!.smallest > best.smallest) best = candidate!;
    if (stability === null) break;
    if (best.smallest >= 1 - stability) {
      reason = "stable";
      break;
    }
    if (options.signal?.aborted) {
      reason = "aborted";
      break;
    }
  }
  const normalization = best!.points.length;
  const kept =
    options.removePoints && stability !== null && reason === "stable"
      ? removePoints(basis, best!, 1 - stability)
      : best!;
  return {
    points: Float64Array.from(kept.points.flatMap((point) => [...point])),
    weights: Float64Array.from(kept.weights),
    smallestEigenvalue: kept.smallest,
    uniformConstant: Math.sqrt(kept.weights.reduce((sum, w) => sum + w, 0) / normalization),
    kernelConstant: kernelConstantOf(kept, normalization, checked.reproducingKernel),
    reason,
    remedy: REMEDIES[reason],
    redraws: drawn - 1,
    successRate: stability === null ? Number.NaN : stable / drawn,
    proposals,
    normalization,
  };
}

type CheckedOptions = Required<
  Omit<SamplingOptions, "key" | "signal" | "removePoints" | "stability" | "reproducingKernel">
> & {
  readonly stability: number | null;
  readonly reproducingKernel: ReproducingKernel | undefined;
};

function kernelConstantOf({ points, weights }: Draw, n: number, kernel: ReproducingKernel | undefined): number {
  if (!kernel) return Number.NaN;
  return Math.sqrt(points.reduce((sum, point, k) => sum + weights[k] * kernelAt(kernel, point), 0) / n);
}

/** k(x, x). @throws InvalidInputError unless it is positive and within its bound. */
function kernelAt({ diagonal, largest }: ReproducingKernel, point: ArrayLike<number>): number {
  const value = diagonal(point);
  if (!(value > 0 && value <= largest))
    throw new InvalidInputError("options.reproducingKernel.diagonal", `a number in (0, ${largest}]`, value);
  return value;
}

function checkOptions(basis: OrthonormalBasis, options: SamplingOptions): CheckedOptions {
  const m = basis.size;
  const {
    strategy = "repeated",
    reproducingKernel,
    mixture = reproducingKernel && ["independent", "volume"].includes(strategy) ? 0.5 : 0,
    stability = 0.5,
    bestOf = 1,
    maximumRedraws = 1000,
    blockSize = m,
  } = options;
  const { points = strategy === "projection" ? m : 4 * m } = options;
  if (!["independent", "projection", "volume", "repeated"].includes(strategy))
    throw new InvalidInputError("options.strategy", '"independent", "projection", "volume" or "repeated"', strategy);
  if (!Number.isInteger(points) || points < m)
    throw new InvalidInputError("options.points", `an integer ≥ ${m}, one for each function`, points);
  if (strategy === "projection" && points !== m)
    throw new InvalidInputError("options.points", `${m}, as many as functions`, points);
  if (!Number.isInteger(blockSize) || blockSize < m)
    throw new InvalidInputError("options.blockSize", `an integer ≥ ${m}`, blockSize);
  if (strategy === "repeated" && points % blockSize !== 0)
    throw new InvalidInputError("options.points", `a multiple of the block size ${blockSize}`, points);
  if (!(mixture >= 0 && mixture < 1)) throw new InvalidInputError("options.mixture", "a number in [0, 1)", mixture);
  if (mixture > 0 && strategy !== "independent" && strategy !== "volume")
    throw new InvalidInputError("options.mixture", "0 for points that all come from projection processes", mixture);
  if (reproducingKernel)
    for (const name of ["mean", "largest"] as const)
      if (!(reproducingKernel[name] > 0 && Number.isFinite(reproducingKernel[name])))
        throw new InvalidInputError(`options.reproducingKernel.${name}`, "a positive number", reproducingKernel[name]);
  if (stability !== null && !(stability > 0 && stability < 1))
    throw new InvalidInputError("options.stability", "a number in (0, 1), or null", stability);
  for (const [name, value, least] of [
    ["bestOf", bestOf, 1],
    ["maximumRedraws", maximumRedraws, 0],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new InvalidInputError(`options.${name}`, `an integer ≥ ${least}`, value);
  if (basis.quadrature && !verified.has(basis)) {
    checkOrthonormal(basis, basis.quadrature());
    verified.add(basis);
  }
  return { strategy, points, blockSize, mixture, reproducingKernel, stability, bestOf, maximumRedraws };
}

interface Draw {
  readonly points: readonly Float64Array[];
  readonly weights: readonly number[];
  readonly smallest: number;
  readonly proposals: number;
}

function drawSample(
  basis: OrthonormalBasis,
  { strategy, points: n, blockSize, mixture, reproducingKernel }: CheckedOptions,
  stream: UniformStream,
): Draw {
  const points: Float64Array[] = [];
  let proposals = 0;
  const project = () => {
    const drawn = drawProjection(basis, stream);
    points.push(...drawn.points);
    proposals += drawn.proposals;
  };
  const independent = (count: number) => {
    for (let k = 0; k < count; k++) points.push(drawIndependent(basis, mixture, reproducingKernel, stream));
  };
  if (strategy === "independent") independent(n);
  else {
    // A volume sample is a projection process and independent points, by the formula of Cauchy and Binet; the order does not matter for least squares.
    const block = strategy === "repeated" ? blockSize : n;
    while (points.length < n) {
      project();
      independent(block - basis.size);
    }
  }
  shuffle(points, stream);
  const weights = weightsOf(basis, points, mixture, reproducingKernel);
  return { points, weights, smallest: smallestEigenvalue(gramOf(basis, points, weights, n), basis.size), proposals };
}

/** One point of α κ μ + (1 − α) ‖φ‖²/m μ, where κ = k(x, x) / ∫ k dμ, or 1. */
function drawIndependent(
  basis: OrthonormalBasis,
  mixture: number,
  kernel: ReproducingKernel | undefined,
  stream: UniformStream,
): Float64Array {
  if (!(mixture > 0 && stream.next() < mixture)) return basis.draw(stream.below(basis.size), stream);
  for (;;) {
    const point = basis.drawMeasure(stream);
    if (!kernel || stream.next() * kernel.largest < kernelAt(kernel, point)) return point;
  }
}

/** The sequential sampler: proposals from the Christoffel density, accepted with the share of ‖φ(x)‖² that earlier points leave. @throws InvalidInputError when nothing is accepted. */
export function drawProjection(
  basis: OrthonormalBasis,
  stream: UniformStream,
): { points: Float64Array[]; proposals: number } {
  if (basis.drawProjection) return { points: basis.drawProjection(stream), proposals: basis.size };
  const m = basis.size;
  const directions: Float64Array[] = [];
  const points: Float64Array[] = [];
  let [proposals, rejections] = [0, 0];
  const values = new Float64Array(m);
  while (points.length < m) {
    const point = basis.draw(stream.below(m), stream);
    proposals++;
    basis.evaluate(point, values);
    const square = values.reduce((sum, value) => sum + value * value, 0);
    const direction = values.slice();
    const left = projectOut(direction, directions);
    if (stream.next() * square >= left) {
      if (++rejections >= MOST_REJECTIONS)
        throw new InvalidInputError(
          "basis",
          "linearly independent functions",
          `no point accepted in ${MOST_REJECTIONS} proposals, after ${points.length} points`,
        );
      continue;
    }
    rejections = 0;
    orthonormalize(direction, directions);
    directions.push(direction);
    points.push(point);
  }
  return { points, proposals };
}

/** 1 / (α κ + (1 − α) ‖φ‖²/m). */
function weightsOf(
  basis: OrthonormalBasis,
  points: readonly Float64Array[],
  mixture: number,
  kernel: ReproducingKernel | undefined,
): number[] {
  const values = new Float64Array(basis.size);
  return points.map((point) => {
    basis.evaluate(point, values);
    const square = values.reduce((sum, value) => sum + value * value, 0);
    const relative = kernel && mixture > 0 ? kernelAt(kernel, point) / kernel.mean : 1;
    return 1 / (mixture * relative + ((1 - mixture) * square) / basis.size);
  });
}

/** (1/n) Σ w φ φᵀ. */
export function gramOf(
  basis: OrthonormalBasis,
  points: readonly ArrayLike<number>[],
  weights: ArrayLike<number>,
  n: number,
): Float64Array {
  const m = basis.size;
  const gram = new Float64Array(m * m);
  const values = new Float64Array(m);
  for (let k = 0; k < points.length; k++) {
    basis.evaluate(points[k], values);
    for (let i = 0; i < m; i++) {
      const factor = (weights[k] * values[i]) / n;
      for (let j = 0; j <= i; j++) gram[i * m + j] += factor * values[j];
    }
  }
  for (let i = 0; i < m; i++) for (let j = 0; j < i; j++) gram[j * m + i] = gram[i * m + j];
  return gram;
}

function smallestEigenvalue(gram: Float64Array, m: number): number {
  return Math.max(
    0,
    jacobiEigen(gram, m).values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
  );
}

/** Candidates for removal whose eigenvalues are looked at, in the order of their leverage. */
const REMOVAL_CANDIDATES = 5;

/** Removes the point that leaves the largest λ_min, as long as that is at least `least`; G keeps its scale. */
function removePoints(basis: OrthonormalBasis, start: Draw, least: number): Draw {
  const m = basis.size;
  const n = start.points.length;
  let [points, weights, smallest] = [start.points, start.weights, start.smallest];
  while (points.length > m) {
    const gram = gramOf(basis, points, weights, n);
    const order = leverages(basis, points, weights, gram).map((leverage, index) => ({ leverage, index }));
    order.sort((a, b) => a.leverage - b.leverage);
    let best = { smallest: Number.NEGATIVE_INFINITY, index: -1 };
    for (const { index } of order.slice(0, REMOVAL_CANDIDATES)) {
      const without = gramOf(
        basis,
        points.filter((_, k) => k !== index),
        weights.filter((_, k) => k !== index),
        n,
      );
      const value = smallestEigenvalue(without, m);
      if (value > best.smallest) best = { smallest: value, index };
    }
    if (best.smallest < least) break;
    points = points.filter((_, k) => k !== best.index);
    weights = weights.filter((_, k) => k !== best.index);
    smallest = best.smallest;
  }
  return { points, weights, smallest, proposals: start.proposals };
}

/** w φᵀ G⁻¹ φ of every point. */
function leverages(
  basis: OrthonormalBasis,
  points: readonly Float64Array[],
  weights: readonly number[],
  gram: Float64Array,
): number[] {
  const m = basis.size;
  const { values, vectors } = jacobiEigen(gram, m);
  const features = new Float64Array(m);
  return points.map((point, k) => {
    basis.evaluate(point, features);
    let sum = 0;
    for (let column = 0; column < m; column++) {
      let along = 0;
      for (let j = 0; j < m; j++) along += vectors[column * m + j] * features[j];
      sum += along ** 2 / values[column];
    }
    return weights[k] * sum;
  });
}

function shuffle(points: Float64Array[], stream: UniformStream): void {
  for (let k = points.length - 1; k > 0; k--) {
    const other = stream.below(k + 1);
    [points[k], points[other]] = [points[other], points[k]];
  }
}
