import {
  add,
  concatenate,
  type Derivatives,
  matmul,
  multiply,
  neg,
  type SliceRange,
  slice,
  subtract,
  type Tensor,
  UnsupportedError,
} from "@ansatz/tensor";
import { permuteRows, transposed, triangle } from "../../matrix-parts.ts";
import { solveTriangular } from "../solve-triangular/index.ts";
import type { QrOptions } from "./options.ts";

/** X R⁻¹ (`transpose` false) or X R⁻ᵀ for upper triangular R. */
function divideByUpper(x: Tensor, r: Tensor, transpose: boolean): Tensor {
  return transposed(solveTriangular(r, transposed(x), { lower: false, transpose: !transpose }));
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

/** From A = Q R of full rank: with C = Qᵀ Ȧ R⁻¹ and Ω = tril(C) − tril(C)ᵀ, Ṙ = (C − Ω) R and Q̇ = Ȧ R⁻¹ − Q (C − Ω). */
function forwardTall(inA: Tensor, q: Tensor, r: Tensor): [Tensor, Tensor] {
  const scaled = divideByUpper(inA, r, false);
  const inner = matmul(q, scaled, { transposeA: true });
  const below = triangle(inner, "lower", -1);
  const upper = add(triangle(inner, "upper"), transposed(below));
  return [subtract(scaled, matmul(q, upper)), matmul(upper, r)];
}

/** Ā = (Q̄ + Q copyltu(M)) R⁻ᵀ with M = R R̄ᵀ − Q̄ᵀ Q, whose lower triangle is copied to the upper (S. Walter, L. Lehmann, 2010). */
function reverseTall(inQ: Tensor | null, inR: Tensor | null, q: Tensor, r: Tensor): Tensor {
  const fromR = inR && matmul(r, triangle(inR, "upper"), { transposeB: true });
  const fromQ = inQ && matmul(inQ, q, { transposeA: true });
  const m = fromR && fromQ ? subtract(fromR, fromQ) : (fromR ?? neg(fromQ!));
  const mirrored = add(triangle(m, "lower"), transposed(triangle(m, "lower", -1)));
  const sum = matmul(q, mirrored);
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
    const inV = matmul(q, moved, { transposeA: true });
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
    // V = Qᵀ Y.
    const inY = matmul(q, inV);
    const throughV = matmul(matmul(q, columnsOf(r, rows, rows + more)), inV, { transposeB: true });
    const inX = reverseTall(inQ ? add(inQ, throughV) : throughV, inU, q, u);
    return back(concatenate([inX, inY], { axis: -1 }));
  },
};
