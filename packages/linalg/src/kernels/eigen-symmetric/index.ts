import {
  bytesPerElement,
  type DType,
  defineKernel,
  type Tensor,
  type TensorSpec,
  type Tolerance,
} from "@ansatz/tensor";
import { examplesAlongBatches } from "../../examples.ts";
import { squareShape } from "../../matrix-shape.ts";
import { caseSource } from "../case-source.ts";
import { eigenSymmetricCases, randomEigenSymmetricCase } from "./cases.ts";
import { eigenSymmetricCpu } from "./cpu.ts";
import { eigenSymmetricDerivatives } from "./derivatives.ts";
import type { EigenSymmetricOptions } from "./options.ts";
import { eigenSymmetricReference } from "./reference.ts";

/** Eigenvalues and eigenvectors of symmetric matrices, see `eigenSymmetric`. Outputs: values [..., n], ascending; and vectors [..., n, n], as columns. */
export const eigenSymmetricKernel = defineKernel<EigenSymmetricOptions>({
  name: "eigen-symmetric",
  summary: "Eigenvalues and eigenvectors of symmetric matrices by tridiagonalisation and implicit QR.",
  infer([a], { vectors }) {
    const { batchShape, rows, dtype } = squareShape("eigenSymmetric: a", a);
    const values = { shape: [...batchShape, rows], dtype };
    return vectors ? [values, { shape: a.shape, dtype }] : [values];
  },
  cost([a], { vectors }) {
    const { rows: n, batches, dtype } = squareShape("eigenSymmetric: a", a);
    // As many operations as LAPACK's documentation reckons with: 4/3 n³ for the values, and some 6 n³ for rotations and 4/3 n³ for reflectors.
    return {
      flops: batches * n ** 3 * (vectors ? 26 / 3 : 4 / 3),
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

/** A = V Λ Vᵀ. */
export interface SymmetricEigen<D extends DType = DType> {
  /** λ [..., n], ascending. */
  readonly values: Tensor<D>;
  /** V [..., n, n]: orthonormal columns, whose largest element is positive. */
  readonly vectors: Tensor<D>;
}

/**
 * Eigenvalues and eigenvectors of symmetric matrices: Householder tridiagonalisation, then implicit QR with Wilkinson's shift. Backward stable: ‖A − V Λ Vᵀ‖ ≤ 10 n u ‖A‖.
 *
 * Only the lower triangle of A is read. Matrices with NaN or infinities give NaN.
 *
 * Derivatives take A as symmetric. Those of the vectors need distinct eigenvalues: they grow as 1 / gap, and are infinite or NaN where eigenvalues coincide, as are second derivatives of the values.
 *
 * @param a [..., n, n], float32 or float64.
 * @throws InvalidInputError when the matrices are not square or not of floats; UnsupportedError on webgpu and tensorflow.
 */
export function eigenSymmetric<D extends DType>(a: Tensor<D>): SymmetricEigen<D> {
  const [values, vectors] = eigenSymmetricKernel.run([a], { vectors: true });
  return { values: values as Tensor<D>, vectors: vectors as Tensor<D> };
}

/**
 * Eigenvalues of symmetric matrices, ascending: several times faster than with eigenvectors. See `eigenSymmetric`.
 *
 * @param a [..., n, n], float32 or float64; the lower triangle is read.
 * @returns [..., n].
 * @throws InvalidInputError when the matrices are not square or not of floats; UnsupportedError on webgpu and tensorflow.
 */
export function eigenvaluesSymmetric<D extends DType>(a: Tensor<D>): Tensor<D> {
  return eigenSymmetricKernel.run([a], { vectors: false })[0] as Tensor<D>;
}

function tolerance(dtype: DType, [a]: readonly TensorSpec[]): Tolerance {
  const n = a.shape[a.shape.length - 1];
  const u = dtype === "float32" ? 2 ** -24 : 2 ** -53;
  // Values err by √n u times the norm, which is n in the cases, and vectors by that over the gap, which is 1. Scaled cases have values of any size.
  return { relative: 8 * (n + 4) * u, absolute: 4 * Math.sqrt(n) * (n + 4) * u };
}
