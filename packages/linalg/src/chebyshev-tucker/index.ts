import { AbortedError, type Device, InvalidInputError, type Tensor, UnsupportedError } from "@ansatz/tensor";
import { withDevice } from "../with-device.ts";
import { chebyshevNodes, coefficientsAlong } from "./chebyshev.ts";
import { type CoefficientTensor, DenseCoefficients, multiplyAxis } from "./coefficient-tensor.ts";
import { AXES, type Box, ChebyshevTucker, checkDomain, type Triple } from "./format.ts";
import { FEWEST_SAMPLES, splineValues } from "./spline.ts";
import { coefficientTails } from "./tails.ts";
import { frobenius, higherOrderSvd, refine, type Truncation, type TuckerTensors } from "./tucker.ts";

/** A function of three coordinates. */
export type TrivariateFunction = (x: number, y: number, z: number) => number;

export interface ChebyshevTuckerOptions {
  /** m_k: Chebyshev nodes along each axis, or along all. Default 100 (paper's code). */
  readonly nodes?: number | Triple<number>;
  /** Where the function is defined. Default [−1, 1]³. */
  readonly domain?: Box;
  /** ε: error of the Tucker approximation of the coefficients, relative to their norm. Default 10⁻⁷ (paper's code). At least 10⁻¹⁴. */
  readonly tolerance?: number;
  /** Ranks to use in place of the tolerance. */
  readonly ranks?: Triple<number>;
  /** Most sweeps of alternating least squares that refine the factors. Default 0: the higher-order SVD as it is. */
  readonly refinementSweeps?: number;
  /** Most bytes that the array of samples may take. Default 2³⁰. */
  readonly memoryLimit?: number;
  /** Where to compute: a device with float64. Default: a cpu device, opened and closed inside. */
  readonly device?: Device;
  /** Stops before the next stage, with an AbortedError. */
  readonly signal?: AbortSignal;
  /** Called after every stage. */
  readonly onProgress?: (stage: ChebyshevTuckerStage) => void;
}

export type ChebyshevTuckerStage = "sampled" | "coefficients" | "compressed" | "refined";

export interface ChebyshevTuckerResult {
  readonly approximation: ChebyshevTucker;
  /** `"resolved"`: coefficients had fallen below the tolerance at the highest degrees of every axis; `"unresolved"`: not. */
  readonly reason: "resolved" | "unresolved";
  /** What to do about the reason. */
  readonly remedy: string;
  /** Largest coefficient of the two highest degrees along each axis, relative to the largest of all. Two, since every other one of an even or odd function vanishes. */
  readonly tails: Triple<number>;
  /** Bound on ‖C − Ĉ‖ in the Frobenius norm, relative to ‖C‖: what truncation left out. */
  readonly truncationError: number;
  /** Bound on the largest error that truncation makes anywhere: √(m₁ m₂ m₃) times the error of the coefficients. */
  readonly uniformBound: number;
  /** Norms of the core before the first and after each sweep of refinement; does not decrease. */
  readonly coreNorms: readonly number[];
  /** Ranks before the second compression, where there was one. */
  readonly initialRanks: Triple<number>;
  /** Values of the function that were used. */
  readonly samples: number;
}

const REMEDIES = {
  resolved: "Nothing to do.",
  unresolved: "Use more nodes along the axes whose tails are above the tolerance, or split off what is not smooth.",
} as const;

/** Options with their defaults. */
export interface CheckedOptions {
  readonly counts: Triple<number>;
  readonly domain: Box;
  readonly tolerance: number;
  readonly ranks: Triple<number> | undefined;
  readonly refinementSweeps: number;
  readonly memoryLimit: number;
}

/**
 * Approximates a function on a box by polynomials in Tucker format: samples at m₁ m₂ m₃ Chebyshev nodes, their coefficients, and a higher-order SVD of those.
 *
 * Choose it for smooth functions that can be evaluated anywhere; `chebyshevTuckerFromCanonical` for sums of products, which needs no samples in three dimensions, and
 * `chebyshevTuckerFromGrid` where nothing but samples on a grid exists. Functions with cusps need many nodes: see `tails`.
 *
 * Symbols of the paper: `nodes` m, `tolerance` ε, `ranks` r, factors V_k, core G.
 *
 * @throws InvalidInputError for options out of range, samples beyond `memoryLimit`, and values that are not finite, with their node; UnsupportedError on a device without float64; AbortedError.
 *
 * Source: "A mesh-free hybrid Chebyshev-Tucker tensor format with applications to multi-particle modelling", algorithm 1.
 */
