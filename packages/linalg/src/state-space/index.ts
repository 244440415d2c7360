import { child, type Device, InvalidInputError, type Key, RandomStream } from "@ansatz/tensor";
import { singularValues } from "../kernels/svd/index.ts";
import { withDevice } from "../with-device.ts";
import { checkStates, hippoLegs, hippoNormalPart } from "./hippo.ts";
import { diagonalise, inModes, type ModalForm } from "./modal-form.ts";
import {
  type OptimisationStep,
  type OptimisationStopReason,
  optimisePerturbation,
  startingPerturbation,
} from "./optimised-perturbation.ts";

/** A single-input system in the basis of its modes: what the diagonal layers start from. */
export interface DiagonalSystem extends ModalForm {
  /** B̃ = Ṽ⁻¹ b, complex [modes]. */
  readonly input: Float64Array<ArrayBuffer>;
}

/** E = (τ/2) b bᵀ: between HiPPO (τ → 0) and S4D's normal part (τ → 1). Stable, and uniformly near in frequency: |G̃ − G| ≤ τ/(1 − τ) |G|. */
export interface StructuredPerturbation {
  readonly method?: "structured";
  /** τ in [0, 1); 0 is HiPPO itself, which only for small n has eigenvectors that are not refused. Default: 0.1, which gives κ(Ṽ) ≈ 18 at n = 64 and errors within 1/9. */
  readonly share?: number;
}

/** E = ε ‖A‖ times a normalised matrix of normal entries. */
export interface RandomPerturbation {
  readonly method: "random";
  readonly key: Key;
  /** ε = ‖E‖₂ / ‖A‖₂. Default: 10⁻³; from 10⁻² on most draws are unstable at n = 64. */
  readonly size?: number;
  /** Draws to try until one is stable. Default: 20. */
  readonly attempts?: number;
}

/** E by gradient descent on ½ log f(E) + γ ‖E‖_F / ‖A‖₂, where f = Σ ‖v_i‖² ‖u_i‖² bounds κ(Ṽ)² / n. The paper's choice. */
export interface OptimisedPerturbation {
  readonly method: "optimised";
  readonly key: Key;
  /** γ: what a perturbation of the size of A costs. Default: 100, which keeps ‖E‖ below 1 % of ‖A‖ at n = 16. */
  readonly penalty?: number;
  /** Default: 300. */
  readonly maxIterations?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: OptimisationStep) => void;
}

export type Perturbation = StructuredPerturbation | RandomPerturbation | OptimisedPerturbation;

/** Why no better perturbation was looked for, and what to do. */
export type PerturbationReason = OptimisationStopReason | "closed-form" | "drawn";

export interface PerturbedDiagonalisation extends DiagonalSystem {
  /** E, row by row [states, states]. */
  readonly perturbation: Float64Array<ArrayBuffer>;
  /** ‖E‖₂ / ‖A‖₂: the backward error of the diagonalisation. */
  readonly backwardError: number;
  /**
   * `"closed-form"`: the structured E. `"drawn"`: the first stable draw. For the optimised E `"converged"`: no step lowers the objective by 10⁻⁷ of itself; `"stalled"`: no step lowers it at all;
   * `"iteration-limit"`: raise `maxIterations`; `"aborted"`: the best E until then.
   */
  readonly reason: PerturbationReason;
  /** Steps of the optimisation; empty for the other methods. */
  readonly history: readonly OptimisationStep[];
  /** Draws that were refused for being unstable. */
  readonly refused: number;
}

/**
 * Perturb-then-diagonalise (PTD): HiPPO-LegS plus a small perturbation E, whose sum Ã = A + E has well-conditioned eigenvectors and is diagonalised exactly, to rounding. Unlike the
 * normal part that S4D and S5 diagonalise (`normalDiagonalisation`) its transfer function is near HiPPO's at all frequencies, so that no input of one frequency is blown up.
 *
 * The structured E is the default: it costs nothing to find, is always stable, and has an error bound; the optimised one has the best conditioned eigenvectors for its size; random ones are what the
 * theory of pseudospectra is about. Errors grow with E, condition with 1/E: |G̃ − G| ≤ (2 ln n + 4) ‖E‖ + O(‖E‖²) for ‖b‖ = ‖C‖ = 1, and κ(Ṽ) = O(‖A‖/‖E‖).
 *
 * Source: Yu, Nigmetov, Morozov, Mahoney, Erichson, "Robustifying State-space Models for Long Sequences via Approximate Diagonalization" (2024), section 3.
 *
 * @param states n ≥ 1; eigenvalue problems of n × n matrices in float64, O(n³) each.
 * @param options.device where they are solved; cpu. Default: one of its own.
 * @throws InvalidInputError for parameters out of range; when Ã is unstable, has a repeated eigenvalue, or eigenvectors of a condition beyond 10¹² (a perturbation that is too small).
 */
export async function perturbThenDiagonalise(
  states: number,
  options: Perturbation & { readonly device?: Device } = {},
): Promise<PerturbedDiagonalisation> {
  checkStates("perturbThenDiagonalise: states", states);
  checkOptions(options);
  return withDevice(options.device, async (device) => {
    const { matrix, input } = hippoLegs(states);
    const norm = await spectralNorm(matrix, states, device);
    const { found, perturbation, ...rest } = await perturbed(states, norm, options, device);
    return {
      ...found,
      input: inModes(found, input),
      perturbation,
      backwardError: (await spectralNorm(perturbation, states, device)) / norm,
      ...rest,
    };
  });
}

