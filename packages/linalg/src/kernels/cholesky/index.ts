import {
  bytesPerElement,
  type DType,
  defineKernel,
  type Tensor,
  type TensorSpec,
  type Tolerance,
} from "@ansatz/tensor";
import { examplesAlongBatches } from "../../examples.ts";
import { realFlops, squareShape } from "../../matrix-shape.ts";
import { caseSource } from "../case-source.ts";
import { roundingUnit } from "../matrix-dtypes.ts";
import { choleskyCases, randomCholeskyCase } from "./cases.ts";
import { choleskyCpu } from "./cpu.ts";
import { choleskyDerivatives } from "./derivatives.ts";
import { choleskyReference } from "./reference.ts";
import { choleskyWebGpu } from "./webgpu.ts";

/**
 * Cholesky factors, see `cholesky`. Outputs: the lower factors, of the input's shape, and int32 of the batch shape: 0, or the order of the first leading minor
 * that is not positive, and then the lower triangle of the factor is NaN.
 */
export const choleskyKernel = defineKernel<null>({
  name: "cholesky",
  summary: "Lower Cholesky factors of symmetric, or Hermitian, positive definite matrices.",
  infer([a]) {
    const { batchShape, dtype } = squareShape("cholesky: a", a);
    return [
      { shape: a.shape, dtype },
      { shape: batchShape, dtype: "int32" },
    ];
  },
  cost([a]) {
    const { rows: n, batches, dtype } = squareShape("cholesky: a", a);
    return {
      flops: (batches * realFlops(dtype) * n ** 3) / 3,
      bytes: batches * (1.5 * n * n * bytesPerElement(dtype) + 4),
    };
  },
  reference: ([a]) => choleskyReference(a),
  cpu: choleskyCpu,
  webgpu: choleskyWebGpu,
  tensorflow: "TensorFlow.js has no Cholesky factorisation",
  batch: examplesAlongBatches,
  derivatives: choleskyDerivatives,
  cases: () => choleskyCases(caseSource()),
  randomCase: randomCholeskyCase,
  tolerance,
});

/**
 * Lower Cholesky factors: A = L Lᴴ with L lower triangular and its diagonal positive. The way to choose for symmetric, or Hermitian, positive definite A: half the work of `luFactor`, and stable without pivoting.
 *
 * Only the lower triangle of A is read, and of the diagonal only real parts. Derivatives take A as symmetric (Hermitian): cotangents are such matrices. The backward error is a small multiple of n u: ‖A − L Lᴴ‖ ≤ 10 n u ‖A‖.
 *
 * Never throws for what the values are, because on a GPU they are not known yet: where A is not positive definite, or not finite, the lower triangle of its L is NaN. `factorCholesky` waits, and throws.
 *
 * @param a [..., n, n], float32, float64 or complex.
 * @returns [..., n, n].
 * @throws InvalidInputError when the matrices are not square or of integers; UnsupportedError on tensorflow.
 */
export function cholesky<D extends DType>(a: Tensor<D>): Tensor<D> {
  const [factor, info] = choleskyKernel.run([a], null);
  info.dispose();
  return factor as Tensor<D>;
}

function tolerance(dtype: DType, [a]: readonly TensorSpec[]): Tolerance {
  const n = a.shape[a.shape.length - 1];
  const u = roundingUnit(dtype);
  // The factor of a matrix of condition κ changes by about κ times a relative change of the matrix, here n u in the worst case and √n u in practice; elements are up to 2.5, κ about 5.
  return { relative: u, absolute: 4 * (n + 4) * u };
}
