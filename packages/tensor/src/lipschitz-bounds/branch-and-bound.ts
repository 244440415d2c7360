import { InvalidInputError } from "../errors.ts";
import { type Key, key as keyOf } from "../random/key.ts";
import type { DeviceNetwork } from "./device-network.ts";
import { type Branching, boundDomains, type DomainBounding, type Objective } from "./domain-bounds.ts";
import { type Domain, DomainQueue } from "./domains.ts";
import { forwardBounds } from "./forward-bounds.ts";
import type { Network } from "./network.ts";
import { outputsOf, type SessionOptions, withNetwork } from "./network-session.ts";
import { checkNorm, type PerturbationNorm } from "./norms.ts";
import { boxesOf, type Region } from "./region.ts";
import { searchBox } from "./sampling.ts";
import type { Interval } from "./substitution.ts";
import type { Values } from "./values.ts";

/** When a branch and bound stops, and how it splits. */
export interface SearchOptions {
  /** Default: `"area"`. */
  readonly branching?: Branching;
  /** Keep the box's forward bounds, cut at the signs, instead of propagating them in every domain: faster splits that gain less. Default: false. */
  readonly keepForwardBounds?: boolean;
  /** Discard domains whose signs no point has together, found by linear programs; up to 64 inputs. An addition to the paper. Default: true. */
  readonly discardInfeasible?: boolean;
  /** Domains that are split at once. Default: 128 (the paper's). */
  readonly batch?: number;
  /** Default: 60 s (the paper's). */
  readonly timeLimit?: number;
  /** Default: 200 000 domains bounded (the paper's). */
  readonly domainLimit?: number;
}

export interface BranchAndBoundOptions extends SessionOptions, SearchOptions {
  /** Default: `"infinity"`. */
  readonly norm?: PerturbationNorm;
  /** Outputs whose largest constant is wanted. Default: all. */
  readonly outputs?: readonly number[];
  /** Relative gap between upper and lower bound that is small enough. Default: 10⁻⁹. */
  readonly gap?: number;
  /** Points that the lower bound is searched with. Default: 1000. */
  readonly samples?: number;
  /** Steps of α-CROWN for the forward bounds of the whole box. Default: 0. */
  readonly slopeIterations?: number;
  /** Of the points. Default: key(0). */
  readonly key?: Key;
  /** Where an earlier run on the same network, box and options stopped. */
  readonly resume?: BranchAndBoundState;
  /** Called after each batch of splits. */
  readonly onProgress?: (entry: BranchAndBoundEntry) => void;
}

/** The state of the search after a batch. */
export interface BranchAndBoundEntry {
  readonly splits: number;
  /** Domains that wait to be split. */
  readonly waiting: number;
  readonly upper: number;
  readonly lower: number;
}

/** Where a search is: plain data, to be kept as JSON and gone on from. */
export interface BranchAndBoundState {
  /** Bounds of the whole box of each output, by which a state is known again. */
  readonly root: readonly number[];
  readonly splits: number;
  /** Domains bounded. */
  readonly domains: number;
  readonly waiting: readonly Domain[];
  /** Largest bound of the domains of each output that have no unstable neuron left. */
  readonly settled: readonly number[];
}

/** Why a search stopped. */
export type BranchAndBoundReason = "converged" | "exhausted" | "domain-limit" | "time-limit" | "aborted";

const REMEDIES: Readonly<Record<BranchAndBoundReason, string>> = {
  converged: "the upper bound meets the lower one: the constant is exact to the gap asked for",
  exhausted:
    "no domain that matters has an unstable neuron left: up to 64 inputs the upper bound is exact, and sampling has not found the point (raise samples); beyond, its signs may have no point",
  "domain-limit": "raise domainLimit, or resume from the state",
  "time-limit": "raise timeLimit, or resume from the state",
  aborted: "resume from the state",
};

export interface BranchAndBoundResult {
  /** The Lipschitz constant from above: the largest of all outputs. */
  readonly constant: number;
  /** The largest that was found at a point, from below. */
  readonly lower: number;
  /** From above, of each output asked for; only the largest ones are worked on. */
  readonly perOutput: Float64Array;
  /** Where the lower bound was found, [inputs]. */
  readonly point: Float64Array;
  readonly reason: BranchAndBoundReason;
  /** What the reason means and what to try next. */
  readonly remedy: string;
  readonly splits: number;
  readonly domains: number;
  readonly history: readonly BranchAndBoundEntry[];
  readonly state: BranchAndBoundState;
}

