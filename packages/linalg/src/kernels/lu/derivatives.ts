import { add, type Derivatives, matmul, type Tensor, UnsupportedError } from "@ansatz/tensor";
import { permuteRows, transposed, triangle } from "../../matrix-parts.ts";
import { solveTriangular } from "../solve-triangular/index.ts";

/** X U⁻¹ (`transpose` false) or X U⁻ᵀ for the upper triangle U of the factors. */
function divideByUpper(x: Tensor, factors: Tensor, transpose: boolean): Tensor {
  return transposed(solveTriangular(factors, transposed(x), { lower: false, transpose: !transpose }));
}

/** L X or Lᵀ X for the unit lower triangle L of the factors. */
function timesLower(factors: Tensor, x: Tensor, transpose: boolean): Tensor {
  return add(x, matmul(triangle(factors, "lower", -1), x, { transposeA: transpose }));
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
    const upper = matmul(triangle(cotangent, "upper"), triangle(factors, "upper"), { transposeB: true });
    const right = divideByUpper(add(lower, triangle(upper, "upper")), factors, true);
    const both = solveTriangular(factors, right, { unitDiagonal: true, transpose: true });
    return [permuteRows(both, permutation, "back")];
  },
};
