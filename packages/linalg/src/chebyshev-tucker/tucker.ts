import { AbortedError, matmul, slice, type Tensor } from "@ansatz/tensor";
import { norm2 } from "../host-norms.ts";
import { type CoefficientTensor, DenseCoefficients, leftVectors } from "./coefficient-tensor.ts";

/** Orthonormal factors [m_k, r_k] and a core [r₁, r₂, r₃] on a device. */
export interface TuckerTensors extends Disposable {
  readonly factors: readonly Tensor[];
  readonly core: Tensor;
}

/** How many columns are kept: by a bound on what is left out along an axis, or by number. */
export type Truncation = { readonly bound: number } | { readonly ranks: readonly number[] };

/** Root of the sum of squares of the values from each index on; one more, 0, at the end. */
function tailNorms(values: ArrayLike<number>): Float64Array {
  const tails = new Float64Array(values.length + 1);
  for (let j = values.length - 1; j >= 0; j--) tails[j] = Math.hypot(tails[j + 1], values[j]);
  return tails;
}

/** The first columns of `vectors` [m, k] that a truncation asks for, and the norm of the values left out. */
export async function leadingColumns(
  vectors: Tensor,
  values: Tensor,
  axis: number,
  truncation: Truncation,
): Promise<{ columns: Tensor; discarded: number }> {
  const tails = tailNorms((await values.data()) as Float64Array);
  const kept = "ranks" in truncation ? truncation.ranks[axis] : tails.filter((tail) => tail > truncation.bound).length;
  const rank = Math.max(1, Math.min(kept, values.size));
  return { columns: slice(vectors, [null, [0, rank]]), discarded: tails[rank] };
}

/**
 * Higher-order singular value decomposition, truncated along each axis on its own. ‖C − Ĉ‖ ≤ the root of the sum of squares of what was left out, which is `error`.
 */
export async function higherOrderSvd(
  coefficients: DenseCoefficients,
  truncation: Truncation,
  signal?: AbortSignal,
): Promise<{ tensors: TuckerTensors; error: number }> {
  const factors: Tensor[] = [];
  let error = 0;
  for (let axis = 0; axis < 3; axis++) {
    if (signal?.aborted) {
      for (const factor of factors) factor.dispose();
      throw new AbortedError("chebyshevTucker", signal.reason);
    }
    using rows = coefficients.unfolded(axis);
    const { vectors, values } = leftVectors(rows);
    using held = new DisposableStack();
    held.use(vectors);
    held.use(values);
    const { columns, discarded } = await leadingColumns(vectors, values, axis, truncation);
    factors.push(columns);
    error = Math.hypot(error, discarded);
  }
  return { tensors: tuckerTensors(factors, coefficients.project(factors)), error };
}

/** Decomposes the core once more and folds its factors into the given ones. */
export async function recompress(
  { factors, core }: TuckerTensors,
  truncation: Truncation,
): Promise<{ tensors: TuckerTensors; error: number }> {
  const { tensors, error } = await higherOrderSvd(new DenseCoefficients(core), truncation);
  const folded = factors.map((factor, axis) => matmul(factor, tensors.factors[axis]));
  for (const factor of tensors.factors) factor.dispose();
  return { tensors: tuckerTensors(folded, tensors.core), error };
}

export interface RefinementOptions {
  readonly maximumSweeps: number;
  /** ‖C‖, which changes of ‖G‖ are measured against. */
  readonly norm: number;
  readonly signal?: AbortSignal | undefined;
}

/** Change of ‖G‖ in a sweep, relative to ‖C‖, at which another would not help. */
const REFINEMENT_TOLERANCE = 1e-10;

/**
 * Alternating least squares (higher-order orthogonal iteration): each factor becomes the best for the others, axis after axis, at constant ranks. ‖G‖ does not decrease.
 * Returns norms of the core: of the given one, and after each sweep.
 */
export async function refine(
  coefficients: CoefficientTensor,
  start: TuckerTensors,
  { maximumSweeps, norm, signal }: RefinementOptions,
): Promise<{ tensors: TuckerTensors; norms: number[] }> {
  const ranks = start.core.shape;
  let tensors = start;
  const norms = [await frobenius(start.core)];
  for (let sweep = 0; sweep < maximumSweeps && !signal?.aborted; sweep++) {
    const factors = [...tensors.factors];
    for (let axis = 0; axis < 3; axis++) {
      using rows = coefficients.projectOthers(factors, axis);
      const { vectors, values } = leftVectors(rows);
      using held = new DisposableStack();
      held.use(vectors);
      held.use(values);
      const { columns } = await leadingColumns(vectors, values, axis, { ranks });
      factors[axis] = columns;
    }
    tensors[Symbol.dispose]();
    tensors = tuckerTensors(factors, coefficients.project(factors));
    norms.push(await frobenius(tensors.core));
    if (Math.abs(norms[sweep + 1] - norms[sweep]) <= REFINEMENT_TOLERANCE * norm) break;
  }
  return { tensors, norms };
}

export function tuckerTensors(factors: readonly Tensor[], core: Tensor): TuckerTensors {
  return {
    factors,
    core,
    [Symbol.dispose]() {
      for (const tensor of [...factors, core]) tensor.dispose();
    },
  };
}

export async function frobenius(x: Tensor): Promise<number> {
  return norm2((await x.data()) as Float64Array);
}
