import type { Derivatives } from "../../differentiation/primitive.ts";
import type { Tensor } from "../../tensor.ts";
import { complex, conj, imag, real } from "./index.ts";
import type { ComplexPartsOptions } from "./options.ts";

/** All are linear over the real numbers; adjoints in the inner product Re Σ conj(a) b. */
export function complexPartsDerivatives({ operation }: ComplexPartsOptions): Derivatives<ComplexPartsOptions> {
  switch (operation) {
    case "conj":
      return { structure: "linear", reverse: ([cotangent]) => [conj(cotangent!)] };
    case "real":
      return { structure: "linear", reverse: ([cotangent]) => [complex(cotangent!, zerosLike(cotangent!))] };
    case "imag":
      return { structure: "linear", reverse: ([cotangent]) => [complex(zerosLike(cotangent!), cotangent!)] };
    case "complex":
      return { structure: "linear", reverse: ([cotangent]) => [real(cotangent!), imag(cotangent!)] };
  }
}

function zerosLike({ device, shape, dtype }: Tensor): Tensor {
  return device.zeros(shape, dtype);
}
