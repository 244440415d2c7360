import { add, type Derivatives, matmul, multiply } from "@ansatz/tensor";
import { diagonal, diagonalMatrix, hermitianPart, transposed } from "../../matrix-parts.ts";
import { eigenSymmetricKernel } from "./index.ts";
import { inverseGaps } from "./inverse-gaps.ts";
import type { EigenSymmetricOptions } from "./options.ts";

/** A = V Λ Vᵀ with Ȧ in the basis of eigenvectors, M = Vᵀ Ȧ V: λ̇ is its diagonal, and V̇ = V (M ∘ F) with Fᵢⱼ = 1 / (λⱼ − λᵢ). */
export const eigenSymmetricDerivatives: Derivatives<EigenSymmetricOptions> = {
  structure: "nonlinear",
  forward: ([tangent], { inputs, outputs, options }) => {
    const [values, v] = options.vectors ? outputs : eigenSymmetricKernel.run(inputs, { vectors: true });
    const moved = matmul(matmul(v, hermitianPart(tangent!), { transposeA: true }), v);
    const inValues = diagonal(moved);
    return options.vectors ? [inValues, matmul(v, multiply(moved, inverseGaps(values)))] : [inValues];
  },
  reverse: ([inValues, inVectors], { inputs, outputs, options }) => {
    if (!inValues && !inVectors) return [null];
    const [values, v] = options.vectors ? outputs : eigenSymmetricKernel.run(inputs, { vectors: true });
    const straight = inValues && diagonalMatrix(inValues);
    const turned = inVectors && multiply(matmul(v, inVectors, { transposeA: true }), inverseGaps(values));
    const inner = straight && turned ? add(straight, turned) : (straight ?? turned!);
    return [hermitianPart(matmul(matmul(v, inner), transposed(v)))];
  },
};
