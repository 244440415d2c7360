import {
  add,
  conj,
  type Derivatives,
  divide,
  isComplex,
  matmul,
  multiply,
  real,
  subtract,
  type Tensor,
} from "@ansatz/tensor";
import { adjoint, castLike, diagonal, diagonalMatrix, identity } from "../../matrix-parts.ts";
import { solve } from "../../solve/linear-systems.ts";
import { fromPhase, keepPhase, phaseCotangent, sumOfColumns } from "../vector-phase.ts";

/**
 * With M = V⁻¹ Ȧ V: λ̇ is the diagonal of M, and V̇ = V (F ∘ M) with Fᵢⱼ = 1 / (λⱼ − λᵢ), plus the multiple of each vector that keeps its length 1 and its largest element real
 * (M. Giles, "An extended collection of matrix derivative results", 2008, section 3.1, and the normalisation).
 */
export const eigenDerivatives: Derivatives<null> = {
  structure: "nonlinear",
  forward: ([tangent], { outputs: [values, vectors] }) => {
    const moved = solve(vectors, matmul(castLike(tangent!, vectors), vectors));
    const turned = matmul(vectors, multiply(moved, inverseGaps(values)));
    return [diagonal(moved), normalised(turned, vectors)];
  },
  reverse: ([inValues, inVectors], { inputs: [a], outputs: [values, vectors] }) => {
    if (!inValues && !inVectors) return [null];
    const parts: Tensor[] = [];
    if (inValues) parts.push(diagonalMatrix(inValues));
    if (inVectors) {
      const turned = matmul(adjoint(vectors), normalisedAdjoint(inVectors, vectors));
      parts.push(multiply(conj(inverseGaps(values)), turned));
    }
    const inner = parts.reduce((total, part) => add(total, part));
    const inA = matmul(solve(adjoint(vectors), inner), adjoint(vectors));
    return [isComplex(a.dtype) ? inA : real(inA)];
  },
};

/** 1 / (λⱼ − λᵢ) beside the diagonal, 0 on it. */
function inverseGaps(values: Tensor): Tensor {
  const n = values.shape[values.shape.length - 1];
  const leading = values.shape.slice(0, -1);
  const one = identity(values, n);
  const gaps = subtract(values.reshape([...leading, 1, n]), values.reshape([...leading, n, 1]));
  return divide(subtract(1, one), add(gaps, one));
}

/** Re vᴴ w of each vector v. */
function lengthOf(w: Tensor, vectors: Tensor): Tensor {
  return castLike(sumOfColumns(real(multiply(conj(vectors), w))), vectors);
}

/** The change w of each vector, and the multiples of this that keep its length and its largest element real. */
function normalised(w: Tensor, vectors: Tensor): Tensor {
  return keepPhase(subtract(w, multiply(lengthOf(w, vectors), vectors)), vectors);
}

/** The adjoint of `normalised`, as a map of pairs of real numbers. */
function normalisedAdjoint(cotangent: Tensor, vectors: Tensor): Tensor {
  const along = multiply(lengthOf(cotangent, vectors), vectors);
  return add(subtract(cotangent, along), fromPhase(phaseCotangent(cotangent, vectors), vectors));
}
