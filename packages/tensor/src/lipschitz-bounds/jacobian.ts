import type { DeviceNetwork } from "./device-network.ts";
import { type ForwardBounds, forwardBounds } from "./forward-bounds.ts";
import { gradientBounds, type JacobianRelaxation, passesOf, tighter } from "./jacobian-bounds.ts";
import { checkIterations, outputGroups } from "./lipschitz.ts";
import type { Network } from "./network.ts";
import { outputsOf, type SessionOptions, withNetwork } from "./network-session.ts";
import { boxesOf, type Region } from "./region.ts";
import type { Interval } from "./substitution.ts";
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
      const asked = outputs.slice(first, first + count);
      const [own, ...others] = passesOf(on, relaxation);
      let bounds = await inputGradients(on, forward, asked, own);
      for (const other of others) bounds = tighter(bounds, await inputGradients(on, forward, asked, other));
      const size = count * inputs;
      for (let box = 0; box < boxes; box++) {
        const at = (box * outputs.length + first) * inputs;
        lower.set(bounds.lower.subarray(box * size, (box + 1) * size), at);
        upper.set(bounds.upper.subarray(box * size, (box + 1) * size), at);
      }
    }
    return { lower, upper };
  });
}

async function inputGradients(
  on: DeviceNetwork,
  forward: ForwardBounds,
  outputs: readonly number[],
  relaxation: JacobianRelaxation,
): Promise<Interval> {
  const { gradients } = await gradientBounds(on, forward, outputs, relaxation);
  return gradients[0];
}
