import { add, type Derivatives, matmul, type Tensor, UnsupportedError } from "@ansatz/tensor";
import { adjointTimes, conjugate, permuteRows, timesAdjoint, transposed, triangle } from "../../matrix-parts.ts";
import { solveTriangular } from "../solve-triangular/index.ts";

/** X U⁻¹ (`adjoint` false) or X U⁻ᴴ for the upper triangle U of the factors. */
function divideByUpper(x: Tensor, factors: Tensor, adjoint: boolean): Tensor {
  const upper = adjoint ? conjugate(factors) : factors;
  return transposed(solveTriangular(upper, transposed(x), { lower: false, transpose: !adjoint }));
}

/** L X or Lᴴ X for the unit lower triangle L of the factors. */
function timesLower(factors: Tensor, x: Tensor, adjoint: boolean): Tensor {
  const below = triangle(factors, "lower", -1);
  return add(x, adjoint ? adjointTimes(below, x) : matmul(below, x));
}

function checkSquare(factors: Tensor): void {
  const [rows, columns] = factors.shape.slice(-2);
  if (rows !== columns)
    throw new UnsupportedError(
      "every device",
      `differentiating lu of shape [${factors.shape}]`,
      "rules are for square matrices",
    );
}

/** From P A = L U, with F = L⁻¹ P Ȧ U⁻¹: L̇ is L times the part of F below the diagonal, U̇ the rest of F times U. Factors come and go in one matrix. */
export const luDerivatives: Derivatives<null> = {
  structure: "nonlinear",
  forward: ([tangent], { outputs: [factors, permutation] }) => {
    checkSquare(factors);
    const left = solveTriangular(factors, permuteRows(tangent!, permutation), { unitDiagonal: true });
    const both = divideByUpper(left, factors, false);
    const lower = timesLower(factors, triangle(both, "lower", -1), false);
    return [add(lower, matmul(triangle(both, "upper"), triangle(factors, "upper"))), null, null];
  },
  reverse: ([cotangent], { outputs: [factors, permutation] }) => {
    if (!cotangent) return [null];
    checkSquare(factors);
    const lower = triangle(timesLower(factors, triangle(cotangent, "lower", -1), true), "lower", -1);
    const upper = timesAdjoint(triangle(cotangent, "upper"), triangle(factors, "upper"));
    const right = divideByUpper(add(lower, triangle(upper, "upper")), factors, true);
    const both = solveTriangular(conjugate(factors), right, { unitDiagonal: true, transpose: true });
    return [permuteRows(both, permutation, "back")];
  },
};