/**
 * The local Lipschitz constant of a network of ReLUs (leaky ones, max-pooling) in one box, from both sides: the box is split by the signs of pre-activations, always where the bound is largest, and
 * the bounds propagated again, until they meet the largest value found at a point.
 *
 * A neuron to split is chosen by `"area"`, the area of the relaxation of its product in the chain rule times the coefficient it meets; by `"babsr"`, the constant that
 * this relaxation adds; or by `"width"`, min(u, −l) times the sum of its absolute weights.
 *
 * Domains whose signs no point has are discarded by linear programs, up to 64 inputs (an addition to the paper, which bounds them as if they had): the constant is then exact when the
 * search ends by itself.
 *
 * Sound whenever it stops, as `lipschitzBounds`. Aborting it is no error: the result has reason `"aborted"`.
 *
 * @throws InvalidInputError naming what is wrong with the network (a smooth activation), the region (more than one box) or an option.
 *
 * Source: "Efficiently Computing Local Lipschitz Constants of Neural Networks via Bound Propagation", section on branch and bound.
 */
export async function branchAndBound(
  network: Network,
  region: Region,
  options: BranchAndBoundOptions = {},
): Promise<BranchAndBoundResult> {
  const { norm = "infinity", gap = 1e-9, samples = 1000, slopeIterations = 0, key = keyOf(0), resume } = options;
  checkNorm(norm);
  if (!(gap >= 0)) throw new InvalidInputError("options.gap", "a number ≥ 0", gap);
  // Aborting stops the search, not a propagation half way.
  const { signal, ...session } = options;
  return withNetwork(network, session, async (on) => {
    const outputs = outputsOf(on, options.outputs);
    const box = oneBox(on, region);
    const bounding = await boundingOf(on, box, { kind: "norm", norm }, { ...options, slopeIterations });
    const found = await searchBox(on, box, { outputs, norm, samples, rounds: 8, key });
    const best = found.norms.indexOf(Math.max(...found.norms));
    const lower = found.norms[best];
    const search = await startSearch(on, outputs, bounding, resume);
    const history: BranchAndBoundEntry[] = [];
    const reason = await runSearch(on, search, bounding, {
      ...{ ...options, signal, target: lower * (1 + gap), lower },
      onProgress(entry) {
        history.push(entry);
        options.onProgress?.(entry);
      },
    });
    const perOutput = Float64Array.from(outputs, (_, index) => outputBound(search, index));
    const { inputs } = on.network;
    return {
      constant: Math.max(...perOutput, lower),
      ...{ lower, perOutput, reason, history },
      point: found.points.slice(best * inputs, (best + 1) * inputs),
      remedy: REMEDIES[reason],
      splits: search.splits,
      domains: search.domains,
      state: stateOf(search),
    };
  });
}

/** The only box of a region, for a network that can be split. @throws InvalidInputError */
function oneBox(on: DeviceNetwork, region: Region): Interval {
  const { input, boxes } = boxesOf(region, on.network.inputs);
  if (boxes !== 1) throw new InvalidInputError("region", "one box", `${boxes} boxes`);
  if (!on.network.isPiecewiseLinear)
    throw new InvalidInputError("network", "piecewise linear activations, which can be split at 0", "a smooth one");
  return input;
}

/** @throws InvalidInputError */
export async function boundingOf(
  on: DeviceNetwork,
  box: Interval,
  objective: Objective,
  {
    branching = "area",
    keepForwardBounds = false,
    discardInfeasible = true,
    slopeIterations,
  }: SearchOptions & { readonly slopeIterations: number },
): Promise<DomainBounding> {
  if (branching !== "area" && branching !== "babsr" && branching !== "width")
    throw new InvalidInputError("options.branching", `"area", "babsr" or "width"`, branching);
  const root = await forwardBounds(on, box, 1, { slopeIterations });
  const weightSums: Values[] = [];
  for (const map of on.maps.slice(0, -1))
    weightSums.push(await on.read(() => map.apply(on.device.full([1, map.stage.inputs], 1, on.dtype), true)));
  return { box, objective, branching, root, keepForwardBounds, discardInfeasible, weightSums };
}

/** A search under way. */
export interface Search {
  readonly outputs: readonly number[];
  readonly root: readonly number[];
  readonly queue: DomainQueue;
  /** By output asked for. */
  readonly settled: number[];
  splits: number;
  domains: number;
}

