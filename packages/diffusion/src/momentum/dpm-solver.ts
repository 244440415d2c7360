import type { Tensor } from "@ansatz/tensor";
import { stepOrders } from "../dpm-solver/multistep.ts";
import { LOWER_ORDER_FINAL_BELOW } from "../dpm-solver/options.ts";
import type { Term } from "../sampling/evaluation.ts";
import { exponentialStep } from "../sampling/exponential-step.ts";
import { gridPlan, type SamplingProblem, type Solver, timesOf } from "../sampling/solver.ts";
import { checkDamping } from "./coefficients.ts";
import { combinePair } from "./combine-pair.ts";
import type { MomentumState } from "./index.ts";

export interface MomentumDpmSolverOptions {
  /** β in [0.001, 1]; 1 is DPM-Solver++(2M). Default 0.8, in the middle of what the paper shows. */
  readonly damping?: number;
  /** As of `dpmSolver`: the last step is of order 1, without momentum, always, never, or below a number of steps. Default 10. */
  readonly lowerOrderFinal?: boolean | number;
}

/**
 * DPM-Solver++(2M) with heavy-ball momentum: the predicted data, extrapolated to the middle of the step, are averaged over steps before they move the state. One evaluation per step; order 1; first and last step
 * as without momentum, the first average being the first extrapolation. Default grid: uniform in λ.
 *
 * @throws InvalidInputError
 * Source: "Diffusion Sampling with Momentum for Mitigating Divergence Artifacts", appendix ("DPM-Solver++ with HB").
 */
export function momentumDpmSolver(options: MomentumDpmSolverOptions = {}): Solver<MomentumState> {
  const { damping = 0.8, lowerOrderFinal = LOWER_ORDER_FINAL_BELOW } = options;
  checkDamping("options.damping", damping);
  return {
    name: `DPM-Solver++ 2M, HB β = ${damping}`,
    prediction: "data",
    plan: (problem) => planOf(problem, damping, lowerOrderFinal),
  };
}

function planOf(problem: SamplingProblem, damping: number, lowerOrderFinal: boolean | number) {
  const { schedule } = problem;
  const times = timesOf(problem, "log-snr");
  const steps = times.length - 1;
  const orders = stepOrders(2, steps, lowerOrderFinal);
  return gridPlan<{ readonly velocities: readonly Tensor[] }>({
    times,
    evaluations: steps,
    extra: () => ({ velocities: [] }),
    async advance({ state: { x, history, velocities }, index, time, nextTime, evaluate, combine, own }) {
      const newest = await evaluate(x, time, "data");
      const step = exponentialStep(schedule, "data", time, nextTime);
      const [previous] = history;
      if (orders[index] === 1 || !previous) {
        const terms: Term[] = [
          [step.carry, x],
          [step.weight(1), newest],
        ];
        return { x: combine(terms), history: [newest], velocities };
      }
      const half = step.h / (2 * (schedule.halfLogSnr(time) - schedule.halfLogSnr(previous.time)));
      const extrapolated: Term[] = [
        [1 + half, newest],
        [-half, previous],
      ];
      const [last] = velocities;
      const kept: Term[] = last ? [[1 - damping, last]] : [];
      const share = last ? damping : 1;
      const velocity = [...extrapolated.map(([weight, value]): Term => [share * weight, value]), ...kept];
      const moved = velocity.map(([weight, value]): Term => [step.weight(1) * weight, value]);
      const [nextVelocity, nextX] = combinePair(velocity, [[step.carry, x], ...moved]);
      return { x: own(nextX), history: [newest], velocities: [own(nextVelocity)] };
    },
  });
}
