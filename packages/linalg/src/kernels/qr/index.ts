import {
  bytesPerElement,
  type DType,
  defineKernel,
  type Tensor,
  type TensorSpec,
  type Tolerance,
} from "@ansatz/tensor";
import { examplesAlongBatches } from "../../examples.ts";
import { matrixShape, realFlops } from "../../matrix-shape.ts";
import { caseSource } from "../case-source.ts";
import { roundingUnit } from "../matrix-dtypes.ts";
import { qrCases, randomQrCase } from "./cases.ts";
import { qrCpu } from "./cpu.ts";
import { qrDerivatives } from "./derivatives.ts";
import type { QrOptions } from "./options.ts";
import { qrReference } from "./reference.ts";
import { qrWebGpu } from "./webgpu.ts";

/** QR factors, see `qr` and `pivotedQr`. Outputs: Q; R; and with pivoting int32 [..., columns], where column j of Q R is column permutation[j] of A. */
export const qrKernel = defineKernel<QrOptions>({
  name: "qr",
  summary: "QR factors of matrices by Householder reflections, plain or with column pivoting.",
  infer([a], { full, pivoting }) {
    const { batchShape, rows, columns, dtype } = matrixShape("qr: a", a);
    const kept = full ? rows : Math.min(rows, columns);
    const factors: TensorSpec[] = [
      { shape: [...batchShape, rows, kept], dtype },
      { shape: [...batchShape, kept, columns], dtype },
    ];
    return pivoting ? [...factors, { shape: [...batchShape, columns], dtype: "int32" }] : factors;
  },
  cost([a], { full }) {
    const { rows, columns, batches, dtype } = matrixShape("qr: a", a);
    const count = Math.min(rows, columns);
    const kept = full ? rows : count;
    const reduce = 2 * count * (rows * columns - (count * (rows + columns)) / 2 + (count * count) / 3);
    const form = 2 * count * (rows * kept - (count * (rows + kept)) / 2 + (count * count) / 3);
    const elements = rows * columns + kept * (rows + columns);
    return {
      flops: 2 * realFlops(dtype) * batches * (reduce + form),
      bytes: batches * elements * bytesPerElement(dtype),
    };
  },
  reference: ([a], options) => qrReference(a, options),
  cpu: qrCpu,
  webgpu: qrWebGpu,
  tensorflow: "its QR factorisation is a loop of small operations with other signs, and has no pivoting",
  batch: examplesAlongBatches,
  derivatives: qrDerivatives,
  cases: () => qrCases(caseSource()),
  randomCase: randomQrCase,
  tolerance,
});

/** A = Q R. */
export interface QrFactors<D extends DType = DType> {
  /** Orthonormal columns: [..., rows, k], k = min(rows, columns), or rows in the full form. */
  readonly q: Tensor<D>;
  /** Upper triangular, with a diagonal that is real and not negative: [..., k, columns]. */
  readonly r: Tensor<D>;
}

/** A with its columns in the order of `permutation` is Q R. */
export interface PivotedQrFactors<D extends DType = DType> extends QrFactors<D> {
  /** int32 [..., columns]: column j of Q R is column permutation[j] of A. */
  readonly permutation: Tensor<"int32">;
}

/**
 * QR factors A = Q R by Householder reflections. The diagonal of R is real and not negative, which makes the factors of a matrix of full column rank unique.
 * ‖A − Q R‖ and ‖Qᴴ Q − I‖ are small multiples of n u whatever A is.
 *
 * Derivatives need the first min(rows, columns) columns of A to be linearly independent, and the reduced form where there are more rows than columns.
 *
 * @param a [..., rows, columns], float32, float64 or complex.
 * @param options full: whether Q is square (default false).
 * @throws InvalidInputError when `a` holds no matrices, or integers; UnsupportedError on tensorflow.
 */
export function qr<D extends DType>(
  a: Tensor<D>,
  { full = false }: Partial<Pick<QrOptions, "full">> = {},
): QrFactors<D> {
  const [q, r] = qrKernel.run([a], { full, pivoting: false });
  return { q: q as Tensor<D>, r: r as Tensor<D> };
}

/**
 * QR factors with column pivoting, A P = Q R: at every step the longest column that is left comes first, so that the diagonal of R does not increase and shows the numerical rank.
 * Slower than `qr` on large matrices: half of the work is products with vectors.
 *
 * @param a [..., rows, columns], float32, float64 or complex.
 * @param options full: whether Q is square (default false).
 * @throws InvalidInputError when `a` holds no matrices, or integers; UnsupportedError on tensorflow.
 */
export function pivotedQr<D extends DType>(
  a: Tensor<D>,
  { full = false }: Partial<Pick<QrOptions, "full">> = {},
): PivotedQrFactors<D> {
  const [q, r, permutation] = qrKernel.run([a], { full, pivoting: true });
  return { q: q as Tensor<D>, r: r as Tensor<D>, permutation: permutation as Tensor<"int32"> };
}

function tolerance(dtype: DType, [a]: readonly TensorSpec[], { pivoting }: QrOptions): Tolerance {
  if (dtype === "int32") return { relative: 0, absolute: 0 };
  const n = Math.max(...a.shape.slice(-2));
  const u = roundingUnit(dtype);
  // Factors change by about the condition number, here below 5, times √n u; pivoted cases have columns down to 4⁻⁶ times the longest, whose directions err relative to their own length
  // as reflections act on columns one by one.
  return { relative: 4 * u, absolute: (pivoting ? 64 : 32) * (Math.sqrt(n) + 4) * u };
}