export async function chebyshevTucker(
  f: TrivariateFunction,
  options: ChebyshevTuckerOptions = {},
): Promise<ChebyshevTuckerResult> {
  if (typeof f !== "function") throw new InvalidInputError("f", "a function of three coordinates", f);
  const checked = checkOptions(options);
  checkMemory(checked);
  const values = sampleAtNodes(f, checked);
  return withBuildingDevice(options.device, async (device) => {
    using samples = device.tensor(values, checked.counts, "float64");
    options.onProgress?.("sampled");
    return await fromNodeValues(samples, checked, options);
  });
}

/**
 * Approximates a tensor of samples at the centres of the cells of a uniform grid, by cubic splines (not-a-knot) to the Chebyshev nodes. For small grids: what a mesh-free
 * construction is compared with.
 *
 * @param samples [n₁, n₂, n₃], row-major; each extent at least 4.
 * @throws as `chebyshevTucker`; InvalidInputError when the number of samples does not fit.
 *
 * Source: the same, algorithm 2.
 */
export async function chebyshevTuckerFromGrid(
  samples: ArrayLike<number>,
  extents: Triple<number>,
  options: ChebyshevTuckerOptions = {},
): Promise<ChebyshevTuckerResult> {
  const checked = checkOptions(options);
  checkMemory(checked);
  for (const [axis, extent] of extents.entries())
    if (!Number.isInteger(extent) || extent < FEWEST_SAMPLES)
      throw new InvalidInputError(`extents[${axis}]`, `an integer ≥ ${FEWEST_SAMPLES}`, extent);
  const size = extents[0] * extents[1] * extents[2];
  if (samples.length !== size) throw new InvalidInputError("samples", `${size} numbers`, samples.length);
  const values = Float64Array.from(samples);
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new InvalidInputError(`samples[${at}]`, "a finite number", values[at]);
  return withBuildingDevice(options.device, async (device) => {
    using onNodes = device.scope(() =>
      AXES.reduce(
        (x: Tensor, axis) => {
          const [n, m] = [extents[axis], checked.counts[axis]];
          const nodes = chebyshevNodes(m, checked.domain[axis]);
          const unit = Float64Array.from({ length: n * n }, (_, each) => (each % (n + 1) === 0 ? 1 : 0));
          const matrix = device.tensor(splineValues(unit, n, nodes, checked.domain[axis]), [m, n], "float64");
          return multiplyAxis(x, matrix, axis);
        },
        device.tensor(values, extents, "float64"),
      ),
    );
    options.onProgress?.("sampled");
    return { ...(await fromNodeValues(onNodes, checked, options)), samples: size };
  });
}

/** Steps that follow the values at the nodes [m₁, m₂, m₃]: coefficients, truncation, refinement. */
export async function fromNodeValues(
  values: Tensor,
  checked: CheckedOptions,
  options: ChebyshevTuckerOptions,
): Promise<ChebyshevTuckerResult> {
  stopIfAborted(options.signal);
  using coefficients = values.device.scope(() => AXES.reduce((x, axis) => coefficientsAlong(x, axis), values));
  options.onProgress?.("coefficients");
  return await fromDenseCoefficients(coefficients, checked, options);
}

/** Truncation and refinement of an array of coefficients. */
export async function fromDenseCoefficients(
  coefficients: Tensor,
  checked: CheckedOptions,
  options: ChebyshevTuckerOptions,
): Promise<ChebyshevTuckerResult> {
  stopIfAborted(options.signal);
  const norm = await frobenius(coefficients);
  const tails = coefficientTails((await coefficients.data()) as Float64Array, checked.counts);
  const dense = new DenseCoefficients(coefficients);
  const { tensors, error } = await higherOrderSvd(dense, truncationOf(checked, norm), options.signal);
  options.onProgress?.("compressed");
  const initialRanks = tensors.core.shape as unknown as Triple<number>;
  return finish(dense, tensors, { checked, options, norm, tails, error, initialRanks, samples: coefficients.size });
}

interface Outcome {
  readonly checked: CheckedOptions;
  readonly options: ChebyshevTuckerOptions;
  readonly norm: number;
  readonly tails: Triple<number>;
  /** Bound on what truncation left out. */
  readonly error: number;
  readonly initialRanks: Triple<number>;
  readonly samples: number;
}

