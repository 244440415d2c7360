import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { transfer } from "../sampling/ddim.ts";
import type { Term } from "../sampling/evaluation.ts";
import { gridPlan, type SamplerState, type Solver } from "../sampling/solver.ts";
import { RUNGE_KUTTA_STEPS, rungeKuttaMean, timesAfterRungeKutta, weighted } from "./runge-kutta-start.ts";

export interface ClassicalMultistepOptions {
  /** Time of the small transfer that stands for the derivative. Default 1/1000, a step of the usual table of noise levels (the paper's). */
  readonly tick?: number;
}

/** The changes of x per tick at past times, newest first: tensors of this state. */
interface ClassicalState extends SamplerState {
  readonly changes: readonly Tensor[];
}

/**
 * FON, the paper's classical fourth-order baseline: the derivative is the change of x over one tick, and Runge–Kutta and Adams–Bashforth move x along a straight line. It leaves the manifold of noisy data,
 * and is not exact even for one data point: compare `pseudoNumerical`. Steps + 9 evaluations. Default grid: uniform in time.
 *
 * @throws InvalidInputError
 * Source: "Pseudo Numerical Methods for Diffusion Models on Manifolds", section 3.1 and its code (`gen_fon`): stages of Runge–Kutta evaluate the model at new points but take the change from the old one.
 */
export function classicalMultistep({ tick = 1e-3 }: ClassicalMultistepOptions = {}): Solver<ClassicalState> {
  if (!(tick > 0 && Number.isFinite(tick))) throw new InvalidInputError("options.tick", "a positive number", tick);
  return {
    name: "FON",
    prediction: "noise",
    plan(problem) {
      const times = timesAfterRungeKutta(problem);
      const steps = times.length - 1;
      return gridPlan<{ readonly changes: readonly Tensor[] }>({
        times,
        evaluations: steps + 3 * Math.min(steps, RUNGE_KUTTA_STEPS),
        extra: () => ({ changes: [] }),
        async advance({ state, index, time, nextTime, evaluate, combine }) {
          const { x } = state;
          // Not beyond the end of the step, so that times stay where the schedule is defined.
          const ticks = Math.abs(nextTime - time) / Math.min(tick, Math.abs(nextTime - time));
          const [ofState, ofNoise] = changePerTick(problem.schedule, time, time + (nextTime - time) / ticks);
          const changeAt = async (point: Tensor, at: number) =>
            combine([
              [ofState, x],
              [ofNoise, await evaluate(point, at, "noise")],
            ]);
          const along = (terms: readonly Term[], count: number) =>
            combine([[1, x], ...terms.map(([weight, change]): Term => [count * weight, change])]);
          const first = await changeAt(x, time);
          const changes = [first, ...state.changes].slice(0, RUNGE_KUTTA_STEPS);
          if (index >= RUNGE_KUTTA_STEPS) return { x: along(weighted(4, [first, ...state.changes]), ticks), changes };
          const middle = (time + nextTime) / 2;
          const second = await changeAt(along([[1, first]], ticks / 2), middle);
          const third = await changeAt(along([[1, second]], ticks / 2), middle);
          const fourth = await changeAt(along([[1, third]], ticks), nextTime);
          return { x: along(rungeKuttaMean(first, second, third, fourth), ticks), changes };
        },
      });
    },
  };
}

/** Coefficients of φ(x, e) − x. */
function changePerTick(schedule: NoiseSchedule, from: number, to: number): readonly [number, number] {
  return [Math.expm1(schedule.logAlpha(to) - schedule.logAlpha(from)), transfer(schedule, from, to)[1]];
}
