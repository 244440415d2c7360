import { sumTo } from "../../differentiation/broadcasting.ts";
import type { Derivatives } from "../../differentiation/primitive.ts";
import { conjugateOf } from "../complex-parts/index.ts";
import { matmul } from "./index.ts";
import type { MatmulOptions } from "./options.ts";

/**
 * With A and B as multiplied (after their transpositions), Ā = C̄ Bᵀ and B̄ = Aᵀ C̄, of complex matrices with the conjugates of B and A;
 * a transposed argument gets the transposed product.
 */
export function matmulDerivatives(): Derivatives<MatmulOptions> {
  return {
    structure: "bilinear",
    reverse: ([cotangent], { inputs: [a, b], options: { transposeA, transposeB }, needed }) => {
      const inA = () =>
        transposeA
          ? matmul(conjugateOf(b), cotangent!, { transposeA: transposeB, transposeB: true })
          : matmul(cotangent!, conjugateOf(b), { transposeB: !transposeB });
      const inB = () =>
        transposeB
          ? matmul(cotangent!, conjugateOf(a), { transposeA: true, transposeB: transposeA })
          : matmul(conjugateOf(a), cotangent!, { transposeA: !transposeA });
      return [needed[0] ? sumTo(inA(), a.shape) : null, needed[1] ? sumTo(inB(), b.shape) : null];
    },
  };
}
