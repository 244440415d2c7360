import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import { transfer } from "../sampling/ddim.ts";
import { type Term, valueOf } from "../sampling/evaluation.ts";
import { gridPlan, type SamplerState, type Solver, timesOf } from "../sampling/solver.ts";
import {
  adamsBashforthWeights,
  checkDamping,
  checkOrder,
  generalizedHeavyBallWeights,
  momentumNumber,
} from "./coefficients.ts";

/** What the velocity is an average of, and how it moves the state. */
export type MomentumKind = "heavy-ball" | "generalized-heavy-ball" | "nesterov";

/** Settings of `momentum`: order and damping, or both in one number. */
export type MomentumOptions = {
  /**
   * - `"generalized-heavy-ball"` (default; GHVB): averages the predictions first and combines the averages after; keeps order r.
   * - `"heavy-ball"` (HB): combines first and averages after; stabler, order 1.
   * - `"nesterov"`: as HB, averaged once more before it moves the state.
   */
  readonly kind?: MomentumKind;
} & (
  | {
      /** 1 … 5, default 4. */
      readonly order?: number;
      /** β in [0.001, 1]: the share of the new in the average. 1 is no momentum (PLMS). Default 0.9, as in the paper's GHVB 3.9. */
      readonly damping?: number;
    }
  | {
      /** q in (0, 5]: order ⌈q⌉ and damping q − ⌊q⌋ (1 for integers). 3.9 is order 4 with β = 0.9. */
      readonly number: number;
    }
);

/** The sampler's state: its velocities, newest first. */
export interface MomentumState extends SamplerState {
  readonly velocities: readonly Tensor[];
}

/**
 * Linear multistep methods with momentum, in y = x/α as a function of σ/α: one evaluation per step, one or a few tensors more to keep. At few steps and strong guidance, multistep methods of order 2 and more leave their stability region
 * and latents blow up; averaging over past steps enlarges the region. GHVB moves between the stability of order r − 1 (β → 0) and the accuracy of order r (β = 1); see `stabilityMap`.
 *
 * The first velocity is the first prediction, which makes every order ≥ 2 second order in the limit. Default grid: uniform in time.
 *
 * Symbols: v ← (1 − β)v + βε (GHVB) or (1 − β)v + β Σ b_j ε_(n−j) (HB); y ← y + δ Σ c_j v_(n−j), δ = ρ' − ρ.
 *
 * @throws InvalidInputError
 * Source: "Diffusion Sampling with Momentum for Mitigating Divergence Artifacts", algorithms 1 and 2; the Nesterov variant as in its appendix and code.
 */
export function momentum(options: MomentumOptions = {}): Solver<MomentumState> {
  const { kind = "generalized-heavy-ball" } = options;
  const { order, damping } = settingsOf(options);
  if (kind !== "generalized-heavy-ball" && kind !== "heavy-ball" && kind !== "nesterov")
    throw new InvalidInputError("options.kind", '"generalized-heavy-ball", "heavy-ball" or "nesterov"', kind);
  return {
    name: `${{ "heavy-ball": "hb", "generalized-heavy-ball": "ghvb", nesterov: "nesterov" }[kind]}-${order}-${damping}`,
    prediction: "noise",
    plan(problem) {
      const times = timesOf(problem, "time-uniform");
      const warnings: string[] = [];
      return gridPlan<{ readonly velocities: readonly Tensor[] }>({
        times,
        evaluations: times.length - 1,
        warnings,
        extra: () => ({ velocities: [] }),
        async advance({ state: { x, history, velocities }, time, nextTime, evaluate, combine, own }) {
          const [ofState, ofNoise] = transfer(problem.schedule, time, nextTime);
          const newest = await evaluate(x, time, "noise");
          const [last = own(valueOf(newest))] = velocities;
          const move = (terms: readonly Term[]) =>
            combine([[ofState, x], ...terms.map(([weight, value]): Term => [ofNoise * weight, value])]);
          if (kind === "generalized-heavy-ball") {
            const velocity = combine([
              [1 - damping, last],
              [damping, newest],
            ]);
            const stored = [velocity, ...velocities].slice(0, order);
            const weights = generalizedHeavyBallWeights(stored.length, damping);
            return { x: move(weights.map((weight, j): Term => [weight, stored[j]])), velocities: stored.slice(0, Math.max(1, order - 1)) };
          }
          const evaluations = [newest, ...history].slice(0, order);
          const slope = adamsBashforthWeights(evaluations.length).map((weight, j): Term => [damping * weight, evaluations[j]]);
          const velocity = combine([[1 - damping, last], ...slope]);
          const moved: Term[] = kind === "nesterov" ? [[1 - damping, velocity], ...slope] : [[1, velocity]];
          return { x: move(moved), history: evaluations.slice(0, order - 1), velocities: [velocity] };
        },
      });
    },
  };
}

function settingsOf(options: MomentumOptions): { readonly order: number; readonly damping: number } {
  if ("number" in options) {
    const { order, damping } = options as { readonly order?: number; readonly damping?: number };
    if (order !== undefined || damping !== undefined)
      throw new InvalidInputError("options.number", "alone, without order and damping", { order, damping });
    return momentumNumber(options.number);
  }
  const { order = 4, damping = 0.9 } = options;
  checkOrder("options.order", order);
  checkDamping("options.damping", damping);
  return { order, damping };
}
