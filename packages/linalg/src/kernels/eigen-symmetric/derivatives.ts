import { add, type Derivatives, isComplex, matmul, multiply, real, type Tensor } from "@ansatz/tensor";
import { adjointTimes, castLike, diagonal, diagonalMatrix, hermitianPart, timesAdjoint } from "../../matrix-parts.ts";
import { fromPhase, keepPhase, phaseCotangent } from "../vector-phase.ts";
import { eigenSymmetricKernel } from "./index.ts";
import { inverseGaps } from "./inverse-gaps.ts";
import type { EigenSymmetricOptions } from "./options.ts";

/**
 * A = V Λ Vᴴ with Ȧ in the basis of eigenvectors, M = Vᴴ Ȧ V: λ̇ is its diagonal, and V̇ = V (M ∘ F) with Fᵢⱼ = 1 / (λⱼ − λᵢ); of complex vectors with the multiple of i V that keeps the largest
 * elements real.
 */
export const eigenSymmetricDerivatives: Derivatives<EigenSymmetricOptions> = {
  structure: "nonlinear",
  forward: ([tangent], { inputs, outputs, options }) => {
    const [values, v] = options.vectors ? outputs : eigenSymmetricKernel.run(inputs, { vectors: true });
    const moved = matmul(adjointTimes(v, hermitianPart(tangent!)), v);
    const inValues = real(diagonal(moved));
    if (!options.vectors) return [inValues];
    const inVectors = matmul(v, multiply(moved, castLike(inverseGaps(values), v)));
    return [inValues, isComplex(v.dtype) ? keepPhase(inVectors, v) : inVectors];
  },
  reverse: ([inValues, inVectors], { inputs, outputs, options }) => {
    if (!inValues && !inVectors) return [null];
    const [values, v] = options.vectors ? outputs : eigenSymmetricKernel.run(inputs, { vectors: true });
    const straight = inValues && castLike(diagonalMatrix(inValues), v);
    const turned = inVectors && multiply(adjointTimes(v, withPhase(inVectors, v)), castLike(inverseGaps(values), v));
    const inner = straight && turned ? add(straight, turned) : (straight ?? turned!);
    return [hermitianPart(timesAdjoint(matmul(v, inner), v))];
  },
};

/** The adjoint of `keepPhase` for complex vectors. */
function withPhase(cotangent: Tensor, v: Tensor): Tensor {
  return isComplex(v.dtype) ? add(cotangent, fromPhase(phaseCotangent(cotangent, v), v)) : cotangent;
}
