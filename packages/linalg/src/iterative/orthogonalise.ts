import { add, concatenate, divide, matmul, sqrt, stack, subtract, type Tensor } from "@ansatz/tensor";
import { dot } from "./vectors.ts";

/**
 * w made orthogonal to the basis and of length 1, and its coefficients: along each vector of the basis, then what is left. Classical Gram–Schmidt, twice. Where nothing is left the vector is not a number.
 */
export function orthogonalise(w: Tensor, basis: readonly Tensor[]): { next: Tensor; column: Tensor } {
  const n = w.size;
  let rest = w.reshape([n, 1]);
  let coefficients: Tensor | undefined;
  if (basis.length > 0) {
    const rows = stack(basis, { axis: 0 });
    for (let pass = 0; pass < 2; pass++) {
      const parts = matmul(rows, rest);
      rest = subtract(rest, matmul(rows, parts, { transposeA: true }));
      coefficients = coefficients ? add(coefficients, parts) : parts;
    }
  }
  const length = sqrt(dot(rest, rest));
  const next = divide(rest.reshape([n]), length);
  return {
    next,
    column: coefficients ? concatenate([coefficients.reshape([basis.length]), length], { axis: 0 }) : length,
  };
}
