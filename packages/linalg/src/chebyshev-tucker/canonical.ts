import { abs, expandDims, InvalidInputError, matmul, multiply, slice, stack, sum, type Tensor } from "@ansatz/tensor";
import { norm2 } from "../host-norms.ts";
import { chebyshevNodes, coefficientsAlong } from "./chebyshev.ts";
import { CanonicalCoefficients, canonicalToDense, leftVectors } from "./coefficient-tensor.ts";
import { AXES, type Triple } from "./format.ts";
import {
  type ChebyshevTuckerOptions,
  type ChebyshevTuckerResult,
  type CheckedOptions,
  checkMemory,
  checkOptions,
  finish,
  fromDenseCoefficients,
  stopIfAborted,
  withBuildingDevice,
} from "./index.ts";
import { FEWEST_SAMPLES, splineValues } from "./spline.ts";
import { columnTail } from "./tails.ts";
import { leadingColumns, recompress, type TuckerTensors, tuckerTensors } from "./tucker.ts";

/** Σ_ρ weights[ρ] a_ρ(x) b_ρ(y) c_ρ(z), its factors as functions. */
export interface CanonicalFunction {
  /** λ [R], of any sign. */
  readonly weights: Float64Array;
  /** The R functions of an axis at the given coordinates: [coordinates.length, R], row-major. */
  columns(axis: number, coordinates: Float64Array): Float64Array;
}

/** The same as samples at the centres of the cells of a uniform grid. */
export interface CanonicalTensor {
  /** λ [R]. */
  readonly weights: Float64Array;
  /** U_k [n_k, R], row-major, n_k ≥ 4. */
  readonly factors: Triple<Float64Array>;
  /** n_k. */
  readonly extents: Triple<number>;
}

export interface CanonicalOptions extends ChebyshevTuckerOptions {
  /**
   * `"reduced"` (algorithm 4): singular vectors of the factors alone, nothing of size m³ is formed. `"full"` (algorithm 3): all coefficients are formed and decomposed, which costs
   * O(R m³) and has the best ranks at once. Default `"reduced"`.
   */
  readonly algorithm?: "reduced" | "full";
  /** Whether the core of the reduced algorithm is decomposed once more, which brings its ranks close to the best. Default true. */
  readonly recompression?: boolean;
}

/**
 * Approximates a sum of products of univariate functions (a canonical, or CP, decomposition) by polynomials in Tucker format. Terms may be linearly dependent and cancel.
 *
 * @param canonical univariate functions, or their samples on a uniform grid of the domain, which are interpolated by cubic splines.
 * @throws InvalidInputError for sizes that do not fit, weights or values that are not finite (with axis and term), options out of range; UnsupportedError on a device without float64; AbortedError.
 *
 * Source: "A mesh-free hybrid Chebyshev-Tucker tensor format with applications to multi-particle modelling", algorithms 3 and 4; the second compression is an addition.
 */
export async function chebyshevTuckerFromCanonical(
  canonical: CanonicalFunction | CanonicalTensor,
  options: CanonicalOptions = {},
): Promise<ChebyshevTuckerResult> {
  const checked = checkOptions(options);
  const { algorithm = "reduced", recompression = true } = options;
  if (algorithm === "full") checkMemory(checked);
  const columns = AXES.map((axis) => columnsAtNodes(canonical, axis, checked));
  return withBuildingDevice(options.device, async (device) => {
    using held = new DisposableStack();
    const raw = AXES.map((axis) => {
      using values = device.tensor(columns[axis], [checked.counts[axis], canonical.weights.length], "float64");
      return held.use(coefficientsAlong(values as Tensor, 0));
    });
    options.onProgress?.("sampled");
    const scaled = await normalized(raw, canonical.weights);
    const tensors = scaled.columns.map((data, axis) =>
      held.use(device.tensor(data, [checked.counts[axis], scaled.weights.length], "float64") as Tensor),
    );
    const weights = held.use(device.tensor(scaled.weights, [scaled.weights.length], "float64") as Tensor);
    options.onProgress?.("coefficients");
    stopIfAborted(options.signal);
    if (algorithm === "full") {
      using dense = canonicalToDense(tensors, weights);
      return { ...(await fromDenseCoefficients(dense, checked, options)), samples: samplesOf(checked, canonical) };
    }
    const coefficients = new CanonicalCoefficients(tensors, weights);
    const size = await canonicalNorm(coefficients, checked);
    const start = await reduce(coefficients, size, checked, recompression);
    options.onProgress?.("compressed");
    return await finish(coefficients, start.tensors, {
      checked,
      options,
      norm: size.norm,
      tails: AXES.map((axis) => columnTail(scaled.columns[axis], scaled.weights)) as unknown as Triple<number>,
      error: start.error,
      initialRanks: start.initialRanks,
      samples: samplesOf(checked, canonical),
    });
  });
}

function samplesOf({ counts }: CheckedOptions, { weights }: { readonly weights: Float64Array }): number {
  return (counts[0] + counts[1] + counts[2]) * weights.length;
}

