import { add, type Derivatives, matmul, multiply, type Tensor } from "@ansatz/tensor";
import { symmetricPart, transposed, triangle } from "../../matrix-parts.ts";
import { solveTriangular } from "../solve-triangular/index.ts";

/** The lower triangle with half of the diagonal: Φ with X = Φ(X) + Φ(X)ᵀ for symmetric X. */
function lowerHalf(x: Tensor): Tensor {
  return multiply(add(triangle(x, "lower"), triangle(x, "lower", -1)), 0.5);
}

/**
 * From A = L Lᵀ: L̇ = L Φ(L⁻¹ Ȧ L⁻ᵀ), and its adjoint Ā = L⁻ᵀ sym(Φ(Lᵀ L̄)) L⁻¹ (I. Murray, "Differentiation of the Cholesky decomposition", 2016).
 * A is taken as symmetric: tangents are made so, and cotangents are.
 */
export const choleskyDerivatives: Derivatives<null> = {
  structure: "nonlinear",
  forward: ([tangent], { outputs: [l] }) => {
    const left = solveTriangular(l, symmetricPart(tangent!));
    const both = solveTriangular(l, transposed(left));
    return [matmul(l, lowerHalf(both)), null];
  },
  reverse: ([cotangent], { outputs: [l] }) => {
    if (!cotangent) return [null];
    const inner = symmetricPart(lowerHalf(matmul(l, triangle(cotangent, "lower"), { transposeA: true })));
    const left = solveTriangular(l, inner, { transpose: true });
    return [symmetricPart(solveTriangular(l, transposed(left), { transpose: true }))];
  },
};
