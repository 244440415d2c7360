import { InvalidInputError } from "@ansatz/tensor";
import {
  checkContexts,
  checkGrid,
  checkNotPending,
  draw,
  type PolicyState,
  type RelaxationPolicy,
  relaxationGrid,
  takePending,
} from "./policy.ts";

export interface TsallisInfOptions {
  /** The grid of ω. Default: 20 from 1 to 1.95 (paper). */
  readonly relaxations?: ArrayLike<number>;
  /** T, where it is known: the learning rate is then 2 / √T throughout. Default: 2 / √t, which needs no horizon. */
  readonly horizon?: number;
}

export interface TsallisInfState extends PolicyState {
  /** k_i: importance-weighted sums of costs − 1. */
  readonly losses: Float64Array;
  /** Sum of costs − 1, whose mean is the scale s. */
  readonly total: number;
  /** t, from 1. */
  readonly round: number;
}

/** Floor of the probability that divides a cost, so that the weight of an action of vanishing probability stays finite. */
const SMALLEST_PROBABILITY = 1e-12;

/**
 * Probabilities of Tsallis-INF (α = 1/2): p_i = 4 (η (z_i − x))⁻² with the x below all z_i that makes their sum 1, by Newton's method from where the best action alone has probability 1, from
 * where it descends monotonically.
 *
 * @param losses z_i. @param rate η > 0.
 */
export function tsallisProbabilities(losses: ArrayLike<number>, rate: number): Float64Array {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < losses.length; i++) least = Math.min(least, losses[i]);
  // Differences first: sums of losses may be 10⁹ and differ by 1.
  const gaps = Float64Array.from({ length: losses.length }, (_, i) => losses[i] - least);
  const probabilities = new Float64Array(losses.length);
  let x = -2 / rate;
  for (let step = 0; step < 50; step++) {
    let [sum, slope] = [0, 0];
    for (let i = 0; i < gaps.length; i++) {
      const root = 2 / (rate * (gaps[i] - x));
      probabilities[i] = root * root;
      sum += root * root;
      slope += root * root * root;
    }
    if (Math.abs(sum - 1) < 1e-12) break;
    x -= (sum - 1) / (rate * slope);
  }
  const sum = probabilities.reduce((total, p) => total + p, 0);
  return probabilities.map((p) => p / sum);
}

/**
 * Tsallis-INF: a bandit that competes with the best fixed ω of its grid, with no knowledge of the instances; its regret after T of them is at most about 4 √(d T) times the scale of the costs.
 *
 * Choose it where nothing is known about an instance beforehand. With a number that tells instances apart, see `chebCb`.
 *
 * @throws InvalidInputError for a grid that does not ascend within (0, 2), or a horizon that is no integer ≥ 1.
 *
 * Source: "Learning to Relax: Setting Solver Parameters Across a Sequence of Linear System Instances", Tsallis-INF.
 */
export function tsallisInf(options: TsallisInfOptions = {}): RelaxationPolicy<TsallisInfState> {
  const { horizon } = options;
  const relaxations = Float64Array.from(options.relaxations ?? relaxationGrid());
  checkGrid(relaxations);
  if (horizon !== undefined && (!Number.isInteger(horizon) || horizon < 1))
    throw new InvalidInputError("options.horizon", "an integer ≥ 1", horizon);
  return {
    name: "Tsallis-INF",
    relaxations,
    init: () => ({ pending: undefined, losses: new Float64Array(relaxations.length), total: 0, round: 1 }),
    choose(state, _, u) {
      checkNotPending(state);
      // All costs 1: the scale would be zero.
      const scale = state.total > 0 ? state.total / (state.round - 1) : 1;
      const rate = 2 / Math.sqrt(horizon ?? state.round);
      const probabilities = tsallisProbabilities(
        state.losses.map((loss) => loss / scale),
        rate,
      );
      const choice = { action: draw(probabilities, u), probabilities, clamped: false };
      return { state: { ...state, pending: choice }, choice };
    },
    update(state, cost) {
      const { action, probabilities } = takePending(state, cost);
      const losses = state.losses.slice();
      losses[action] += (cost - 1) / Math.max(SMALLEST_PROBABILITY, probabilities[action]);
      return { pending: undefined, losses, total: state.total + cost - 1, round: state.round + 1 };
    },
  };
}

export interface BinnedOptions extends TsallisInfOptions {
  /** m: parts that the contexts are cut in, each with a learner of its own. Default 5 (paper's code). */
  readonly bins?: number;
}

export interface BinnedState extends PolicyState {
  readonly bins: readonly TsallisInfState[];
  /** The bin of the waiting choice. */
  readonly bin: number;
}

/**
 * One Tsallis-INF for each of several parts of the interval of contexts: learns an ω for each part, at the cost of that many learners.
 *
 * @param contexts the interval; contexts outside of it count as its ends.
 * @throws InvalidInputError for an empty interval, and as `tsallisInf`.
 *
 * Source: the same, Tsallis-INF-CB.
 */
export function binnedTsallisInf(
  contexts: readonly [number, number],
  options: BinnedOptions = {},
): RelaxationPolicy<BinnedState> {
  const { bins = 5 } = options;
  checkContexts(contexts);
  if (!Number.isInteger(bins) || bins < 1) throw new InvalidInputError("options.bins", "an integer ≥ 1", bins);
  const learner = tsallisInf(options);
  const [lower, upper] = contexts;
  return {
    name: "Tsallis-INF, binned",
    relaxations: learner.relaxations,
    init: () => ({ pending: undefined, bins: Array.from({ length: bins }, learner.init), bin: 0 }),
    choose(state, context, u) {
      checkNotPending(state);
      const bin = Math.min(bins - 1, Math.max(0, Math.floor((bins * (context - lower)) / (upper - lower))));
      const decided = learner.choose(state.bins[bin], context, u);
      const choice = { ...decided.choice, clamped: !(context >= lower && context <= upper) };
      return { state: { pending: choice, bins: state.bins.with(bin, decided.state), bin }, choice };
    },
    update(state, cost) {
      takePending(state, cost);
      const learned = learner.update(state.bins[state.bin], cost);
      return { ...state, pending: undefined, bins: state.bins.with(state.bin, learned) };
    },
  };
}