/** Refines, and brings the result to the host. Frees `start`. */
export async function finish(
  coefficients: CoefficientTensor,
  start: TuckerTensors,
  { checked, options, norm, tails, error, initialRanks, samples }: Outcome,
): Promise<ChebyshevTuckerResult> {
  const { refinementSweeps: maximumSweeps, domain, counts, tolerance } = checked;
  const { tensors, norms } = await refine(coefficients, start, { maximumSweeps, norm, signal: options.signal });
  using held = tensors;
  if (maximumSweeps > 0) options.onProgress?.("refined");
  const [core, ...factors] = await Promise.all([held.core, ...held.factors].map((each) => each.data()));
  const approximation = new ChebyshevTucker({
    factors: factors as unknown as Triple<Float64Array>,
    core: core as Float64Array,
    ranks: held.core.shape as unknown as Triple<number>,
    coefficientCounts: counts,
    domain,
  });
  const reason = tails.every((tail) => tail <= tolerance) ? "resolved" : "unresolved";
  return {
    approximation,
    reason,
    remedy: REMEDIES[reason],
    tails,
    truncationError: norm === 0 ? 0 : error / norm,
    uniformBound: Math.sqrt(counts[0] * counts[1] * counts[2]) * error,
    coreNorms: norms,
    initialRanks,
    samples,
  };
}

/** Errors of the three axes add up in squares. */
function truncationOf({ ranks, tolerance }: CheckedOptions, norm: number): Truncation {
  return ranks ? { ranks } : { bound: (tolerance * norm) / Math.sqrt(3) };
}

/** Values at the tensor grid of nodes. @throws InvalidInputError with the node where a value is not finite. */
export function sampleAtNodes(
  f: TrivariateFunction,
  { counts, domain }: Pick<CheckedOptions, "counts" | "domain">,
): Float64Array<ArrayBuffer> {
  const [xs, ys, zs] = AXES.map((axis) => chebyshevNodes(counts[axis], domain[axis]));
  const values = new Float64Array(counts[0] * counts[1] * counts[2]);
  let at = 0;
  for (const x of xs)
    for (const y of ys)
      for (const z of zs) {
        const value = f(x, y, z);
        if (!Number.isFinite(value)) throw new InvalidInputError(`f(${x}, ${y}, ${z})`, "a finite number", value);
        values[at++] = value;
      }
  return values;
}

/** @throws InvalidInputError for options out of range. */
export function checkOptions(options: ChebyshevTuckerOptions): CheckedOptions {
  const { nodes = 100, tolerance = 1e-7, refinementSweeps = 0, memoryLimit = 2 ** 30, ranks } = options;
  const domain: Box = options.domain ?? [
    [-1, 1],
    [-1, 1],
    [-1, 1],
  ];
  checkDomain(domain);
  const counts = typeof nodes === "number" ? ([nodes, nodes, nodes] as const) : nodes;
  for (const [axis, count] of counts.entries())
    if (!Number.isInteger(count) || count < 1)
      throw new InvalidInputError(`options.nodes, axis ${axis}`, "an integer ≥ 1", count);
  if (!(tolerance >= 1e-14 && tolerance < 1))
    throw new InvalidInputError("options.tolerance", "a number in [1e-14, 1)", tolerance);
  for (const [axis, rank] of (ranks ?? []).entries())
    if (!Number.isInteger(rank) || rank < 1 || rank > counts[axis])
      throw new InvalidInputError(`options.ranks[${axis}]`, `an integer from 1 to ${counts[axis]}`, rank);
  if (!Number.isInteger(refinementSweeps) || refinementSweeps < 0)
    throw new InvalidInputError("options.refinementSweeps", "an integer ≥ 0", refinementSweeps);
  if (!(memoryLimit > 0)) throw new InvalidInputError("options.memoryLimit", "a positive number", memoryLimit);
  return { counts, domain, tolerance, ranks, refinementSweeps, memoryLimit };
}

/** @throws InvalidInputError when the array of all samples would be larger than allowed. */
export function checkMemory({ counts, memoryLimit }: CheckedOptions): void {
  const bytes = 8 * counts[0] * counts[1] * counts[2];
  if (bytes > memoryLimit)
    throw new InvalidInputError(
      "options.nodes",
      `an array of at most options.memoryLimit = ${memoryLimit} bytes`,
      `${counts.join(" × ")} nodes: ${bytes} bytes`,
    );
}

export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError("chebyshevTucker", signal.reason);
}

/** A device that has float64 and singular values. @throws UnsupportedError for another. */
export async function withBuildingDevice<Result>(
  given: Device | undefined,
  body: (device: Device) => Promise<Result>,
): Promise<Result> {
  if (given && given.kind !== "cpu")
    throw new UnsupportedError(
      given.kind,
      "chebyshevTucker",
      "it builds in float64 with singular values, on the cpu; evaluate there what was built",
    );
  return withDevice(given, body);
}
