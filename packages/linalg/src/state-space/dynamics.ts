import { complex, complexDType, type FloatDType, type Tensor } from "@ansatz/tensor";
import type { DiagonalSystem } from "./index.ts";

/** Eigenvalues as the layers hold them: Λ = −exp(logDecay) + i frequency, which stays stable whatever is learnt. */
export function polesOf({ modes, poles }: DiagonalSystem) {
  return {
    logDecay: Float64Array.from({ length: modes }, (_, k) => Math.log(-poles[2 * k])),
    frequency: Float64Array.from({ length: modes }, (_, k) => poles[2 * k + 1]),
  };
}

/** How often each mode counts, complex [modes], for a real tensor of the layer. */
export function weightsOf({ weights, modes }: DiagonalSystem, { device, dtype }: Tensor): Tensor {
  const values = Array.from({ length: 2 * modes }, (_, index) => (index % 2 === 0 ? weights[index / 2] : 0));
  return device.tensor(values, [modes], complexDType(dtype as FloatDType));
}

/** Real numbers as complex ones. */
export function asComplex(x: Tensor): Tensor {
  return complex(x, x.device.zeros(x.shape, x.dtype));
}

/**
 * Groups of parameters for `parameterGroups`: those of the dynamics (Λ, B̃, Δ of `s4Layer` and `s5Layer`) want a small learning rate and no weight decay, as in S4's and S5's published training.
 *
 * @param path dotted path of a parameter, as `parameterGroups` gives it.
 */
export function stateSpaceGroup(path: string): "dynamics" | "other" {
  return /(^|\.)(logDecay|frequency|logStep|input)$/.test(path) ? "dynamics" : "other";
}
