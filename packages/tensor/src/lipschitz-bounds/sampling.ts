import { InvalidInputError } from "../errors.ts";
import { drawNormal, drawUniform } from "../random/host-draws.ts";
import { child, type Key, key as keyOf } from "../random/key.ts";
import type { DeviceNetwork } from "./device-network.ts";
import { dualNormsAt } from "./jacobian-samples.ts";
import type { Network } from "./network.ts";
import { outputsOf, type SessionOptions, withNetwork } from "./network-session.ts";
import { checkNorm, type PerturbationNorm } from "./norms.ts";
import { boxesOf, type Region } from "./region.ts";
import type { Interval } from "./substitution.ts";
import type { Values } from "./values.ts";

export interface SamplingOptions extends SessionOptions {
  /** Default: `"infinity"`. */
  readonly norm?: PerturbationNorm;
  /** Outputs to sample. Default: all. */
  readonly outputs?: readonly number[];
  /** Points drawn in each box, half of them near its vertices. Default: 1000. */
  readonly samples?: number;
  /** Rounds of a search about the best points, each half as wide as the one before. Default: 8. */
  readonly rounds?: number;
  /** Default: key(0). */
  readonly key?: Key;
}

/** Lipschitz constants from below. */
export interface LipschitzSamples {
  /** [boxes]. */
  readonly constant: Float64Array;
  /** [boxes, outputs asked for]. */
  readonly perOutput: Float64Array;
  /** Where the largest constants were found, [boxes, outputs asked for, inputs]. */
  readonly points: Float64Array;
}

/** Best points that a search goes on from. */
const SURVIVORS = 16;

/**
 * Lower bounds of the local Lipschitz constants of a network's outputs: the largest dual norm of its Jacobian at random points and vertices of a box, and about the best of them. Up to rounding in the
 * dtype: nothing is added for it here.
 *
 * The search needs no derivatives of the norm, which vanish almost everywhere when activations are piecewise linear.
 *
 * @throws InvalidInputError; AbortedError.
 */
export async function sampleLipschitz(
  network: Network,
  region: Region,
  options: SamplingOptions = {},
): Promise<LipschitzSamples> {
  const { norm = "infinity", samples = 1000, rounds = 8, key = keyOf(0) } = options;
  checkNorm(norm);
  if (!Number.isInteger(samples) || samples < 1)
    throw new InvalidInputError("options.samples", "an integer ≥ 1", samples);
  if (!Number.isInteger(rounds) || rounds < 0) throw new InvalidInputError("options.rounds", "an integer ≥ 0", rounds);
  return withNetwork(network, options, async (on) => {
    const outputs = outputsOf(on, options.outputs);
    const { inputs } = on.network;
    const { input, boxes } = boxesOf(region, inputs);
    const found = {
      constant: new Float64Array(boxes),
      perOutput: new Float64Array(boxes * outputs.length),
      points: new Float64Array(boxes * outputs.length * inputs),
    };
    for (let box = 0; box < boxes; box++) {
      const own = slice(input, box, inputs);
      const best = await searchBox(on, own, { outputs, norm, samples, rounds, key: child(key, box) });
      found.perOutput.set(best.norms, box * outputs.length);
      found.points.set(best.points, box * outputs.length * inputs);
      found.constant[box] = best.norms.reduce((most, each) => Math.max(most, each), 0);
    }
    return found;
  });
}

/** One box of several. */
export function slice({ lower, upper }: Interval, box: number, inputs: number): Interval {
  return {
    lower: lower.slice(box * inputs, (box + 1) * inputs),
    upper: upper.slice(box * inputs, (box + 1) * inputs),
  };
}

export interface Search {
  readonly outputs: readonly number[];
  readonly norm: PerturbationNorm;
  readonly samples: number;
  readonly rounds: number;
  readonly key: Key;
}

/** The best points of each output in one box, [outputs, inputs], and the norms there. */
export async function searchBox(
  on: DeviceNetwork,
  box: Interval,
  { outputs, norm, samples, rounds, key }: Search,
): Promise<{ readonly norms: Values; readonly points: Values }> {
  const inputs = box.lower.length;
  const norms = new Float64Array(outputs.length).fill(Number.NEGATIVE_INFINITY);
  const points = new Float64Array(outputs.length * inputs);
  let candidates = firstPoints(box, samples, child(key, 0));
  for (let round = 0; round <= rounds; round++) {
    const found = await dualNormsAt(on, candidates, outputs, norm);
    const survivors = new Set<number>();
    for (let output = 0; output < outputs.length; output++) {
      const order = Array.from({ length: candidates.length / inputs }, (_, index) => index);
      order.sort((a, b) => found[b * outputs.length + output] - found[a * outputs.length + output]);
      const [best] = order;
      const value = found[best * outputs.length + output];
      if (value > norms[output]) {
        norms[output] = value;
        points.set(candidates.subarray(best * inputs, (best + 1) * inputs), output * inputs);
      }
      for (const index of order.slice(0, Math.max(1, Math.ceil(SURVIVORS / outputs.length)))) survivors.add(index);
    }
    const from = [...survivors].map((index) => candidates.subarray(index * inputs, (index + 1) * inputs));
    candidates = neighbours(box, from, Math.max(1, Math.floor(samples / 4)), 2 ** -(round + 1), child(key, round + 1));
  }
  return { norms, points };
}

/** The centre, points of the box, and points with half of their coordinates at its ends. */
function firstPoints({ lower, upper }: Interval, count: number, key: Key): Values {
  const inputs = lower.length;
  const uniforms = drawUniform(words(key), count * inputs, "float64");
  const points = new Float64Array(count * inputs);
  for (let index = 0; index < points.length; index++) {
    const at = index % inputs;
    const row = Math.floor(index / inputs);
    const share = uniforms[index];
    const stretched = Math.min(1, Math.max(0, 2 * share - 0.5));
    const fraction = row === 0 ? 0.5 : row % 2 === 1 ? stretched : share;
    points[index] = lower[at] + fraction * (upper[at] - lower[at]);
  }
  return points;
}

/** Points about others, at normal distances of a share of the box, kept inside. */
function neighbours(
  { lower, upper }: Interval,
  from: readonly Values[],
  count: number,
  share: number,
  key: Key,
): Values {
  const inputs = lower.length;
  const normals = drawNormal(words(key), count * inputs, "float64");
  const points = new Float64Array(count * inputs);
  for (let index = 0; index < points.length; index++) {
    const at = index % inputs;
    const row = Math.floor(index / inputs);
    const origin = from[row % from.length][at];
    // The survivors themselves are not drawn again: their norms are known.
    const moved = origin + (share / 2) * normals[index] * (upper[at] - lower[at]);
    points[index] = Math.min(upper[at], Math.max(lower[at], moved));
  }
  return points;
}

function words({ seed, stream }: Key): readonly number[] {
  return [...seed, ...stream];
}
