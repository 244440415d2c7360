import {
  broadcastTo,
  bytesPerElement,
  type DType,
  defineKernel,
  type Tensor,
  type TensorSpec,
  type Tolerance,
} from "@ansatz/tensor";
import { examplesAlongBatches } from "../../examples.ts";
import { matrixShape, realFlops, rightSideShape, squareShape, systemShapes } from "../../matrix-shape.ts";
import { caseSource } from "../case-source.ts";
import { roundingUnit } from "../matrix-dtypes.ts";
import { randomSolveTriangularCase, solveTriangularCases } from "./cases.ts";
import { solveTriangularCpu } from "./cpu.ts";
import { solveTriangularDerivatives } from "./derivatives.ts";
import type { SolveTriangularOptions } from "./options.ts";
import { solveTriangularReference } from "./reference.ts";
import { solveTriangularWebGpu } from "./webgpu.ts";

/** Triangular solves, see `solveTriangular`; the batch axes of both inputs are equal. The output may be the second input. */
export const solveTriangularKernel = defineKernel<SolveTriangularOptions>({
  name: "solve-triangular",
  summary: "Solves triangular systems with many right-hand sides.",
  infer([t, b]) {
    const { dtype } = rightSideShape("solveTriangular: b", squareShape("solveTriangular: t", t), b);
    return [{ shape: b.shape, dtype }];
  },
  cost([, b]) {
    const { rows: n, columns, batches, dtype } = matrixShape("solveTriangular: b", b);
    return {
      flops: realFlops(dtype) * batches * n * n * columns,
      bytes: batches * (0.5 * n * n + 2 * n * columns) * bytesPerElement(dtype),
    };
  },
  reference: solveTriangularReference,
  cpu: solveTriangularCpu,
  webgpu: solveTriangularWebGpu,
  tensorflow: "TensorFlow.js has no triangular solve",
  batch: examplesAlongBatches,
  derivatives: solveTriangularDerivatives,
  cases: () => solveTriangularCases(caseSource()),
  randomCase: randomSolveTriangularCase,
  tolerance,
});

/**
 * Solves T X = B, or Tᵀ X = B, for triangular T by substitution: backward stable, column by column |T X − B| ≤ n u |T| |X|.
 *
 * Only the triangle that `lower` names is read. Complex matrices are transposed without conjugation: Tᴴ X = B has the conjugate of the solution for the conjugate of B and `transpose`. A zero on the diagonal gives infinities and NaN, as division does.
 *
 * @param t [..., n, n], float32, float64 or complex.
 * @param b [..., n, columns], of the same dtype; leading axes broadcast.
 * @param options lower (default true), transpose (default false), unitDiagonal (default false).
 * @returns X [..., n, columns].
 * @throws InvalidInputError when shapes or dtypes do not fit; UnsupportedError on tensorflow.
 */
export function solveTriangular<D extends DType>(
  t: Tensor<D>,
  b: Tensor<D>,
  options: Partial<SolveTriangularOptions> = {},
): Tensor<D> {
  const { lower = true, transpose = false, unitDiagonal = false } = options;
  squareShape("solveTriangular: t", t);
  const [tShape, bShape] = systemShapes("solveTriangular", t, b);
  return t.device.scope(() => {
    const inputs = [broadcastTo(t, tShape), broadcastTo(b, bShape)];
    return solveTriangularKernel.run(inputs, { lower, transpose, unitDiagonal })[0] as Tensor<D>;
  });
}

function tolerance(dtype: DType, [t]: readonly TensorSpec[]): Tolerance {
  const n = t.shape[t.shape.length - 1];
  const u = roundingUnit(dtype);
  // Solutions of the cases are of the size of the right-hand sides (up to about 5, 30 with a unit diagonal), and their sums of n terms of size 1/n err by a few roundings of that size.
  return { relative: 4 * u, absolute: 32 * (Math.sqrt(n) + 4) * u };
}
