import { type Derivatives, type Tensor, UnsupportedError } from "@ansatz/tensor";
import { csrTriangularSolveKernel } from "./index.ts";
import type { CsrTriangularSolveOptions } from "./options.ts";

/** Of b alone: ẋ = T⁻¹ ḃ, b̄ = T⁻ᵀ x̄. */
export const csrTriangularSolveDerivatives: Derivatives<CsrTriangularSolveOptions> = {
  structure: "nonlinear",
  forward([inValues, inB], { inputs: [values, , ...indices], options }) {
    refuse(values, inValues !== null);
    return csrTriangularSolveKernel.run([values, inB!, ...indices], options);
  },
  reverse([cotangent], { inputs: [values, , ...indices], options, needed }) {
    refuse(values, needed[0]);
    const transposed = { ...options, transpose: !options.transpose };
    const [inB] = csrTriangularSolveKernel.run([values, cotangent!, ...indices], transposed);
    return [null, inB, null, null];
  },
};

function refuse(values: Tensor, isAsked: boolean): void {
  if (isAsked)
    throw new UnsupportedError(values.device.kind, "csrTriangularSolve", "its triangle is a constant to derivatives");
}
