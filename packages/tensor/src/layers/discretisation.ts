import { complex } from "../kernels/complex-parts/index.ts";
import { add, atan2, divide, multiply, subtract } from "../kernels/map/binary.ts";
import { cos, exp, expm1, log1p, neg, sin, square } from "../kernels/map/unary.ts";
import type { Tensor } from "../tensor.ts";

/** Between samples the input stays (`"hold"`, zero-order hold), or the trapezoidal rule holds (`"bilinear"`). */
export type Discretisation = "hold" | "bilinear";

/** Poles Λ = −exp(logDecay) + i frequency of x′ = Λ x + u, and the logarithm of the time between samples: real tensors whose shapes broadcast. */
export interface ContinuousPoles {
  readonly logDecay: Tensor;
  readonly frequency: Tensor;
  readonly logStep: Tensor;
}

/** x_k = exp(logFactor) x_(k−1) + input u_k; complex. */
export interface DiscretePoles {
  /** log Ā, accurate also where Ā is near 1: powers Ā^l are exp(l logFactor). */
  readonly logFactor: Tensor;
  /** B̄ for an input of weight 1. */
  readonly input: Tensor;
}

/**
 * Diagonal systems in discrete time: by zero-order hold Ā = exp(z), B̄ = step (exp(z) − 1) / z, or by the trapezoidal rule Ā = (1 + z/2) / (1 − z/2), B̄ = step / (1 − z/2), where z = step Λ.
 * Without cancellation where z is small. Where step |Λ| is far above 1 the held system aliases frequencies, and the trapezoidal one rings: Ā tends to −1.
 *
 * Source: Gu et al., "On the Parameterization and Initialization of Diagonal State Space Models" (2022), equations 3 and 4.
 */
export function discretisePoles(poles: ContinuousPoles, discretisation: Discretisation): DiscretePoles {
  return poles.logDecay.device.scope(() => (discretisation === "hold" ? heldSystem : bilinearSystem)(poles));
}

/** Step times Λ, in parts. */
function scaledPoles({ logDecay, frequency, logStep }: ContinuousPoles): readonly [Tensor, Tensor] {
  const step = exp(logStep);
  return [multiply(neg(exp(logDecay)), step), multiply(frequency, step)];
}

function heldSystem(poles: ContinuousPoles): DiscretePoles {
  const [a, b] = scaledPoles(poles);
  // exp(z) − 1 without cancellation: expm1(a) cos b − 2 sin²(b/2), and exp(a) sin b.
  const difference = complex(
    subtract(multiply(expm1(a), cos(b)), multiply(square(sin(multiply(b, 0.5))), 2)),
    multiply(exp(a), sin(b)),
  );
  const z = complex(a, b);
  return { logFactor: z, input: multiply(divide(difference, z), asComplex(exp(poles.logStep))) };
}

function bilinearSystem(poles: ContinuousPoles): DiscretePoles {
  const [a, b] = scaledPoles(poles);
  // Logarithm of Ā from |1 ± z/2|² = 1 + |z|²/4 ± a and the angles: without cancellation where z is small.
  const quarter = multiply(add(square(a), square(b)), 0.25);
  const size = multiply(subtract(log1p(add(quarter, a)), log1p(subtract(quarter, a))), 0.5);
  const half = multiply(a, 0.5);
  const slope = multiply(b, 0.5);
  const angle = add(atan2(slope, add(half, 1)), atan2(slope, subtract(1, half)));
  return {
    logFactor: complex(size, angle),
    input: divide(asComplex(exp(poles.logStep)), complex(subtract(1, half), neg(slope))),
  };
}

/** Real numbers as complex ones. */
export function asComplex(x: Tensor): Tensor {
  return complex(x, x.device.zeros(x.shape, x.dtype));
}
