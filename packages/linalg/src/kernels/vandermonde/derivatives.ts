import { add, conj, type Derivatives, multiply, type Tensor } from "@ansatz/tensor";
import { transposedVandermondeKernel, vandermondeKernel } from "./index.ts";
import type { VandermondeOptions } from "./options.ts";

/** y = Re Σ w e^(l z): linear in w; its derivative in z multiplies w by the tangent and row l by l. */
export const vandermondeDerivatives: Derivatives<VandermondeOptions> = {
  structure: "nonlinear",
  reverse([cotangent], { inputs: [z, w], needed }) {
    return [
      needed[0] ? conj(multiply(w, transposed(z, timesPower(cotangent!)))) : null,
      needed[1] ? conj(transposed(z, cotangent!)) : null,
    ];
  },
  forward: ([dz, dw], { inputs: [z, w], options }) => {
    const ofNodes = dz && timesPower(plain(z, multiply(w, dz), options));
    return [sumOf(ofNodes, dw && plain(z, dw, options))];
  },
};

/** y = Σ k e^(l z): linear in k. */
export const transposedDerivatives: Derivatives<null> = {
  structure: "nonlinear",
  reverse([cotangent], { inputs: [z, k], needed }) {
    return [
      needed[0] ? multiply(cotangent!, conj(transposed(z, timesPower(k)))) : null,
      needed[1] ? plain(z, conj(cotangent!), { length: k.shape[k.rank - 1] }) : null,
    ];
  },
  forward: ([dz, dk], { inputs: [z, k] }) => [
    sumOf(dz && multiply(dz, transposed(z, timesPower(k))), dk && transposed(z, dk)),
  ],
};

function plain(z: Tensor, w: Tensor, options: VandermondeOptions): Tensor {
  return vandermondeKernel.run([z, w], options)[0];
}

function transposed(z: Tensor, k: Tensor): Tensor {
  return transposedVandermondeKernel.run([z, k], null)[0];
}

/** Element l times l. */
function timesPower(k: Tensor): Tensor {
  const length = k.shape[k.rank - 1];
  return multiply(
    k,
    k.device.tensor(
      Array.from({ length }, (_, l) => l),
      [length],
      k.dtype,
    ),
  );
}

function sumOf(a: Tensor | null, b: Tensor | null): Tensor | null {
  return a && b ? add(a, b) : (a ?? b);
}
