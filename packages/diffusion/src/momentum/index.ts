import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import { transfer } from "../sampling/ddim.ts";
import type { Evaluation, Term } from "../sampling/evaluation.ts";
import { gridPlan, type SamplerState, type Solver, timesOf } from "../sampling/solver.ts";
import {
  adamsBashforthWeights,
  checkDamping,
  checkOrder,
  generalizedHeavyBallWeights,
  momentumNumber,
} from "./coefficients.ts";
import { combinePair } from "./combine-pair.ts";

export { type ArtifactScore, type ArtifactScoreOptions, artifactScore } from "./artifact-score.ts";
export { adamsBashforthWeights, generalizedHeavyBallWeights, momentumNumber } from "./coefficients.ts";
export { type MomentumDpmSolverOptions, momentumDpmSolver } from "./dpm-solver.ts";
export {
  boundaryLocus,
  type ComplexNumber,
  growthFactor,
  isStable,
  type LinearMultistepMethod,
  type MultistepMomentum,
  multistepMethod,
  realStabilityInterval,
  type StabilityMapExtent,
  stabilityMap,
} from "./stability.ts";
export { type StabilityDemandOptions, stabilityDemand } from "./stability-demand.ts";
export { type MomentumUnipcOptions, momentumUnipc } from "./unipc.ts";

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
  const isGeneralized = kind === "generalized-heavy-ball";
  return {
    name: nameOf(kind, order, damping),
    prediction: "noise",
    plan(problem) {
      const times = timesOf(problem, "time-uniform");
      return gridPlan<{ readonly velocities: readonly Tensor[] }>({
        times,
        evaluations: times.length - 1,
        extra: () => ({ velocities: [] }),
        async advance({ state: { x, history, velocities }, time, nextTime, evaluate, own }) {
          const [ofState, ofNoise] = transfer(problem.schedule, time, nextTime);
          const newest = await evaluate(x, time, "noise");
          const last = velocities[0] ?? newest;
          const evaluations = [newest, ...history].slice(0, order);
          const slope = isGeneralized ? [[damping, newest] as const] : weightsOf(evaluations, damping);
          const velocity: Term[] = [...slope, [1 - damping, last]];
          const move = moveBy(velocity, { kind, damping, slope, velocities: velocities.slice(0, order - 1) });
          const [nextVelocity, nextX] = combinePair(velocity, [[ofState, x], ...scaled(ofNoise, move)]);
          return {
            x: own(nextX),
            history: isGeneralized ? [] : evaluations.slice(0, order - 1),
            velocities: [own(nextVelocity), ...velocities].slice(0, isGeneralized ? Math.max(1, order - 1) : 1),
          };
        },
      });
    },
  };
}

/** GHVB by its momentum number, as the paper does. */
function nameOf(kind: MomentumKind, order: number, damping: number): string {
  if (kind === "generalized-heavy-ball")
    return `GHVB ${damping === 1 ? order : Number((order - 1 + damping).toFixed(12))}`;
  return `${kind === "heavy-ball" ? "HB" : "Nesterov"} ${order}, β = ${damping}`;
}

/** Adams–Bashforth's mean of the predictions, times a factor. */
function weightsOf(evaluations: readonly Evaluation[], factor: number): Term[] {
  return adamsBashforthWeights(evaluations.length).map((weight, j): Term => [factor * weight, evaluations[j]]);
}

/** What moves the state: a combination of the new velocity with what there was before. */
function moveBy(
  velocity: readonly Term[],
  given: {
    readonly kind: MomentumKind;
    readonly damping: number;
    readonly slope: readonly Term[];
    readonly velocities: readonly Tensor[];
  },
): readonly Term[] {
  const { kind, damping, slope, velocities } = given;
  if (kind === "heavy-ball") return velocity;
  if (kind === "nesterov") return [...scaled(1 - damping, velocity), ...slope];
  const [ofNew, ...ofOld] = generalizedHeavyBallWeights(1 + velocities.length, damping);
  return [...scaled(ofNew, velocity), ...ofOld.map((weight, j): Term => [weight, velocities[j]])];
}

function scaled(factor: number, terms: readonly Term[]): Term[] {
  return terms.map(([weight, value]): Term => [factor * weight, value]);
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
