import { add, type Derivatives, divide, matmul, multiply, subtract, type Tensor } from "@ansatz/tensor";
import { diagonal, diagonalMatrix, identity, symmetricPart, transposed } from "../../matrix-parts.ts";
import { eigenSymmetricKernel } from "./index.ts";
import type { EigenSymmetricOptions } from "./options.ts";

/** 1 / (λⱼ − λᵢ) beside the diagonal, 0 on it. */
export function inverseGaps(values: Tensor): Tensor {
  const n = values.shape[values.shape.length - 1];
  const leading = values.shape.slice(0, -1);
  const gaps = subtract(values.reshape([...leading, 1, n]), values.reshape([...leading, n, 1]));
  const one = identity(values, n);
  return divide(subtract(1, one), add(gaps, one));
}

/** A = V Λ Vᵀ with Ȧ in the basis of eigenvectors, M = Vᵀ Ȧ V: λ̇ is its diagonal, and V̇ = V (M ∘ F) with Fᵢⱼ = 1 / (λⱼ − λᵢ). */
export const eigenSymmetricDerivatives: Derivatives<EigenSymmetricOptions> = {
  structure: "nonlinear",
  forward: ([tangent], { inputs, outputs, options }) => {
    const [values, v] = options.vectors ? outputs : eigenSymmetricKernel.run(inputs, { vectors: true });
    const moved = matmul(matmul(v, symmetricPart(tangent!), { transposeA: true }), v);
    const inValues = diagonal(moved);
    return options.vectors ? [inValues, matmul(v, multiply(moved, inverseGaps(values)))] : [inValues];
  },
  reverse: ([inValues, inVectors], { inputs, outputs, options }) => {
    if (!inValues && !inVectors) return [null];
    const [values, v] = options.vectors ? outputs : eigenSymmetricKernel.run(inputs, { vectors: true });
    const straight = inValues && diagonalMatrix(inValues);
    const turned = inVectors && multiply(matmul(v, inVectors, { transposeA: true }), inverseGaps(values));
    const inner = straight && turned ? add(straight, turned) : (straight ?? turned!);
    return [symmetricPart(matmul(matmul(v, inner), transposed(v)))];
  },
};
