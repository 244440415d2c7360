import {
  add,
  bytesPerElement,
  type DType,
  defineKernel,
  type SliceRange,
  slice,
  type Tensor,
  type TensorSpec,
  type Tolerance,
} from "@ansatz/tensor";
import { examplesAlongBatches } from "../../examples.ts";
import { identity, triangle } from "../../matrix-parts.ts";
import { matrixShape, realFlops } from "../../matrix-shape.ts";
import { caseSource } from "../case-source.ts";
import { roundingUnit } from "../matrix-dtypes.ts";
import { luCases, randomLuCase } from "./cases.ts";
import { luCpu } from "./cpu.ts";
import { luDerivatives } from "./derivatives.ts";
import { luReference } from "./reference.ts";
import { luWebGpu } from "./webgpu.ts";

/**
 * LU factors with partial pivoting, see `lu`. Outputs: both factors in one matrix of the input's shape (the unit diagonal of L is left out); int32 [..., rows], where row i of L U is row
 * permutation[i] of A; int32 [..., 2]: the number of the first pivot, from 1, that is zero or not finite, or 0; and the sign of the permutation.
 */
export const luKernel = defineKernel<null>({
  name: "lu",
  summary: "LU factors of matrices, with partial pivoting.",
  infer([a]) {
    const { batchShape, rows, dtype } = matrixShape("lu: a", a);
    return [
      { shape: a.shape, dtype },
      { shape: [...batchShape, rows], dtype: "int32" },
      { shape: [...batchShape, 2], dtype: "int32" },
    ];
  },
  cost([a]) {
    const { rows, columns, batches, dtype } = matrixShape("lu: a", a);
    const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
    return {
      flops: realFlops(dtype) * batches * short ** 2 * (long - short / 3),
      bytes: batches * (2 * rows * columns * bytesPerElement(dtype) + 4 * rows + 8),
    };
  },
  reference: ([a]) => luReference(a),
  cpu: luCpu,
  webgpu: luWebGpu,
  tensorflow: "TensorFlow.js has no LU factorisation",
  batch: examplesAlongBatches,
  derivatives: luDerivatives,
  cases: () => luCases(caseSource()),
  randomCase: randomLuCase,
  tolerance,
});

/** LU factors with partial pivoting: the rows of A in the order of `permutation` are `lower` times `upper`. */
export interface LuFactors<D extends DType = DType> {
  /** [..., rows, k], unit lower triangular; k = min(rows, columns). */
  readonly lower: Tensor<D>;
  /** [..., k, columns], upper triangular. */
  readonly upper: Tensor<D>;
  /** int32 [..., rows]: row i of `lower` times `upper` is row permutation[i] of A. */
  readonly permutation: Tensor<"int32">;
}

/**
 * LU factors with partial pivoting: P A = L U. The pivot is the first element of largest size in its column, so that no element of L exceeds 1; complex numbers are
 * compared by |Re| + |Im|, and then no such sum of L exceeds 2.
 * A zero pivot is skipped: U is then singular, and L has zeros below it. `factorLu` waits, and throws.
 *
 * Derivatives are those of square, nonsingular matrices; at ties between pivots they are those of the choice made.
 *
 * @param a [..., rows, columns], float32, float64 or complex.
 * @throws InvalidInputError when `a` holds no matrices, or integers; UnsupportedError on tensorflow.
 */
export function lu<D extends DType>(a: Tensor<D>): LuFactors<D> {
  const { rows, columns, batchShape } = matrixShape("lu: a", a);
  const k = Math.min(rows, columns);
  return a.device.scope(() => {
    const [factors, permutation] = luKernel.run([a], null);
    const all = batchShape.map((): SliceRange => null);
    const left = triangle(slice(factors, [...all, null, [0, k]]), "lower", -1);
    return {
      lower: add(left, identity(left, rows, k)) as Tensor<D>,
      upper: triangle(slice(factors, [...all, [0, k], null]), "upper") as Tensor<D>,
      permutation: permutation as Tensor<"int32">,
    };
  });
}

function tolerance(dtype: DType, [a]: readonly TensorSpec[]): Tolerance {
  const n = Math.min(...a.shape.slice(-2));
  const u = roundingUnit(dtype);
  // Terms of a sum are of size 1/n but for one of 3 at most, and factors do not grow; √n roundings add up.
  return dtype === "int32" ? { relative: 0, absolute: 0 } : { relative: 4 * u, absolute: 16 * (Math.sqrt(n) + 4) * u };
}
