import {
  add,
  type Derivatives,
  divide,
  matmul,
  multiply,
  square,
  subtract,
  type Tensor,
  UnsupportedError,
} from "@ansatz/tensor";
import { diagonal, diagonalMatrix, transposed } from "../../matrix-parts.ts";
import { inverseGaps } from "../eigen-symmetric/inverse-gaps.ts";
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
  return { u, s, v: transposed(vt), rows, columns };
}

/** X with column k multiplied by factor k. */
function scaleColumns(x: Tensor, factors: Tensor): Tensor {
  const shape = factors.shape;
  return multiply(x, factors.reshape([...shape.slice(0, -1), 1, shape[shape.length - 1]]));
}

/** X minus its projection on the columns of Q. */
function beside(q: Tensor, x: Tensor): Tensor {
  return subtract(x, matmul(q, matmul(q, x, { transposeA: true })));
}

/**
 * With M = Uᵀ Ȧ V and Fᵢⱼ = 1 / (sⱼ² − sᵢ²): ṡ is the diagonal of M, U̇ = U (F ∘ (M S + S Mᵀ)) + (I − U Uᵀ) Ȧ V S⁻¹, and V̇ likewise
 * (J. Townsend, "Differentiating the singular value decomposition", 2016).
 */
export const svdDerivatives: Derivatives<SvdOptions> = {
  structure: "nonlinear",
  forward: ([tangent], { inputs, outputs, options }) => {
    const { u, s, v, rows, columns } = factorsOf(inputs, outputs, options);
    const image = matmul(tangent!, v);
    const m = matmul(u, image, { transposeA: true });
    const inS = diagonal(m);
    if (!options.vectors) return [inS];
    const gaps = inverseGaps(square(s));
    const rightScaled = scaleColumns(m, s);
    const leftScaled = transposed(scaleColumns(transposed(m), s));
    const turn = (scaled: Tensor) => multiply(add(scaled, transposed(scaled)), gaps);
    let inU = matmul(u, turn(rightScaled));
    let inV = matmul(v, turn(leftScaled));
    const inverse = divide(1, s);
    if (rows > columns) inU = add(inU, scaleColumns(beside(u, image), inverse));
    if (columns > rows) inV = add(inV, scaleColumns(beside(v, matmul(tangent!, u, { transposeA: true })), inverse));
    return [inU, inS, transposed(inV)];
  },
  reverse: (cotangents, { inputs, outputs, options }) => {
    const { u, s, v, rows, columns } = factorsOf(inputs, outputs, options);
    const [inU, inS, inVt] = options.vectors ? cotangents : [null, cotangents[0], null];
    const inV = inVt && transposed(inVt);
    if (!inU && !inS && !inV) return [null];
    const inverse = divide(1, s);
    const turn = (q: Tensor, cotangent: Tensor) => {
      const product = matmul(q, cotangent, { transposeA: true });
      return multiply(subtract(product, transposed(product)), inverseGaps(square(s)));
    };
    const inner = [
      inS && diagonalMatrix(inS),
      inU && scaleColumns(turn(u, inU), s),
      inV && transposed(scaleColumns(transposed(turn(v, inV)), s)),
    ].filter((part) => part !== null);
    const parts = [
      matmul(
        matmul(
          u,
          inner.reduce((total, part) => add(total, part)),
        ),
        v,
        { transposeB: true },
      ),
    ];
    if (inU && rows > columns) parts.push(matmul(scaleColumns(beside(u, inU), inverse), v, { transposeB: true }));
    if (inV && columns > rows) parts.push(matmul(u, scaleColumns(beside(v, inV), inverse), { transposeB: true }));
    return [parts.reduce((total, part) => add(total, part))];
  },
};