/** Values of the columns of an axis at its Chebyshev nodes: [m, R]. */
function columnsAtNodes(
  canonical: CanonicalFunction | CanonicalTensor,
  axis: number,
  { counts, domain }: CheckedOptions,
): Float64Array<ArrayBuffer> {
  const { weights } = canonical;
  const terms = weights?.length;
  if (!(terms >= 1)) throw new InvalidInputError("canonical.weights", "at least one number", weights);
  const wrong = weights.findIndex((weight) => !Number.isFinite(weight));
  if (wrong >= 0) throw new InvalidInputError(`canonical.weights[${wrong}]`, "a finite number", weights[wrong]);
  const nodes = chebyshevNodes(counts[axis], domain[axis]);
  let values: Float64Array;
  if ("columns" in canonical) {
    values = canonical.columns(axis, nodes);
    if (values.length !== nodes.length * terms)
      throw new InvalidInputError(`canonical.columns(${axis})`, `${nodes.length} × ${terms} numbers`, values.length);
  } else {
    const [samples, extent] = [canonical.factors[axis], canonical.extents[axis]];
    if (!Number.isInteger(extent) || extent < FEWEST_SAMPLES)
      throw new InvalidInputError(`canonical.extents[${axis}]`, `an integer ≥ ${FEWEST_SAMPLES}`, extent);
    if (samples.length !== extent * terms)
      throw new InvalidInputError(`canonical.factors[${axis}]`, `${extent} × ${terms} numbers`, samples.length);
    values = splineValues(samples, extent, nodes, domain[axis]);
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new InvalidInputError(
      `canonical, axis ${axis}, term ${bad % terms}, at ${nodes[Math.floor(bad / terms)]}`,
      "a finite number",
      values[bad],
    );
  return Float64Array.from(values);
}

interface Normalized {
  /** Columns of norm 1 [m_k, R′]. */
  readonly columns: readonly Float64Array<ArrayBuffer>[];
  /** Weights with the norms in them; terms of norm zero are dropped, but for one. */
  readonly weights: Float64Array<ArrayBuffer>;
}

/** Columns of unit norm, their norms in the weights. */
async function normalized(columns: readonly Tensor[], given: Float64Array): Promise<Normalized> {
  const data = await Promise.all(columns.map((each) => each.data() as Promise<Float64Array>));
  const terms = given.length;
  const norms = data.map((values) => {
    const squares = new Float64Array(terms);
    for (let at = 0; at < values.length; at++) squares[at % terms] += values[at] ** 2;
    return squares.map(Math.sqrt);
  });
  const weightOf = (term: number) => norms.reduce((product, each) => product * each[term], given[term]);
  const kept = Int32Array.from({ length: terms }, (_, term) => term).filter((term) => weightOf(term) !== 0);
  // Zero is one term of weight zero.
  const used = kept.length > 0 ? kept : Int32Array.of(0);
  return {
    weights: Float64Array.from(used, weightOf),
    columns: data.map((values, axis) => {
      const rows = values.length / terms;
      return Float64Array.from({ length: rows * used.length }, (_, at) => {
        const term = used[at % used.length];
        return values[Math.floor(at / used.length) * terms + term] / (norms[axis][term] || 1);
      });
    }),
  };
}

interface CanonicalSize {
  /** ‖C‖; where cancellation leaves nothing of it, ‖λ‖. */
  readonly norm: number;
  /** ε ‖C‖ / 3 ‖λ‖, what may be left out of each axis. */
  readonly bound: number;
  /** ‖λ‖. */
  readonly weights: number;
}

/** Terms whose inner products with all others are formed at a time. */
const GRAM_ROWS = 512;

/** ‖C‖² = λᵀ (∘ of the Gram matrices of the columns) λ: a sum of signed terms, which rounding leaves meaningless where they cancel to less than u of their size. */
async function canonicalNorm(
  { columns, weights }: CanonicalCoefficients,
  { tolerance }: CheckedOptions,
): Promise<CanonicalSize> {
  const terms = weights.size;
  const total = norm2((await weights.data()) as Float64Array);
  let [square, magnitude] = [0, 0];
  for (let first = 0; first < terms; first += GRAM_ROWS) {
    const rows = [first, Math.min(first + GRAM_ROWS, terms)] as const;
    using sums = weights.device.scope(() => {
      const grams = columns.map((each) => matmul(slice(each, [null, rows]), each, { transposeA: true }));
      const weighted = multiply(expandDims(slice(weights, [rows]), 1), weights);
      const products = grams.reduce((product, gram) => multiply(product, gram), weighted);
      return stack([sum(products), sum(abs(products))]);
    });
    const [signed, absolute] = await sums.data();
    square += signed;
    magnitude += absolute;
  }
  const isMeaningful = square > magnitude * terms * 2 ** -52;
  const norm = isMeaningful ? Math.sqrt(square) : total;
  return { norm, weights: total, bound: isMeaningful ? (tolerance * norm) / (3 * total) : tolerance / 3 };
}

/** Factors from the singular vectors of the columns of each axis, a core from the projected terms, and both compressed once more. */
async function reduce(
  coefficients: CanonicalCoefficients,
  size: CanonicalSize,
  { ranks, tolerance }: CheckedOptions,
  recompression: boolean,
): Promise<{ tensors: TuckerTensors; error: number; initialRanks: Triple<number> }> {
  const factors: Tensor[] = [];
  let error = 0;
  const truncation = ranks && !recompression ? { ranks } : { bound: ranks ? 0 : size.bound };
  for (const axis of AXES) {
    using held = new DisposableStack();
    const transposed = held.use(coefficients.transposed(axis));
    const { vectors, values } = leftVectors(transposed);
    held.use(vectors);
    held.use(values);
    const { columns, discarded } = await leadingColumns(vectors, values, axis, truncation);
    factors.push(columns);
    error += size.weights * discarded;
  }
  const first = tuckerTensors(factors, coefficients.project(factors));
  const initialRanks = first.core.shape as unknown as Triple<number>;
  if (!recompression) return { tensors: first, error, initialRanks };
  using _ = first;
  const second = await recompress(first, ranks ? { ranks } : { bound: (tolerance * size.norm) / Math.sqrt(3) });
  return { tensors: second.tensors, error: error + second.error, initialRanks };
}
