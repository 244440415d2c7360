import { InvalidInputError } from "@ansatz/tensor";
import { checkNotPending, type PolicyState, type RelaxationPolicy, relaxationGrid, takePending } from "./policy.ts";
import { type TsallisInfState, tsallisInf } from "./tsallis-inf.ts";

export interface DoublingOptions {
  /** Points of the first grid. Default 5. */
  readonly coarsest?: number;
  /** How often the steps of the grid are halved. Default 4: 5, 9, 17, 33, 65 points. */
  readonly doublings?: number;
  /** Ends of the grid. Default 1 and 1.95 (paper). */
  readonly interval?: readonly [lower: number, upper: number];
}

export interface DoublingState extends PolicyState {
  /** How often the grid has been refined. */
  readonly level: number;
  /** Of the present grid; it began when that did. */
  readonly learner: TsallisInfState;
}

/**
 * Tsallis-INF on a grid that is refined as instances come: d points serve until d³ instances are through, then steps are halved and learning begins anew. A fixed grid stays its own step away from the
 * best ω for ever; with d growing as T^(1/3) the average cost approaches that of the best fixed ω at the rate T^(−1/3). Choose it where a sequence is long, or of unknown length.
 *
 * @throws InvalidInputError for less than two points, a negative number of doublings, or ends that are not 0 < lower < upper < 2.
 *
 * Source: "Learning to Relax: Setting Solver Parameters Across a Sequence of Linear System Instances", Tsallis-INF, discretisation.
 */
export function doublingTsallisInf(options: DoublingOptions = {}): RelaxationPolicy<DoublingState> {
  const { coarsest = 5, doublings = 4, interval = [1, 1.95] } = options;
  if (!Number.isInteger(coarsest) || coarsest < 2)
    throw new InvalidInputError("options.coarsest", "an integer ≥ 2", coarsest);
  if (!Number.isInteger(doublings) || doublings < 0 || doublings > 12)
    throw new InvalidInputError("options.doublings", "an integer from 0 to 12", doublings);
  const [lower, upper] = interval;
  if (!(lower < upper)) throw new InvalidInputError("options.interval", "0 < lower < upper < 2", interval);
  const sizeOf = (level: number) => (coarsest - 1) * 2 ** level + 1;
  const relaxations = relaxationGrid(sizeOf(doublings), lower, upper);
  const learners = Array.from({ length: doublings + 1 }, (_, level) =>
    tsallisInf({ relaxations: relaxations.filter((__, index) => index % 2 ** (doublings - level) === 0) }),
  );
  return {
    name: "Tsallis-INF, doubling",
    relaxations,
    init: () => ({ pending: undefined, level: 0, learner: learners[0].init() }),
    choose(state, context, u) {
      checkNotPending(state);
      const { level } = state;
      const { state: learner, choice } = learners[level].choose(state.learner, context, u);
      const step = 2 ** (doublings - level);
      const probabilities = new Float64Array(relaxations.length);
      for (const [index, probability] of choice.probabilities.entries()) probabilities[index * step] = probability;
      const pending = { action: choice.action * step, probabilities, clamped: choice.clamped };
      return { state: { ...state, pending, learner }, choice: pending };
    },
    update(state, cost) {
      takePending(state, cost);
      const { level } = state;
      const learner = learners[level].update(state.learner, cost);
      // The learner's rounds count from 1, and those of coarser grids have gone before.
      const before = level === 0 ? 0 : sizeOf(level - 1) ** 3;
      const isThrough = before + learner.round - 1 >= sizeOf(level) ** 3;
      if (level === doublings || !isThrough) return { pending: undefined, level, learner };
      return { pending: undefined, level: level + 1, learner: learners[level + 1].init() };
    },
  };
}
