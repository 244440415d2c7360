import {
  absSquare,
  argmax,
  complex,
  conj,
  divide,
  imag,
  multiply,
  neg,
  oneHot,
  real,
  stopGradient,
  subtract,
  sum,
  type Tensor,
} from "@ansatz/tensor";
import { transposed } from "../matrix-parts.ts";

// Complex vectors, columns of a matrix, whose largest element is kept real: their derivatives are along i times themselves what that takes.

/** i x for real x. */
export function timesImaginaryUnit(x: Tensor): Tensor {
  return complex(multiply(x, 0), x);
}

/** Sums [..., 1, n] over the columns. */
export function sumOfColumns(x: Tensor): Tensor {
  const sums = sum(x, { axes: [-2] });
  return sums.reshape([...sums.shape.slice(0, -1), 1, sums.shape[sums.shape.length - 1]]);
}

/** Ones where the largest element of each vector is. */
function largestElements(vectors: Tensor): Tensor {
  const sizes = stopGradient(absSquare(vectors));
  const n = vectors.shape[vectors.shape.length - 2];
  return transposed(oneHot(argmax(sizes, { axis: -2 }), n, { dtype: sizes.dtype }));
}

/** Im wₖ / vₖ for the largest element of each vector v: the change w − i (Im wₖ / vₖ) v keeps it real. Of the real dtype, [..., 1, n]. */
export function phaseOf(w: Tensor, vectors: Tensor): Tensor {
  const mask = largestElements(vectors);
  return divide(sumOfColumns(multiply(mask, imag(w))), sumOfColumns(multiply(mask, real(vectors))));
}

/** Changes w of vectors, which keep the largest elements real. */
export function keepPhase(w: Tensor, vectors: Tensor): Tensor {
  return subtract(w, multiply(timesImaginaryUnit(phaseOf(w, vectors)), vectors));
}

/** Im vᴴ ȳ: the cotangent of minus the phase, where w − i phase v has the cotangent ȳ. */
export function phaseCotangent(cotangent: Tensor, vectors: Tensor): Tensor {
  return sumOfColumns(imag(multiply(conj(vectors), cotangent)));
}

/** What a cotangent of minus the phase adds to that of w: −i g eₖ / vₖ. */
export function fromPhase(g: Tensor, vectors: Tensor): Tensor {
  const mask = largestElements(vectors);
  return neg(timesImaginaryUnit(multiply(mask, divide(g, sumOfColumns(multiply(mask, real(vectors)))))));
}
