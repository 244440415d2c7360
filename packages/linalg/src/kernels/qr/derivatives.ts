import {
  add,
  complex,
  concatenate,
  type Derivatives,
  imag,
  isComplex,
  matmul,
  multiply,
  neg,
  type SliceRange,
  slice,
  subtract,
  type Tensor,
  UnsupportedError,
} from "@ansatz/tensor";
import {
  adjoint,
  adjointTimes,
  conjugate,
  diagonal,
  diagonalMatrix,
  permuteRows,
  timesAdjoint,
  transposed,
  triangle,
} from "../../matrix-parts.ts";
import { solveTriangular } from "../solve-triangular/index.ts";
import type { QrOptions } from "./options.ts";

/** X R⁻¹ (`adjoint` false) or X R⁻ᴴ for upper triangular R. */
function divideByUpper(x: Tensor, r: Tensor, adjoint: boolean): Tensor {
  const upper = adjoint ? conjugate(r) : r;
  return transposed(solveTriangular(upper, transposed(x), { lower: false, transpose: !adjoint }));
}

/** i times the imaginary part of the diagonal of square complex matrices; null for real ones. */
function imaginaryDiagonal(x: Tensor): Tensor | null {
  if (!isComplex(x.dtype)) return null;
  const part = diagonalMatrix(imag(diagonal(x)));
  return complex(multiply(part, 0), part);
}

function permuteColumns(x: Tensor, permutation: Tensor | undefined, direction: "forth" | "back"): Tensor {
  return permutation ? transposed(permuteRows(transposed(x), permutation, direction)) : x;
}

function columnsOf(x: Tensor, begin: number, end: number): Tensor {
  return slice(x, [...x.shape.slice(1).map((): SliceRange => null), [begin, end]]);
}

/** Columns beyond the rows: A = (X, Y) with X = Q U square and Y = Q V. */
function beyond(q: Tensor, r: Tensor): number {
  const [rows, kept] = q.shape.slice(-2);
  const columns = r.shape[r.shape.length - 1];
  if (rows === kept && columns < rows)
    throw new UnsupportedError(
      "every device",
      `differentiating the full qr of shape [${rows}, ${columns}]`,
      "the columns of Q beyond those of A are arbitrary; use the reduced one",
    );
  return Math.max(0, columns - rows);
}

/**
 * From A = Q R of full rank: with C = Qᴴ Ȧ R⁻¹ and Ω = tril(C) − tril(C)ᴴ, Ṙ = (C − Ω) R and Q̇ = Ȧ R⁻¹ − Q (C − Ω). The triangle is without the diagonal, of which Ω, and not Ṙ, takes the imaginary part.
 */
function forwardTall(inA: Tensor, q: Tensor, r: Tensor): [Tensor, Tensor] {
  const scaled = divideByUpper(inA, r, false);
  const inner = adjointTimes(q, scaled);
  const below = triangle(inner, "lower", -1);
  const turned = imaginaryDiagonal(inner);
  const above = triangle(inner, "upper");
  const upper = add(turned ? subtract(above, turned) : above, adjoint(below));
  return [subtract(scaled, matmul(q, upper)), matmul(upper, r)];
}

/** Ā = (Q̄ + Q copyltu(M)) R⁻ᴴ with M = R R̄ᴴ − Q̄ᴴ Q, whose lower triangle is copied to the upper, conjugated, and of the diagonal the real part (S. Walter, L. Lehmann, 2010). */
function reverseTall(inQ: Tensor | null, inR: Tensor | null, q: Tensor, r: Tensor): Tensor {
  const fromR = inR && timesAdjoint(r, triangle(inR, "upper"));
  const fromQ = inQ && adjointTimes(inQ, q);
  const m = fromR && fromQ ? subtract(fromR, fromQ) : (fromR ?? neg(fromQ!));
  const mirrored = add(triangle(m, "lower"), adjoint(triangle(m, "lower", -1)));
  const turned = imaginaryDiagonal(m);
  const sum = matmul(q, turned ? subtract(mirrored, turned) : mirrored);
  return divideByUpper(inQ ? add(inQ, sum) : sum, r, true);
}

export const qrDerivatives: Derivatives<QrOptions> = {
  structure: "nonlinear",
  forward: ([tangent], { outputs: [q, r, permutation] }) => {
    const more = beyond(q, r);
    const inA = permuteColumns(tangent!, permutation, "forth");
    const rest = permutation ? [null] : [];
    if (more === 0) return [...forwardTall(inA, q, r), ...rest];
    const rows = r.shape[r.shape.length - 2];
    const [u, v] = [columnsOf(r, 0, rows), columnsOf(r, rows, rows + more)];
    const [inQ, inU] = forwardTall(columnsOf(inA, 0, rows), q, u);
    const moved = subtract(columnsOf(inA, rows, rows + more), matmul(inQ, v));
    const inV = adjointTimes(q, moved);
    return [inQ, concatenate([inU, inV], { axis: -1 }), ...rest];
  },
  reverse: ([inQ, inR], { outputs: [q, r, permutation] }) => {
    if (!inQ && !inR) return [null];
    const more = beyond(q, r);
    const back = (x: Tensor) => [permuteColumns(x, permutation, "back")];
    if (more === 0) return back(reverseTall(inQ, inR, q, r));
    const rows = r.shape[r.shape.length - 2];
    const u = columnsOf(r, 0, rows);
    const inU = inR && columnsOf(inR, 0, rows);
    const inV = inR ? columnsOf(inR, rows, rows + more) : multiply(columnsOf(r, rows, rows + more), 0);
    // V = Qᴴ Y.
    const inY = matmul(q, inV);
    const throughV = timesAdjoint(matmul(q, columnsOf(r, rows, rows + more)), inV);
    const inX = reverseTall(inQ ? add(inQ, throughV) : throughV, inU, q, u);
    return back(concatenate([inX, inY], { axis: -1 }));
  },
};