/**
 * The baseline: the normal part of HiPPO-LegS with input b/2, diagonalised by orthogonal eigenvectors, as S4D-LegS and S5 start. Its transfer function converges to HiPPO's for each frequency,
 * as |ω|/√(ω² + n²), but not uniformly: near the eigenvalues it has spikes that grow with n.
 *
 * Source: Gupta, Gu, Berant, "Diagonal State Spaces are as Effective as Structured State Spaces" (2022); Yu et al. (2024), theorem 2.
 *
 * @throws InvalidInputError unless `states` is an integer ≥ 1.
 */
export async function normalDiagonalisation(
  states: number,
  { device }: { readonly device?: Device } = {},
): Promise<DiagonalSystem> {
  checkStates("normalDiagonalisation: states", states);
  return withDevice(device, async (own) => {
    const { matrix, input } = hippoNormalPart(states);
    const form = await diagonalise("normalDiagonalisation: the normal part", matrix, states, own);
    return { ...form, input: inModes(form, input) };
  });
}

interface Found {
  readonly found: ModalForm;
  readonly perturbation: Float64Array<ArrayBuffer>;
  readonly reason: PerturbationReason;
  readonly history: readonly OptimisationStep[];
  readonly refused: number;
}

async function perturbed(states: number, norm: number, options: Perturbation, device: Device): Promise<Found> {
  switch (options.method) {
    case "random":
      return drawn(states, norm, options, device);
    case "optimised": {
      const start = startingPerturbation(states, norm, await ginibre(options.key, states, device));
      const { perturbation, reason, history } = await optimisePerturbation(states, norm, start, options, device);
      const found = await stable(states, perturbation, device);
      return { found, perturbation, reason, history, refused: 0 };
    }
    default: {
      const { share = 0.1 } = options;
      const { input } = hippoLegs(states);
      const perturbation = new Float64Array(states * states).map(
        (_, at) => (share / 2) * input[Math.floor(at / states)] * input[at % states],
      );
      const found = await stable(states, perturbation, device);
      return { found, perturbation, reason: "closed-form", history: [], refused: 0 };
    }
  }
}

async function drawn(
  states: number,
  norm: number,
  { key, size = 1e-3, attempts = 20 }: RandomPerturbation,
  device: Device,
): Promise<Found> {
  for (let refused = 0; ; refused++) {
    const perturbation = (await ginibre(child(key, refused), states, device)).map((value) => size * norm * value);
    try {
      const found = await stable(states, perturbation, device);
      return { found, perturbation, reason: "drawn", history: [], refused };
    } catch (error) {
      if (!(error instanceof UnstableError) || refused + 1 >= attempts) throw error;
    }
  }
}

/** Some eigenvalue of the perturbed matrix has no negative real part. */
class UnstableError extends InvalidInputError {}

/** @throws UnstableError unless all eigenvalues of A + E have negative real parts. */
async function stable(states: number, perturbation: Float64Array, device: Device): Promise<ModalForm> {
  const { matrix } = hippoLegs(states);
  const sum = matrix.map((value, index) => value + perturbation[index]);
  const form = await diagonalise("perturbThenDiagonalise: HiPPO plus the perturbation", sum, states, device);
  const largest = Math.max(...form.poles.filter((_, index) => index % 2 === 0));
  if (!(largest < 0))
    throw new UnstableError(
      "perturbThenDiagonalise: options",
      "a perturbation with eigenvalues of negative real part (make it smaller, or draw another)",
      `a real part of ${largest}`,
    );
  return form;
}

/** Normal entries, of spectral norm 1. */
async function ginibre(key: Key, states: number, device: Device): Promise<Float64Array<ArrayBuffer>> {
  const stream = new RandomStream(key);
  const values = Float64Array.from({ length: states * states }, () => stream.normal());
  const norm = await spectralNorm(values, states, device);
  return values.map((value) => value / norm);
}

/** ‖M‖₂ of a square matrix. */
export async function spectralNorm(matrix: Float64Array<ArrayBuffer>, states: number, device: Device): Promise<number> {
  using values = device.scope(() => singularValues(device.tensor(matrix, [states, states])));
  return (await values.data())[0];
}

function checkOptions(options: Perturbation): void {
  const refuse = (name: string, expected: string, value: unknown) => {
    throw new InvalidInputError(`perturbThenDiagonalise: options.${name}`, expected, value);
  };
  const isPositive = (value: number) => value > 0 && value < Number.POSITIVE_INFINITY;
  const isCount = (value: number) => Number.isInteger(value) && value >= 1;
  switch (options.method) {
    case undefined:
    case "structured":
      if (options.share !== undefined && !(options.share >= 0 && options.share < 1))
        refuse("share", "a number in [0, 1)", options.share);
      return;
    case "random":
      if (!isPositive(options.size ?? 1)) refuse("size", "a number > 0", options.size);
      if (!isCount(options.attempts ?? 1)) refuse("attempts", "an integer ≥ 1", options.attempts);
      return;
    case "optimised":
      if (!isPositive(options.penalty ?? 1)) refuse("penalty", "a number > 0", options.penalty);
      if (!isCount(options.maxIterations ?? 1)) refuse("maxIterations", "an integer ≥ 1", options.maxIterations);
      return;
    default:
      refuse("method", '"structured", "random" or "optimised"', (options as { method: unknown }).method);
  }
}
