import {
  bytesPerElement,
  type DType,
  defineKernel,
  type Tensor,
  type TensorSpec,
  type Tolerance,
} from "@ansatz/tensor";
import { examplesAlongBatches } from "../../examples.ts";
import { matrixShape, type RealOf, realDType, realFlops } from "../../matrix-shape.ts";
import { caseSource } from "../case-source.ts";
import { roundingUnit } from "../matrix-dtypes.ts";
import { randomSvdCase, svdCases } from "./cases.ts";
import { svdCpu } from "./cpu.ts";
import { svdDerivatives } from "./derivatives.ts";
import type { SvdOptions } from "./options.ts";
import { svdReference } from "./reference.ts";

/** Singular value decompositions, see `svd`. Outputs: U, s, Vᴴ; or s alone. */
export const svdKernel = defineKernel<SvdOptions>({
  name: "svd",
  summary: "Singular values and vectors of matrices by bidiagonalisation and implicit QR.",
  infer([a], { vectors, full }) {
    const { batchShape, rows, columns, dtype } = matrixShape("svd: a", a);
    const count = Math.min(rows, columns);
    const values = { shape: [...batchShape, count], dtype: realDType(dtype) };
    if (!vectors) return [values];
    return [
      { shape: [...batchShape, rows, full ? rows : count], dtype },
      values,
      { shape: [...batchShape, full ? columns : count, columns], dtype },
    ];
  },
  cost([a], { vectors, full }) {
    const { rows, columns, batches, dtype } = matrixShape("svd: a", a);
    const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
    const reduce = 4 * short ** 2 * (long - short / 3);
    // Some 2 n² rotations of 6 operations, of left and right vectors, and the products of the reflectors.
    const kept = full ? long : short;
    const form = vectors ? 4 * long * short * kept + 6 * short ** 2 * (long + short) : 0;
    const elements = rows * columns + short + (vectors ? kept * long + short ** 2 : 0);
    return { flops: realFlops(dtype) * batches * (reduce + form), bytes: batches * elements * bytesPerElement(dtype) };
  },
  reference: ([a], options) => svdReference(a, options),
  cpu: svdCpu,
  webgpu: "sequential: the rotations of a QR iteration follow one from the other; use the cpu device",
  tensorflow: "TensorFlow.js has no singular values",
  batch: examplesAlongBatches,
  derivatives: svdDerivatives,
  cases: () => svdCases(caseSource()),
  randomCase: randomSvdCase,
  tolerance,
});

/** A = U S Vᴴ. */
export interface SingularValueDecomposition<D extends DType = DType> {
  /** Orthonormal columns whose largest element is (real and) positive: [..., rows, k], k = min(rows, columns), or rows in the full form. */
  readonly u: Tensor<D>;
  /** Singular values [..., k], real, descending. */
  readonly s: Tensor<RealOf<D>>;
  /** Vᴴ (of real matrices Vᵀ), orthonormal rows: [..., k, columns], or columns of them in the full form. */
  readonly vt: Tensor<D>;
}

/**
 * Singular value decompositions: Householder bidiagonalisation, then implicit QR. Backward stable: ‖A − U S Vᴴ‖ ≤ 10 n u ‖A‖.
 * Matrices with NaN or infinities give NaN.
 *
 * Derivatives of the vectors need distinct, positive singular values: they grow as 1 / (gap of the squares), and are infinite or NaN where two coincide; they need the thin form.
 *
 * @param a [..., rows, columns], float32, float64 or complex.
 * @param options full: whether U and V are square (default false).
 * @throws InvalidInputError when `a` holds no matrices, or integers; UnsupportedError on webgpu and tensorflow.
 */
export function svd<D extends DType>(
  a: Tensor<D>,
  { full = false }: Partial<Pick<SvdOptions, "full">> = {},
): SingularValueDecomposition<D> {
  const [u, s, vt] = svdKernel.run([a], { vectors: true, full });
  return { u: u as Tensor<D>, s: s as Tensor<RealOf<D>>, vt: vt as Tensor<D> };
}

/**
 * Singular values, descending: several times faster than with vectors. See `svd`.
 *
 * @param a [..., rows, columns], float32, float64 or complex.
 * @returns [..., min(rows, columns)].
 * @throws InvalidInputError when `a` holds no matrices, or integers; UnsupportedError on webgpu and tensorflow.
 */
export function singularValues<D extends DType>(a: Tensor<D>): Tensor<RealOf<D>> {
  return svdKernel.run([a], { vectors: false, full: false })[0] as Tensor<RealOf<D>>;
}

function tolerance(dtype: DType, [a]: readonly TensorSpec[]): Tolerance {
  const n = Math.max(...a.shape.slice(-2));
  const u = roundingUnit(dtype);
  // Values err by √n u times the norm, which is n in the cases, and vectors by that over the gap, which is 1. Scaled cases have values of any size.
  return { relative: 8 * (n + 4) * u, absolute: 4 * Math.sqrt(n) * (n + 4) * u };
}
