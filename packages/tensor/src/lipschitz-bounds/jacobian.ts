import { forwardBounds } from "./forward-bounds.ts";
import { gradientBounds, type JacobianRelaxation } from "./jacobian-bounds.ts";
import { checkIterations, outputGroups } from "./lipschitz.ts";
import type { Network } from "./network.ts";
import { outputsOf, type SessionOptions, withNetwork } from "./network-session.ts";
import { boxesOf, type Region } from "./region.ts";
import type { Values } from "./values.ts";

export interface JacobianOptions extends SessionOptions {
  /** How the chain rule is bounded. Default: `"linear"`. */
  readonly relaxation?: JacobianRelaxation;
  /** Outputs whose derivatives are bounded. Default: all. */
  readonly outputs?: readonly number[];
  /** Steps of the ascent that tightens the forward bounds of ReLUs. Default: 0. */
  readonly slopeIterations?: number;
}

/** Bounds of the derivatives of outputs in inputs, [boxes, outputs asked for, inputs]. */
export interface JacobianBounds {
  readonly lower: Values;
  readonly upper: Values;
}

/**
 * Bounds of every derivative that the Clarke Jacobian of a network has in a box.
 *
 * @throws InvalidInputError naming what is wrong with the network, the region or an option; AbortedError.
 *
 * Source: "Efficiently Computing Local Lipschitz Constants of Neural Networks via Bound Propagation", bounds of the backward graph.
 */
export async function jacobianBounds(
  network: Network,
  region: Region,
  options: JacobianOptions = {},
): Promise<JacobianBounds> {
  const { relaxation = "linear", slopeIterations = 0 } = options;
  checkIterations(slopeIterations);
  return withNetwork(network, options, async (on) => {
    const outputs = outputsOf(on, options.outputs);
    const { inputs } = on.network;
    const { input, boxes } = boxesOf(region, inputs);
    const forward = await forwardBounds(on, input, boxes, { slopeIterations });
    const lower = new Float64Array(boxes * outputs.length * inputs);
    const upper = new Float64Array(lower.length);
    for (const { first, count } of outputGroups(on, outputs.length, boxes)) {
      const { gradients } = await gradientBounds(on, forward, outputs.slice(first, first + count), relaxation);
      const own = count * inputs;
      for (let box = 0; box < boxes; box++) {
        const at = (box * outputs.length + first) * inputs;
        lower.set(gradients[0].lower.subarray(box * own, (box + 1) * own), at);
        upper.set(gradients[0].upper.subarray(box * own, (box + 1) * own), at);
      }
    }
    return { lower, upper };
  });
}
