import {
  bytesPerElement,
  type DType,
  defineKernel,
  type Tensor,
  type TensorSpec,
  type Tolerance,
} from "@ansatz/tensor";
import { examplesAlongBatches } from "../../examples.ts";
import { type RealOf, realDType, realFlops, squareShape } from "../../matrix-shape.ts";
import { caseSource } from "../case-source.ts";
import { roundingUnit } from "../matrix-dtypes.ts";
import { eigenSymmetricCases, randomEigenSymmetricCase } from "./cases.ts";
import { eigenSymmetricCpu } from "./cpu.ts";
import { eigenSymmetricDerivatives } from "./derivatives.ts";
import type { EigenSymmetricOptions } from "./options.ts";
import { eigenSymmetricReference } from "./reference.ts";

/** Eigenvalues and eigenvectors of symmetric or Hermitian matrices, see `eigenSymmetric`. Outputs: values [..., n], ascending; and vectors [..., n, n], as columns. */
export const eigenSymmetricKernel = defineKernel<EigenSymmetricOptions>({
  name: "eigen-symmetric",
  summary: "Eigenvalues and eigenvectors of symmetric or Hermitian matrices by tridiagonalisation and implicit QR.",
  infer([a], { vectors }) {
    const { batchShape, rows, dtype } = squareShape("eigenSymmetric: a", a);
    const values = { shape: [...batchShape, rows], dtype: realDType(dtype) };
    return vectors ? [values, { shape: a.shape, dtype }] : [values];
  },
  cost([a], { vectors }) {
    const { rows: n, batches, dtype } = squareShape("eigenSymmetric: a", a);
    // As many operations as LAPACK's documentation reckons with: 4/3 n³ for the values, and some 6 n³ for rotations and 4/3 n³ for reflectors.
    return {
      flops: realFlops(dtype) * batches * n ** 3 * (vectors ? 26 / 3 : 4 / 3),
      bytes: batches * bytesPerElement(dtype) * (n * n * (vectors ? 2 : 1) + n),
    };
  },
  reference: ([a], options) => eigenSymmetricReference(a, options),
  cpu: eigenSymmetricCpu,
  webgpu: "sequential: the rotations of a QR iteration follow one from the other; use the cpu device",
  tensorflow: "TensorFlow.js has no eigenvalues",
  batch: examplesAlongBatches,
  derivatives: eigenSymmetricDerivatives,
  cases: () => eigenSymmetricCases(caseSource()),
  randomCase: randomEigenSymmetricCase,
  tolerance,
});

/** A = V Λ Vᴴ. */
export interface SymmetricEigen<D extends DType = DType> {
  /** λ [..., n], real, ascending. */
  readonly values: Tensor<RealOf<D>>;
  /** V [..., n, n]: orthonormal columns, whose largest element is (real and) positive. */
  readonly vectors: Tensor<D>;
}

/**
 * Eigenvalues and eigenvectors of symmetric or Hermitian matrices: Householder tridiagonalisation, then implicit QR with Wilkinson's shift. Backward stable: ‖A − V Λ Vᴴ‖ ≤ 10 n u ‖A‖.
 *
 * Only the lower triangle of A is read, and of the diagonal only real parts. Matrices with NaN or infinities give NaN.
 *
 * Derivatives take A as symmetric (Hermitian). Those of the vectors need distinct eigenvalues: they grow as 1 / gap, and are infinite or NaN where eigenvalues coincide, as are second derivatives of the values.
 *
 * @param a [..., n, n], float32, float64 or complex.
 * @throws InvalidInputError when the matrices are not square or of integers; UnsupportedError on webgpu and tensorflow.
 */
export function eigenSymmetric<D extends DType>(a: Tensor<D>): SymmetricEigen<D> {
  const [values, vectors] = eigenSymmetricKernel.run([a], { vectors: true });
  return { values: values as Tensor<RealOf<D>>, vectors: vectors as Tensor<D> };
}

/**
 * Eigenvalues of symmetric or Hermitian matrices, ascending: several times faster than with eigenvectors. See `eigenSymmetric`.
 *
 * @param a [..., n, n], float32, float64 or complex; the lower triangle is read.
 * @returns [..., n].
 * @throws InvalidInputError when the matrices are not square or of integers; UnsupportedError on webgpu and tensorflow.
 */
export function eigenvaluesSymmetric<D extends DType>(a: Tensor<D>): Tensor<RealOf<D>> {
  return eigenSymmetricKernel.run([a], { vectors: false })[0] as Tensor<RealOf<D>>;
}

function tolerance(dtype: DType, [a]: readonly TensorSpec[]): Tolerance {
  const n = a.shape[a.shape.length - 1];
  const u = roundingUnit(dtype);
  // Values err by √n u times the norm, which is n in the cases, and vectors by that over the gap, which is 1. Scaled cases have values of any size.
  return { relative: 8 * (n + 4) * u, absolute: 4 * Math.sqrt(n) * (n + 4) * u };
}
