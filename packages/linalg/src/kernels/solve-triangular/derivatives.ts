import { type Derivatives, matmul, neg, subtract, type Tensor } from "@ansatz/tensor";
import { conjugate, triangle } from "../../matrix-parts.ts";
import { solveTriangularKernel } from "./index.ts";
import type { SolveTriangularOptions } from "./options.ts";

/** The part of a matrix that the kernel reads. */
function readPart(x: Tensor, { lower, unitDiagonal }: SolveTriangularOptions): Tensor {
  const diagonal = unitDiagonal ? 1 : 0;
  return lower ? triangle(x, "lower", -diagonal) : triangle(x, "upper", diagonal);
}

/** From op(T) X = B: Ẋ = op(T)⁻¹ (Ḃ − op(Ṫ) X), B̄ = op(T)⁻ᴴ X̄, and T̄ is the part that is read of −B̄ Xᴴ, or of its transpose. */
export const solveTriangularDerivatives: Derivatives<SolveTriangularOptions> = {
  structure: "nonlinear",
  forward: ([inT, inB], { inputs: [t], outputs: [x], options }) => {
    const moved = inT && matmul(readPart(inT, options), x, { transposeA: options.transpose });
    const right = moved ? (inB ? subtract(inB, moved) : neg(moved)) : inB!;
    return solveTriangularKernel.run([t, right], options);
  },
  reverse: ([cotangent], { inputs: [t], outputs: [x], options, needed }) => {
    const { transpose } = options;
    const [inB] = solveTriangularKernel.run([conjugate(t), cotangent!], { ...options, transpose: !transpose });
    if (!needed[0]) return [null, inB];
    const [left, right] = transpose ? [conjugate(x), inB] : [inB, conjugate(x)];
    return [readPart(neg(matmul(left, right, { transposeB: true })), options), inB];
  },
};
