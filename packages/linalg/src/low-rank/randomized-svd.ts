import {
  type DType,
  InvalidInputError,
  type Key,
  matmul,
  normal,
  type SliceRange,
  slice,
  type Tensor,
} from "@ansatz/tensor";
import { qr } from "../kernels/qr/index.ts";
import { type SingularValueDecomposition, svd } from "../kernels/svd/index.ts";
import { adjointTimes, castLike } from "../matrix-parts.ts";
import { matrixShape, realDType } from "../matrix-shape.ts";

export interface RandomizedSvdOptions {
  /** Of the random test matrix. */
  readonly key: Key;
  /** Random vectors beyond the rank. Default 10 (Halko, Martinsson, Tropp, section 4.2: 5 or 10 is enough). */
  readonly oversampling?: number;
  /** Multiplications with A Aᴴ, which sharpen a slow decay of the singular values. Default 2 (section 1.6). */
  readonly powerIterations?: number;
}

/**
 * The largest singular values and their vectors from products with a few random vectors: for ranks far below the extents, where it takes O(rows · columns · rank) operations.
 * Source: N. Halko, P. Martinsson, J. Tropp, "Finding structure with randomness", 2011, algorithms 4.4 and 5.1.
 *
 * With σ the singular values and l = rank + oversampling, the expected error in the 2-norm is (1 + 4 √(2 min(rows, columns) / (rank − 1)))^(1 / (2 powerIterations + 1)) σ[rank] at most.
 *
 * @param a [..., rows, columns], float32, float64 or complex.
 * @param rank from 1 to min(rows, columns).
 * @returns U [..., rows, rank], s [..., rank], Vᴴ [..., rank, columns].
 * @throws InvalidInputError when an argument is out of range; UnsupportedError on webgpu and tensorflow.
 */
export function randomizedSvd<D extends DType>(
  a: Tensor<D>,
  rank: number,
  { key, oversampling = 10, powerIterations = 2 }: RandomizedSvdOptions,
): SingularValueDecomposition<D> {
  const { rows, columns, batchShape, dtype } = matrixShape("randomizedSvd: a", a);
  const most = Math.min(rows, columns);
  if (!Number.isInteger(rank) || rank < 1 || rank > most)
    throw new InvalidInputError("randomizedSvd: rank", `an integer from 1 to ${most}`, rank);
  checkCount("oversampling", oversampling);
  checkCount("powerIterations", powerIterations);
  return a.device.scope(() => {
    const test = normal(key, [columns, Math.min(most, rank + oversampling)], {
      device: a.device,
      dtype: realDType(dtype),
    });
    let { q } = qr(matmul(a, castLike(test, a)));
    for (let iteration = 0; iteration < powerIterations; iteration++) {
      // Orthonormal after every product: powers of A alone would lose the small singular values to rounding.
      const across = qr(adjointTimes(a, q)).q;
      q = qr(matmul(a, across)).q;
    }
    const { u, s, vt } = svd(adjointTimes(q, a));
    const all = batchShape.map((): SliceRange => null);
    return {
      u: slice(matmul(q, u), [...all, null, [0, rank]]),
      s: slice(s, [...all, [0, rank]]),
      vt: slice(vt, [...all, [0, rank], null]),
    };
  });
}

function checkCount(option: string, value: number): void {
  if (!Number.isInteger(value) || value < 0)
    throw new InvalidInputError(`randomizedSvd: ${option}`, "an integer ≥ 0", value);
}
