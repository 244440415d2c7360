import { type Device, InvalidInputError, type Tensor } from "@ansatz/tensor";
import { withDevice } from "../with-device.ts";
import type { CanonicalFunction } from "./canonical.ts";
import { chebyshevNodes, coefficientsAlong } from "./chebyshev.ts";
import { AXES, type Box, type Triple } from "./format.ts";
import { checkOptions, sampleAtNodes, type TrivariateFunction } from "./index.ts";
import { coefficientTails, columnTail } from "./tails.ts";

export interface DegreeOptions {
  /** Where the function is defined. Default [−1, 1]³. */
  readonly domain?: Box;
  /** What coefficients of the highest two degrees must fall below, relative to the largest. Default 10⁻⁷. */
  readonly tolerance?: number;
  /** Most nodes along an axis. Default 257 for functions of three coordinates, 1025 for canonical ones. */
  readonly maximumNodes?: number;
  readonly signal?: AbortSignal;
}

export interface DegreeEstimate {
  /** Nodes along each axis, powers of two plus one. */
  readonly nodes: Triple<number>;
  /** `"resolved"` along all axes, `"node-limit"` reached along one, or `"aborted"`. */
  readonly reason: "resolved" | "node-limit" | "aborted";
  /** What to do about the reason. */
  readonly remedy: string;
  /** Largest coefficient of the two highest degrees along each axis, relative to the largest of all. */
  readonly tails: Triple<number>;
  /** Nodes and tails of every attempt. */
  readonly history: readonly { readonly nodes: Triple<number>; readonly tails: Triple<number> }[];
}

const DEGREE_REMEDIES = {
  resolved: "Nothing to do.",
  "node-limit":
    "The function is not smooth enough for so few nodes: raise `maximumNodes`, or split off what is not smooth.",
  aborted: "The tails are those of the last attempt.",
} as const;

const FIRST_NODES = 17;

/**
 * Numbers of Chebyshev nodes that resolve a function: doubled from 17 along each axis until the coefficients of the two highest degrees are below the tolerance (two, since every other
 * coefficient of an even function vanishes). Never more than `maximumNodes`: a cusp is reported, not chased.
 *
 * @throws InvalidInputError for options out of range and values that are not finite.
 */
export async function estimateChebyshevNodes(
  f: TrivariateFunction | CanonicalFunction,
  options: DegreeOptions = {},
): Promise<DegreeEstimate> {
  const isCanonical = typeof f !== "function";
  const { maximumNodes = isCanonical ? 1025 : 257, signal } = options;
  const { domain, tolerance } = checkOptions({
    ...(options.domain && { domain: options.domain }),
    ...(options.tolerance !== undefined && { tolerance: options.tolerance }),
  });
  if (!Number.isInteger(maximumNodes) || maximumNodes < FIRST_NODES)
    throw new InvalidInputError("options.maximumNodes", `an integer ≥ ${FIRST_NODES}`, maximumNodes);
  const history: { nodes: Triple<number>; tails: Triple<number> }[] = [];
  let nodes: Triple<number> = [FIRST_NODES, FIRST_NODES, FIRST_NODES];
  return withDevice(undefined, async (device) => {
    for (;;) {
      const tails = isCanonical
        ? await canonicalTails(device, f, nodes, domain)
        : await sampledTails(device, f, nodes, domain);
      history.push({ nodes, tails });
      const next = nodes.map((m, axis) => (tails[axis] > tolerance ? Math.min(2 * m - 1, maximumNodes) : m));
      const isResolved = tails.every((tail) => tail <= tolerance);
      if (isResolved || signal?.aborted || next.every((m, axis) => m === nodes[axis])) {
        const reason = isResolved ? "resolved" : signal?.aborted ? "aborted" : "node-limit";
        return { nodes, reason, remedy: DEGREE_REMEDIES[reason], tails, history };
      }
      nodes = next as unknown as Triple<number>;
    }
  });
}

async function sampledTails(
  device: Device,
  f: TrivariateFunction,
  counts: Triple<number>,
  domain: Box,
): Promise<Triple<number>> {
  using values = device.tensor(sampleAtNodes(f, { counts, domain }), counts, "float64") as Tensor;
  using coefficients = device.scope(() => AXES.reduce((x, axis) => coefficientsAlong(x, axis), values));
  return coefficientTails((await coefficients.data()) as Float64Array, counts);
}

async function canonicalTails(
  device: Device,
  { weights, columns }: CanonicalFunction,
  counts: Triple<number>,
  domain: Box,
): Promise<Triple<number>> {
  const tails: number[] = [];
  for (const axis of AXES) {
    const sampled = Float64Array.from(columns(axis, chebyshevNodes(counts[axis], domain[axis])));
    using values = device.tensor(sampled, [counts[axis], weights.length], "float64") as Tensor;
    using coefficients = coefficientsAlong(values, 0);
    tails.push(columnTail((await coefficients.data()) as Float64Array, weights));
  }
  return tails as unknown as Triple<number>;
}
