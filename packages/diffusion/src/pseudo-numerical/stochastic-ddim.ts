import { child, type FloatDType, InvalidInputError, type Key, normal } from "@ansatz/tensor";
import type { Term } from "../sampling/evaluation.ts";
import { gridPlan, type Solver, timesOf } from "../sampling/solver.ts";

export interface StochasticDdimOptions {
  /** η in [0, 1]: 0 is deterministic DDIM, 1 (default) is DDPM's ancestral sampling. */
  readonly eta?: number;
  /** Of the noise that is added; step i uses its i-th child, so that sampling can be resumed anywhere. */
  readonly key: Key;
}

/**
 * DDIM with fresh noise in every step, one evaluation each: x' = α' x̂₀ + √(σ'² − s²) ε + s z with s = η σ' √(1 − e^(−2h)), the standard deviation of x' given x and x₀ where η = 1. Default grid: uniform in λ.
 *
 * The last step adds noise as all others do. It runs from noise to data only.
 *
 * @throws InvalidInputError
 * Source: Song, Meng, Ermon, "Denoising diffusion implicit models", equation 16, written for any schedule; "Pseudo Numerical Methods for Diffusion Models on Manifolds", equation 9.
 */
export function stochasticDdim({ eta = 1, key }: StochasticDdimOptions): Solver {
  if (!(eta >= 0 && eta <= 1)) throw new InvalidInputError("options.eta", "a number in [0, 1]", eta);
  return {
    name: `DDIM η = ${eta}`,
    prediction: "noise",
    plan(problem) {
      const { schedule } = problem;
      const times = timesOf(problem, "log-snr");
      if (times[1] > times[0])
        throw new InvalidInputError(
          "end",
          "a time before the start: noise cannot be taken back",
          times[times.length - 1],
        );
      return gridPlan({
        times,
        evaluations: times.length - 1,
        async advance({ state: { x }, index, time, nextTime, evaluate, combine, own }) {
          const ratio = Math.exp(schedule.logAlpha(nextTime) - schedule.logAlpha(time));
          // 1 − e^(−2h), the share of the noise in x' that x says nothing of.
          const fresh = -Math.expm1(-2 * (schedule.halfLogSnr(nextTime) - schedule.halfLogSnr(time)));
          const sigma = schedule.sigma(nextTime);
          const kept = sigma * Math.sqrt(1 - eta * eta * fresh);
          const noise = await evaluate(x, time, "noise");
          const terms: Term[] = [
            [ratio, x],
            [kept - ratio * schedule.sigma(time), noise],
          ];
          const added = eta * sigma * Math.sqrt(fresh);
          const { device, shape } = x;
          const dtype = x.dtype as FloatDType;
          if (added > 0) terms.push([added, own(normal(child(key, index), shape, { device, dtype }))]);
          return { x: combine(terms) };
        },
      });
    },
  };
}
