import type { Tensor } from "@ansatz/tensor";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { combine, type Evaluate } from "../sampling/index.ts";

/**
 * The right side of the probability-flow equation dx/dt = f x + g²/(2σ) ε, for an integrator of one's own (the paper's PF baseline hands it to an adaptive RK45).
 *
 * @param evaluate of `evaluator(model, …)`.
 * @returns (x, time) ↦ dx/dt, a new tensor.
 * Source: "Pseudo Numerical Methods for Diffusion Models on Manifolds", equation 4 and its code (`gen_pflow`).
 */
export function probabilityFlow(
  schedule: NoiseSchedule,
  evaluate: Evaluate,
): (x: Tensor, time: number) => Promise<Tensor> {
  return async (x, time) => {
    using noise = await evaluate(x, time, "noise");
    return combine([
      [schedule.logAlphaSlope(time), x],
      [-schedule.sigma(time) * schedule.halfLogSnrSlope(time), noise],
    ]);
  };
}
