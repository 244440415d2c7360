import {
  add,
  type Derivatives,
  divide,
  imag,
  isComplex,
  matmul,
  multiply,
  real,
  square,
  subtract,
  type Tensor,
  UnsupportedError,
} from "@ansatz/tensor";
import { adjoint, adjointTimes, castLike, diagonal, diagonalMatrix, timesAdjoint } from "../../matrix-parts.ts";
import { inverseGaps } from "../eigen-symmetric/inverse-gaps.ts";
import { fromPhase, phaseCotangent, phaseOf, timesImaginaryUnit } from "../vector-phase.ts";
import { svdKernel } from "./index.ts";
import type { SvdOptions } from "./options.ts";

/** U, s and V with thin factors, computed where only values are at hand. */
function factorsOf(inputs: readonly Tensor[], outputs: readonly Tensor[], { vectors, full }: SvdOptions) {
  const [u, s, vt] = vectors ? outputs : svdKernel.run(inputs, { vectors: true, full: false });
  const [rows, columns] = inputs[0].shape.slice(-2);
  if (vectors && full && rows !== columns)
    throw new UnsupportedError(
      "every device",
      `differentiating the full svd of shape [${inputs[0].shape}]`,
      "singular vectors beyond the singular values are arbitrary; use the thin one",
    );
  return { u, s, v: adjoint(vt), rows, columns };
}

/** X with column k multiplied by the real factor k. */
function scaleColumns(x: Tensor, factors: Tensor): Tensor {
  const shape = factors.shape;
  return multiply(x, castLike(factors.reshape([...shape.slice(0, -1), 1, shape[shape.length - 1]]), x));
}

/** X with row k multiplied by the real factor k. */
function scaleRows(x: Tensor, factors: Tensor): Tensor {
  return multiply(x, castLike(factors.reshape([...factors.shape, 1]), x));
}

/** X minus its projection on the columns of Q. */
function beside(q: Tensor, x: Tensor): Tensor {
  return subtract(x, matmul(q, adjointTimes(q, x)));
}

/** i Im mₖₖ / sₖ for complex M, in a row [..., 1, n]: the turn of each left vector against its right one. */
function turnOf(m: Tensor, s: Tensor): Tensor {
  const turns = divide(imag(diagonal(m)), s);
  return timesImaginaryUnit(turns.reshape([...turns.shape.slice(0, -1), 1, turns.shape[turns.shape.length - 1]]));
}

/**
 * With M = Uᴴ Ȧ V and Fᵢⱼ = 1 / (sⱼ² − sᵢ²): ṡ is the diagonal of M, U̇ = U (F ∘ (M S + S Mᴴ)) + (I − U Uᴴ) Ȧ V S⁻¹, and V̇ likewise
 * (J. Townsend, "Differentiating the singular value decomposition", 2016). In complex numbers ṡ is its real part, the imaginary one turns uₖ against vₖ, and both turn together so that the largest
 * element of uₖ stays real.
 */
export const svdDerivatives: Derivatives<SvdOptions> = {
  structure: "nonlinear",
  forward: ([tangent], { inputs, outputs, options }) => {
    const { u, s, v, rows, columns } = factorsOf(inputs, outputs, options);
    const image = matmul(tangent!, v);
    const m = adjointTimes(u, image);
    const inS = real(diagonal(m));
    if (!options.vectors) return [inS];
    const gaps = castLike(inverseGaps(square(s)), u);
    const turn = (scaled: Tensor) => multiply(add(scaled, adjoint(scaled)), gaps);
    let inU = matmul(u, turn(scaleColumns(m, s)));
    let inV = matmul(v, turn(scaleRows(m, s)));
    const inverse = divide(1, s);
    if (rows > columns) inU = add(inU, scaleColumns(beside(u, image), inverse));
    if (columns > rows) inV = add(inV, scaleColumns(beside(v, adjointTimes(tangent!, u)), inverse));
    if (!isComplex(u.dtype)) return [inU, inS, adjoint(inV)];
    inU = add(inU, multiply(turnOf(m, s), u));
    const together = timesImaginaryUnit(phaseOf(inU, u));
    return [subtract(inU, multiply(together, u)), inS, adjoint(subtract(inV, multiply(together, v)))];
  },
  reverse: (cotangents, { inputs, outputs, options }) => {
    const { u, s, v, rows, columns } = factorsOf(inputs, outputs, options);
    const [outU, inS, inVt] = options.vectors ? cotangents : [null, cotangents[0], null];
    const inV = inVt && adjoint(inVt);
    if (!outU && !inS && !inV) return [null];
    const inU = isComplex(u.dtype) ? withPhase(outU, inV, u, v) : outU;
    const inverse = divide(1, s);
    const gaps = castLike(inverseGaps(square(s)), u);
    const turn = (product: Tensor) => multiply(subtract(product, adjoint(product)), gaps);
    const alongU = inU && adjointTimes(u, inU);
    const inner = [
      inS && castLike(diagonalMatrix(inS), u),
      alongU && scaleColumns(turn(alongU), s),
      alongU && isComplex(u.dtype) ? diagonalMatrix(timesImaginaryUnit(divide(imag(diagonal(alongU)), s))) : null,
      inV && scaleRows(turn(adjointTimes(v, inV)), s),
    ].filter((part) => part !== null);
    const parts = [
      timesAdjoint(
        matmul(
          u,
          inner.reduce((total, part) => add(total, part)),
        ),
        v,
      ),
    ];
    if (inU && rows > columns) parts.push(timesAdjoint(scaleColumns(beside(u, inU), inverse), v));
    if (inV && columns > rows) parts.push(timesAdjoint(u, scaleColumns(beside(v, inV), inverse)));
    return [parts.reduce((total, part) => add(total, part))];
  },
};

/** The cotangent of U before both vectors were turned to keep the largest elements of U real. */
function withPhase(inU: Tensor | null, inV: Tensor | null, u: Tensor, v: Tensor): Tensor | null {
  const turns = [inU && phaseCotangent(inU, u), inV && phaseCotangent(inV, v)].filter((turn) => turn !== null);
  if (turns.length === 0) return null;
  const phase = fromPhase(
    turns.reduce((total, turn) => add(total, turn)),
    u,
  );
  return inU ? add(inU, phase) : phase;
}