/** The first domains, one for each output, or those of a state. @throws InvalidInputError when the state is another problem's. */
export async function startSearch(
  on: DeviceNetwork,
  outputs: readonly number[],
  bounding: DomainBounding,
  resume?: BranchAndBoundState,
): Promise<Search> {
  const settled = outputs.map(() => Number.NEGATIVE_INFINITY);
  const first: Domain[] = [];
  const root: number[] = [];
  for (const [output, index] of outputs.map((each, position) => [each, position] as const)) {
    const [bounded] = await boundDomains(on, [{ signs: [] }], output, bounding);
    // The box itself is not empty.
    const { upper, split } = bounded!;
    root.push(upper);
    if (split) first.push({ output: index, signs: [], upper, split });
    else settled[index] = upper;
  }
  if (!resume) return { outputs, root, queue: new DomainQueue(first), settled, splits: 0, domains: outputs.length };
  if (resume.root.length !== root.length || root.some((value, index) => value !== resume.root[index]))
    throw new InvalidInputError("options.resume", "the state of a run on this network and box", resume.root);
  // JSON has no −∞.
  const known = resume.settled.map((value) => value ?? Number.NEGATIVE_INFINITY);
  const { splits, domains } = resume;
  return { outputs, root, queue: new DomainQueue(resume.waiting), settled: known, splits, domains };
}

function stateOf({ root, queue, settled, splits, domains }: Search): BranchAndBoundState {
  return { root, splits, domains, waiting: queue.list(), settled: [...settled] };
}

interface RunOptions extends SearchOptions {
  readonly signal?: AbortSignal | undefined;
  /** The upper bound that is good enough. */
  readonly target: number;
  /** Domains bounded by less are of no interest. */
  readonly lower: number;
  onProgress?(entry: BranchAndBoundEntry): void;
}

/** Splits the domains with the largest bounds until the search is over. @throws InvalidInputError */
export async function runSearch(
  on: DeviceNetwork,
  search: Search,
  bounding: DomainBounding,
  options: RunOptions,
): Promise<BranchAndBoundReason> {
  const { batch = 128, timeLimit = 60, domainLimit = 200_000, signal, target, lower, onProgress } = options;
  if (!Number.isInteger(batch) || batch < 1) throw new InvalidInputError("options.batch", "an integer ≥ 1", batch);
  if (!(timeLimit >= 0)) throw new InvalidInputError("options.timeLimit", "seconds ≥ 0", timeLimit);
  if (!(domainLimit >= 0)) throw new InvalidInputError("options.domainLimit", "a number ≥ 0", domainLimit);
  const start = performance.now();
  while (true) {
    const settled = Math.max(...search.settled);
    const upper = Math.max(search.queue.upper, settled);
    if (upper <= target) return "converged";
    if (search.queue.upper <= settled) return "exhausted";
    if (signal?.aborted) return "aborted";
    if (search.domains >= domainLimit) return "domain-limit";
    if (performance.now() - start >= 1000 * timeLimit) return "time-limit";
    await splitOnce(on, search, bounding, batch, lower);
    onProgress?.({
      splits: search.splits,
      waiting: search.queue.size,
      upper: Math.max(search.queue.upper, ...search.settled, lower),
      lower,
    });
  }
}

async function splitOnce(
  on: DeviceNetwork,
  search: Search,
  bounding: DomainBounding,
  batch: number,
  lower: number,
): Promise<void> {
  const parents = search.queue.take(batch);
  const children = parents.flatMap((parent) =>
    [1, -1].map((sign) => ({ parent, signs: [...parent.signs, ...parent.split, sign] })),
  );
  const { output } = parents[0];
  const bounded = await boundDomains(on, children, search.outputs[output], bounding);
  search.splits += parents.length;
  search.domains += children.length;
  for (const [index, found] of bounded.entries()) {
    if (!found) continue;
    const { parent, signs } = children[index];
    const upper = Math.min(found.upper, parent.upper);
    if (!found.split || upper <= lower) search.settled[output] = Math.max(search.settled[output], upper);
    else search.queue.add({ output, signs, upper, split: found.split });
  }
}

function outputBound({ queue, settled }: Search, output: number): number {
  return queue
    .list()
    .reduce((most, domain) => (domain.output === output ? Math.max(most, domain.upper) : most), settled[output]);
}
