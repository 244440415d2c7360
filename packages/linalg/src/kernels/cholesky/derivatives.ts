import { add, type Derivatives, matmul, multiply, type Tensor } from "@ansatz/tensor";
import { adjoint, adjointTimes, conjugate, hermitianPart, triangle } from "../../matrix-parts.ts";
import { solveTriangular } from "../solve-triangular/index.ts";

/** The lower triangle with half of the diagonal: Φ with X = Φ(X) + Φ(X)ᴴ for Hermitian X. */
function lowerHalf(x: Tensor): Tensor {
  return multiply(add(triangle(x, "lower"), triangle(x, "lower", -1)), 0.5);
}

/** L⁻ᴴ X. */
function divideByAdjoint(l: Tensor, x: Tensor): Tensor {
  return conjugate(solveTriangular(l, conjugate(x), { transpose: true }));
}

/**
 * From A = L Lᴴ: L̇ = L Φ(L⁻¹ Ȧ L⁻ᴴ), and its adjoint Ā = L⁻ᴴ herm(Φ(Lᴴ L̄)) L⁻¹ (I. Murray, "Differentiation of the Cholesky decomposition", 2016; in complex numbers the diagonal
 * of L stays real, and so does that of Φ).
 * A is taken as Hermitian: tangents are made so, and cotangents are.
 */
export const choleskyDerivatives: Derivatives<null> = {
  structure: "nonlinear",
  forward: ([tangent], { outputs: [l] }) => {
    const left = solveTriangular(l, hermitianPart(tangent!));
    const both = solveTriangular(l, adjoint(left));
    return [matmul(l, lowerHalf(both)), null];
  },
  reverse: ([cotangent], { outputs: [l] }) => {
    if (!cotangent) return [null];
    const inner = hermitianPart(lowerHalf(adjointTimes(l, triangle(cotangent, "lower"))));
    const left = divideByAdjoint(l, inner);
    return [hermitianPart(divideByAdjoint(l, adjoint(left)))];
  },
};
