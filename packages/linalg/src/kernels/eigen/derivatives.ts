import {
  absSquare,
  add,
  argmax,
  complex,
  concatenate,
  conj,
  type Derivatives,
  divide,
  imag,
  matmul,
  multiply,
  neg,
  oneHot,
  real,
  type SliceRange,
  slice,
  stopGradient,
  subtract,
  sum,
  type Tensor,
} from "@ansatz/tensor";
import { diagonal, identity, transposed } from "../../matrix-parts.ts";
import { solve } from "../../solve/linear-systems.ts";

/**
 * With M = V⁻¹ Ȧ V: λ̇ is the diagonal of M, and V̇ = V (F ∘ M) with Fᵢⱼ = 1 / (λⱼ − λᵢ), plus the multiple of each vector that keeps its length 1 and its largest element real
 * (M. Giles, "An extended collection of matrix derivative results", 2008, section 3.1, and the normalisation).
 */
export const eigenDerivatives: Derivatives<null> = {
  structure: "nonlinear",
  forward: ([tangent], { outputs: [values, vectors] }) => {
    const moved = solveComplex(vectors, matmul(withoutImaginary(tangent!), vectors));
    const turned = matmul(vectors, multiply(moved, inverseGaps(values)));
    return [complexDiagonal(moved), normalised(turned, vectors)];
  },
  reverse: ([inValues, inVectors], { outputs: [values, vectors] }) => {
    if (!inValues && !inVectors) return [null];
    const parts: Tensor[] = [];
    if (inValues) {
      const one = withoutImaginary(identity(real(values), values.shape[values.shape.length - 1]));
      parts.push(multiply(inValues.reshape([...inValues.shape, 1]), one));
    }
    if (inVectors) {
      const turned = matmul(adjoint(vectors), normalisedAdjoint(inVectors, vectors));
      parts.push(multiply(conj(inverseGaps(values)), turned));
    }
    const inner = parts.reduce((total, part) => add(total, part));
    return [real(matmul(solveComplex(adjoint(vectors), inner), adjoint(vectors)))];
  },
};

function withoutImaginary(x: Tensor): Tensor {
  return complex(x, multiply(x, 0));
}

function adjoint(x: Tensor): Tensor {
  return conj(transposed(x));
}

function complexDiagonal(x: Tensor): Tensor {
  return complex(diagonal(real(x)), diagonal(imag(x)));
}

/** 1 / (λⱼ − λᵢ) beside the diagonal, 0 on it. */
function inverseGaps(values: Tensor): Tensor {
  const n = values.shape[values.shape.length - 1];
  const leading = values.shape.slice(0, -1);
  const one = withoutImaginary(identity(real(values), n));
  const gaps = subtract(values.reshape([...leading, 1, n]), values.reshape([...leading, n, 1]));
  const beside = withoutImaginary(subtract(1, identity(real(values), n)));
  return divide(beside, add(gaps, one));
}

/** Ones where the largest element of each vector is: it is real, and stays so. */
function largestElements(vectors: Tensor): Tensor {
  const sizes = stopGradient(absSquare(vectors));
  const n = vectors.shape[vectors.shape.length - 1];
  return transposed(oneHot(argmax(sizes, { axis: -2 }), n, { dtype: sizes.dtype }));
}

/** w + α v for each vector v and its change w, with Re α = −Re vᴴ w for the length, and Im α = −Im wₖ / vₖ for the largest element. */
function normalised(w: Tensor, vectors: Tensor): Tensor {
  const mask = largestElements(vectors);
  const along = sumOfColumns(real(multiply(conj(vectors), w)));
  const turn = divide(sumOfColumns(multiply(mask, imag(w))), sumOfColumns(multiply(mask, real(vectors))));
  return subtract(w, multiply(complex(along, turn), vectors));
}

/** The adjoint of `normalised`, as a map of pairs of real numbers: with g = vᴴ ȳ, w̄ = ȳ − Re g v − i Im g eₖ / vₖ. */
function normalisedAdjoint(cotangent: Tensor, vectors: Tensor): Tensor {
  const mask = largestElements(vectors);
  const product = multiply(conj(vectors), cotangent);
  const along = withoutImaginary(sumOfColumns(real(product)));
  const turn = divide(sumOfColumns(imag(product)), sumOfColumns(multiply(mask, real(vectors))));
  const rotation = multiply(mask, turn);
  return subtract(subtract(cotangent, multiply(along, vectors)), complex(multiply(rotation, 0), rotation));
}

/** [..., 1, n]. */
function sumOfColumns(x: Tensor): Tensor {
  const sums = sum(x, { axes: [-2] });
  return sums.reshape([...sums.shape.slice(0, -1), 1, sums.shape[sums.shape.length - 1]]);
}

/** C⁻¹ B of complex matrices, as a real system of twice the size. */
function solveComplex(c: Tensor, b: Tensor): Tensor {
  const [re, im] = [real(c), imag(c)];
  const top = concatenate([re, neg(im)], { axis: -1 });
  const bottom = concatenate([im, re], { axis: -1 });
  const x = solve(concatenate([top, bottom], { axis: -2 }), concatenate([real(b), imag(b)], { axis: -2 }));
  const n = c.shape[c.shape.length - 1];
  const all = c.shape.slice(0, -2).map((): SliceRange => null);
  return complex(slice(x, [...all, [0, n], null]), slice(x, [...all, [n, 2 * n], null]));
}
