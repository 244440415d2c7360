import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { gridPlan, type Solver, timesOf } from "./solver.ts";

/**
 * Deterministic DDIM: first order, one evaluation per step; exact where the predicted noise is constant along the path. The same as DPM-Solver-1 and DPM-Solver++-1.
 * Default grid: uniform in λ. The baseline of every other solver.
 *
 * Source: Song, Meng, Ermon, "Denoising diffusion implicit models" (η = 0).
 */
export function ddim(): Solver {
  return {
    name: "ddim",
    prediction: "noise",
    plan(problem) {
      const times = timesOf(problem, "log-snr");
      return gridPlan({
        times,
        evaluations: times.length - 1,
        async advance({ state, time, nextTime, evaluate, combine }) {
          const noise = await evaluate(state.x, time, "noise");
          const [ofState, ofNoise] = transfer(problem.schedule, time, nextTime);
          return {
            x: combine([
              [ofState, state.x],
              [ofNoise, noise],
            ]),
          };
        },
      });
    },
  };
}

/** Coefficients (a, b) of the exact step x' = a·x + b·ε for noise ε that does not change: α'/α and −σ'(e^h − 1). */
export function transfer(schedule: NoiseSchedule, from: number, to: number): readonly [number, number] {
  const step = schedule.halfLogSnr(to) - schedule.halfLogSnr(from);
  return [Math.exp(schedule.logAlpha(to) - schedule.logAlpha(from)), -schedule.sigma(to) * Math.expm1(step)];
}
