import { InvalidInputError } from "@ansatz/tensor";
import { boundedLeastSquares, type Moments, quadratic, shortestLeastSquares } from "./moments.ts";
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

export interface ChebCbOptions {
  /** The grid of ω. Default: 20 from 1 to 1.95 (paper). */
  readonly relaxations?: ArrayLike<number>;
  /** m: Chebyshev polynomials that the cost of an action is regressed on. Default 6 (paper). */
  readonly features?: number;
}

export interface ChebCbState extends PolicyState {
  /** For each action what its costs were: moments of the features with each other and with costs − 1. */
  readonly moments: readonly Moments[];
  /** θ of each action [m], in units of the scale. */
  readonly coefficients: readonly Float64Array[];
  /** Exploration, 0 at first. */
  readonly rate: number;
  readonly largest: number;
  readonly smallest: number;
  /** S, what costs are divided by. */
  readonly scale: number;
  /** Σ predicted², Σ predicted · cost, Σ cost². */
  readonly sums: readonly [number, number, number];
  /** t, from 1. */
  readonly round: number;
  /** Features and prediction of the waiting choice. */
  readonly waiting: { readonly features: Float64Array; readonly predicted: number } | undefined;
}

/** T_0 … T_(m − 1) of the context, mapped to [−1, 1]. */
function featuresOf(context: number, [lower, upper]: readonly [number, number], count: number): Float64Array {
  const x = (2 * (context - lower)) / (upper - lower) - 1;
  const features = new Float64Array(count);
  let [before, value] = [x, 1];
  for (let j = 0; j < count; j++) {
    features[j] = value;
    [before, value] = [value, 2 * x * value - before];
  }
  return features;
}

/**
 * ChebCB: a contextual bandit that regresses the cost of each ω on Chebyshev polynomials of a number known about the instance, and competes with the best ω for each instance.
 *
 * Choose it where such a number exists, cost depends on it smoothly, and instances number some hundreds at least.
 *
 * @param contexts the interval of the numbers; those outside of it are moved to its ends, since Chebyshev polynomials explode beyond.
 * @throws InvalidInputError for an empty interval, a grid that does not ascend within (0, 2), or a number of features that is no integer ≥ 1.
 *
 * Source: "Learning to Relax: Setting Solver Parameters Across a Sequence of Linear System Instances", ChebCB; exploration by inverse gaps as in SquareCB.
 */
export function chebCb(
  contexts: readonly [number, number],
  options: ChebCbOptions = {},
): RelaxationPolicy<ChebCbState> {
  const { features: count = 6 } = options;
  const relaxations = Float64Array.from(options.relaxations ?? relaxationGrid());
  checkGrid(relaxations);
  checkContexts(contexts);
  if (!Number.isInteger(count) || count < 1) throw new InvalidInputError("options.features", "an integer ≥ 1", count);
  const actions = relaxations.length;
  const width = contexts[1] - contexts[0];
  return {
    name: "ChebCB",
    relaxations,
    init: () => ({
      pending: undefined,
      moments: Array.from({ length: actions }, () => ({
        gram: new Float64Array(count * count),
        right: new Float64Array(count),
        square: 0,
        rounds: 0,
      })),
      coefficients: Array.from({ length: actions }, () => new Float64Array(count)),
      rate: 0,
      largest: Number.NEGATIVE_INFINITY,
      smallest: Number.POSITIVE_INFINITY,
      scale: 0,
      sums: [0, 0, 0],
      round: 1,
      waiting: undefined,
    }),
    choose(state, context, u) {
      checkNotPending(state);
      const inside = Math.min(contexts[1], Math.max(contexts[0], context));
      if (Number.isNaN(inside)) throw new InvalidInputError("choose: context", "a number", context);
      const features = featuresOf(inside, contexts, count);
      const predictions = Float64Array.from(state.coefficients, (theta) =>
        theta.reduce((sum, value, j) => sum + value * features[j], 0),
      );
      const probabilities = inverseGapProbabilities(predictions, state.rate);
      const action = draw(probabilities, u);
      const choice = { action, probabilities, clamped: inside !== context };
      return { state: { ...state, pending: choice, waiting: { features, predicted: predictions[action] } }, choice };
    },
    update(state, cost) {
      const { action } = takePending(state, cost);
      const { features, predicted } = state.waiting!;
      const [largest, smallest] = [Math.max(state.largest, cost), Math.min(state.smallest, cost)];
      const slope = (largest - smallest) / width;
      const spread = 2 + 4 * width * (slope / largest) * (1 + Math.log(count));
      const scale = largest * spread;
      const moments = state.moments.with(action, withRound(state.moments[action], features, cost - 1));
      const bounds = Float64Array.from({ length: count }, (_, j) =>
        j === 0 ? 1 / spread : (2 * width * slope) / (scale * j),
      );
      let residual = 0;
      const coefficients = state.coefficients.map((theta, index) => {
        const isStale = scale !== state.scale && moments[index].rounds > 0;
        if (index !== action && !isStale) return theta;
        const shortest = shortestLeastSquares(moments[index], scale);
        if (shortest.every((value, j) => Math.abs(value) <= bounds[j])) return shortest;
        const bounded = boundedLeastSquares(moments[index], scale, bounds, shortest);
        residual = quadratic(moments[index], scale, bounded);
        return bounded;
      });
      const sums = [
        state.sums[0] + predicted ** 2,
        state.sums[1] + predicted * cost,
        state.sums[2] + cost ** 2,
      ] as const;
      const error = sums[0] - (2 * sums[1]) / scale + sums[2] / scale ** 2;
      // Bound on what m polynomials leave of a Lipschitz function.
      const left = ((Math.PI + (2 / Math.PI) * Math.log(2 * count + 1)) * width * slope) / (2 * scale * (count + 1));
      const { round } = state;
      const below = Math.max(error - residual + 2 * left ** 2 * round, 1e-12);
      return {
        pending: undefined,
        waiting: undefined,
        moments,
        coefficients,
        rate: 2 * round * Math.sqrt((actions * round) / below),
        largest,
        smallest,
        scale,
        sums,
        round: round + 1,
      };
    },
  };
}

/** 1 / (d + η gap) for every action but the best, which has the rest. */
export function inverseGapProbabilities(predictions: Float64Array, rate: number): Float64Array {
  let best = 0;
  for (let action = 1; action < predictions.length; action++)
    if (predictions[action] < predictions[best]) best = action;
  const probabilities = predictions.map((value) => 1 / (predictions.length + rate * (value - predictions[best])));
  probabilities[best] = 0;
  probabilities[best] = 1 - probabilities.reduce((sum, p) => sum + p, 0);
  return probabilities;
}

function withRound({ gram, right, square, rounds }: Moments, features: Float64Array, target: number): Moments {
  const m = features.length;
  return {
    gram: gram.map((value, at) => value + features[Math.floor(at / m)] * features[at % m]),
    right: right.map((value, j) => value + features[j] * target),
    square: square + target ** 2,
    rounds: rounds + 1,
  };
}
