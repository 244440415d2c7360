import { type Derivatives, type Tensor, UnsupportedError } from "@ansatz/tensor";
import { sparseCholeskySolveKernel } from "./index.ts";

/** Of the right-hand sides alone, in which the symmetric A⁻¹ is linear. */
export const sparseCholeskySolveDerivatives: Derivatives<null> = {
  structure: "nonlinear",
  forward([inFactor, inB], { inputs: [factor, , ...indices] }) {
    refuse(factor, inFactor !== null);
    return sparseCholeskySolveKernel.run([factor, inB!, ...indices], null);
  },
  reverse([cotangent], { inputs: [factor, , ...indices], needed }) {
    refuse(factor, needed[0]);
    const [inB] = sparseCholeskySolveKernel.run([factor, cotangent!, ...indices], null);
    return [null, inB, null, null, null];
  },
};

function refuse(factor: Tensor, isAsked: boolean): void {
  if (isAsked)
    throw new UnsupportedError(factor.device.kind, "sparseCholeskySolve", "its factor is a constant to derivatives");
}
