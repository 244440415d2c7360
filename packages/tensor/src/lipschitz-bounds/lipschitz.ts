import { InvalidInputError } from "../errors.ts";
import type { DeviceNetwork } from "./device-network.ts";
import { type ForwardBounds, forwardBounds } from "./forward-bounds.ts";
import { gradientBounds, type JacobianRelaxation, passesOf } from "./jacobian-bounds.ts";
import type { Network } from "./network.ts";
import { outputsOf, type SessionOptions, withNetwork } from "./network-session.ts";
import { checkNorm, globalConstants, gradientNorms, type PerturbationNorm } from "./norms.ts";
import { boxesOf, type Region } from "./region.ts";
import type { Interval } from "./substitution.ts";
import type { Values } from "./values.ts";

/**
 * How the chain rule is bounded, from the tightest to the cheapest: `"linear"`, by linear relaxations throughout (the paper's); `"recurjac"`, linear where the sign of a gradient is
 * known and an interval elsewhere; `"interval"`, by intervals of the gradients; `"global"`, by the product of the layers' norms, whatever the region.
 */
export type LipschitzRelaxation = JacobianRelaxation | "global";

export interface LipschitzOptions extends SessionOptions {
  /** Default: `"linear"`. */
  readonly relaxation?: LipschitzRelaxation;
  /** Norm of perturbations of the input; outputs are compared one by one. Default: `"infinity"`. */
  readonly norm?: PerturbationNorm;
  /** Outputs to bound. Default: all. */
  readonly outputs?: readonly number[];
  /** Steps of the ascent that tightens the lower lines of unstable ReLUs in the forward bounds (α-CROWN). Default: 0; 20 are usual. */
  readonly slopeIterations?: number;
  /** Called when the bounds of so many of the outputs are known. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Lipschitz constants of the outputs of a network in boxes, from above. */
export interface LipschitzBounds {
  /** Largest of all outputs, [boxes]. */
  readonly constant: Values;
  /** [boxes, outputs asked for]. */
  readonly perOutput: Values;
  /** Bounds of what each activation is given, [boxes, neurons]; empty with `"global"`. Poolings count as the activations they are made of. */
  readonly preactivations: readonly Interval[];
}

/**
 * Upper bounds L of |f(x) − f(y)| ≤ L ‖x − y‖ for all x and y in a box, for each output f of a network: the largest dual norm of its Clarke Jacobian there.
 *
 * The bounds hold in exact arithmetic for the weights given: rounding errors of the propagation are bounded on the way and added, in float64 and in float32 (underflow aside).
 *
 * Choose `branchAndBound` to tighten the bound of a ReLU network, `jacobianBounds` for the derivatives one by one.
 *
 * @throws InvalidInputError naming what is wrong with the network, the region or an option; AbortedError.
 *
 * Source: "Efficiently Computing Local Lipschitz Constants of Neural Networks via Bound Propagation".
 */
export async function lipschitzBounds(
  network: Network,
  region: Region,
  options: LipschitzOptions = {},
): Promise<LipschitzBounds> {
  const { relaxation = "linear", norm = "infinity", slopeIterations = 0, onProgress } = options;
  checkNorm(norm);
  checkRelaxation(relaxation);
  checkIterations(slopeIterations);
  return withNetwork(network, options, async (on) => {
    const outputs = outputsOf(on, options.outputs);
    const { input, boxes } = boxesOf(region, on.network.inputs);
    const ceiling = globalConstants(on.network, outputs, norm);
    const perOutput = Float64Array.from(
      { length: boxes * outputs.length },
      (_, index) => ceiling[index % outputs.length],
    );
    let forward: ForwardBounds | undefined;
    if (relaxation !== "global") {
      forward = await forwardBounds(on, input, boxes, { slopeIterations });
      await tighten(on, forward, { outputs, norm, relaxation, perOutput, onProgress });
    }
    const constant = Float64Array.from({ length: boxes }, (_, box) =>
      perOutput
        .subarray(box * outputs.length, (box + 1) * outputs.length)
        .reduce((most, each) => Math.max(most, each), 0),
    );
    return { constant, perOutput, preactivations: forward?.preactivations ?? [] };
  });
}

interface Tightening {
  readonly outputs: readonly number[];
  readonly norm: PerturbationNorm;
  readonly relaxation: JacobianRelaxation;
  /** Changed in place. */
  readonly perOutput: Values;
  readonly onProgress: LipschitzOptions["onProgress"];
}

async function tighten(on: DeviceNetwork, forward: ForwardBounds, given: Tightening): Promise<void> {
  const { outputs, norm, relaxation, perOutput, onProgress } = given;
  for (const { first, count } of outputGroups(on, outputs.length, forward.boxes)) {
    for (const pass of passesOf(on, relaxation)) {
      const bounds = await gradientBounds(on, forward, outputs.slice(first, first + count), pass);
      const { norms } = await gradientNorms(on, bounds, norm, pass);
      for (const [index, value] of norms.entries()) {
        const at = Math.floor(index / count) * outputs.length + first + (index % count);
        perOutput[at] = Math.min(perOutput[at], value);
      }
    }
    onProgress?.({ done: first + count, total: outputs.length });
  }
}

/** Numbers that the planes of one group of outputs have at most per array. */
const LARGEST_GROUP = 2 ** 19;

/** Groups of outputs that are bounded at once. */
export function outputGroups(on: DeviceNetwork, outputs: number, boxes: number) {
  const widest = on.network.stages.reduce((most, stage) => Math.max(most, stage.inputs, stage.outputs), 1);
  const size = Math.max(1, Math.floor(LARGEST_GROUP / (widest * boxes)));
  return Array.from({ length: Math.ceil(outputs / size) }, (_, group) => ({
    first: group * size,
    count: Math.min(size, outputs - group * size),
  }));
}

/** @throws InvalidInputError */
export function checkIterations(iterations: number): void {
  if (!Number.isInteger(iterations) || iterations < 0)
    throw new InvalidInputError("options.slopeIterations", "an integer ≥ 0", iterations);
}

function checkRelaxation(relaxation: LipschitzRelaxation): void {
  const known: readonly LipschitzRelaxation[] = ["linear", "recurjac", "interval", "global"];
  if (!known.includes(relaxation))
    throw new InvalidInputError("options.relaxation", known.map((each) => `"${each}"`).join(", "), relaxation);
}
