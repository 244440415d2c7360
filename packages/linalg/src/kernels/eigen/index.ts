import {
  bytesPerElement,
  type ComplexDType,
  complexDType,
  type DType,
  defineKernel,
  type Tensor,
  type TensorSpec,
  type Tolerance,
} from "@ansatz/tensor";
import { examplesAlongBatches } from "../../examples.ts";
import { realDType, realFlops, squareShape } from "../../matrix-shape.ts";
import { caseSource } from "../case-source.ts";
import { roundingUnit } from "../matrix-dtypes.ts";
import { eigenCases, randomEigenCase } from "./cases.ts";
import { eigenCpu } from "./cpu.ts";
import { eigenDerivatives } from "./derivatives.ts";
import { eigenReference } from "./reference.ts";

/** Eigenvalues and eigenvectors of real or complex matrices, see `eigen`. Outputs: complex values [..., n] and vectors [..., n, n], as columns. */
export const eigenKernel = defineKernel<null>({
  name: "eigen",
  summary: "Eigenvalues and eigenvectors of matrices by reduction to Hessenberg form and QR with shifts.",
  infer([a]) {
    const { batchShape, rows, dtype } = squareShape("eigen: a", a);
    const complex = complexDType(realDType(dtype));
    return [
      { shape: [...batchShape, rows], dtype: complex },
      { shape: a.shape, dtype: complex },
    ];
  },
  cost([a]) {
    const { rows: n, batches, dtype } = squareShape("eigen: a", a);
    // As Golub and Van Loan reckon for the Schur form and its basis (section 7.5.6).
    return {
      flops: realFlops(dtype) * batches * 25 * n ** 3,
      bytes: batches * bytesPerElement(dtype) * (3 * n * n + 2 * n),
    };
  },
  reference: ([a]) => eigenReference(a),
  cpu: eigenCpu,
  webgpu: "sequential: the reflectors of a QR sweep follow one from the other; use the cpu device",
  tensorflow: "TensorFlow.js has no eigenvalues",
  batch: examplesAlongBatches,
  derivatives: eigenDerivatives,
  cases: () => eigenCases(caseSource()),
  randomCase: randomEigenCase,
  tolerance,
});

/** A V = V Λ. */
export interface Eigen {
  /** λ [..., n], complex: ascending by real part, then by imaginary part. */
  readonly values: Tensor<ComplexDType>;
  /** V [..., n, n], complex: columns of length 1, whose largest element is real and positive. */
  readonly vectors: Tensor<ComplexDType>;
}

/**
 * Eigenvalues and right eigenvectors: Householder reduction to Hessenberg form, QR with double shifts to the real Schur form, or of complex matrices with single shifts to the complex one,
 * back-substitution. Complex eigenvalues of real matrices come in conjugate pairs. For symmetric and Hermitian matrices `eigenSymmetric` is faster, and its eigenvectors are orthonormal.
 *
 * Eigenvalues are those of a matrix within 10 n u ‖A‖ of A; those of defective or nearly defective matrices, and their vectors, react strongly to such changes. Matrices with NaN or infinities give NaN.
 *
 * Derivatives need distinct eigenvalues, also those of the values alone: they grow with the condition of the matrix of eigenvectors, and are infinite or NaN where two coincide.
 *
 * @param a [..., n, n], float32, float64 or complex.
 * @throws InvalidInputError when the matrices are not square or of integers; UnsupportedError on webgpu and tensorflow.
 */
export function eigen(a: Tensor): Eigen {
  const [values, vectors] = eigenKernel.run([a], null);
  return { values: values as Tensor<ComplexDType>, vectors: vectors as Tensor<ComplexDType> };
}

function tolerance(dtype: DType, [a]: readonly TensorSpec[]): Tolerance {
  const n = a.shape[a.shape.length - 1];
  const u = roundingUnit(dtype);
  // Values err by √n u times the norm, which is below n + 3 in the cases, and vectors by that over the gap, which is at least 1.
  return { relative: 8 * (n + 4) * u, absolute: 8 * Math.sqrt(n + 1) * (n + 4) * u };
}
