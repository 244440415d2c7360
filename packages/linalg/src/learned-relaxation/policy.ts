import { InvalidInputError } from "@ansatz/tensor";

/** What a policy has decided for one instance. */
export interface Choice {
  /** Index of the relaxation parameter in the policy's grid. */
  readonly action: number;
  /** Probabilities of all actions, of which the action was drawn. */
  readonly probabilities: Float64Array;
  /** Whether the context was outside of its interval and moved to the end of it. */
  readonly clamped: boolean;
}

/**
 * A rule that picks a relaxation parameter for each of a sequence of instances and learns from the costs alone. State is explicit plain data: it can be stored and resumed. Each `choose`
 * is followed by one `update`.
 */
export interface RelaxationPolicy<State extends PolicyState = PolicyState> {
  readonly name: string;
  /** The grid of ω, ascending. */
  readonly relaxations: Float64Array;
  init(): State;
  /**
   * Decides. @param context number known of the instance beforehand; policies without contexts ignore it. @param u uniform in (0, 1): all the randomness there is.
   * @throws InvalidInputError when the last choice has had no update.
   */
  choose(state: State, context: number, u: number): { readonly state: State; readonly choice: Choice };
  /** Learns the cost of the last choice. @throws InvalidInputError when there is none, or the cost is no finite number ≥ 1. */
  update(state: State, cost: number): State;
}

export interface PolicyState {
  /** The choice that waits for its cost. */
  readonly pending: Choice | undefined;
}

/** @throws InvalidInputError when a choice is waiting. */
export function checkNotPending({ pending }: PolicyState): void {
  if (pending) throw new InvalidInputError("choose: state", "a state after update", "a choice that waits for its cost");
}

/** The waiting choice. @throws InvalidInputError when there is none, or the cost makes no sense. */
export function takePending({ pending }: PolicyState, cost: number): Choice {
  if (!pending)
    throw new InvalidInputError("update: state", "a state after choose", "no choice that waits for its cost");
  if (!(cost >= 1 && Number.isFinite(cost))) throw new InvalidInputError("update: cost", "a finite number ≥ 1", cost);
  return pending;
}

/** The index at which cumulated probabilities exceed u. */
export function draw(probabilities: Float64Array, u: number): number {
  let sum = 0;
  for (let action = 0; action < probabilities.length; action++) {
    sum += probabilities[action];
    if (u < sum) return action;
  }
  // Rounding of the sum: the last action that can be.
  return probabilities.findLastIndex((probability) => probability > 0);
}

/** Parameters in equal steps: by default the paper's 20 from 1 to 1.95. @throws InvalidInputError for ends that are not in (0, 2) or do not ascend. */
export function relaxationGrid(count = 20, lower = 1, upper = 1.95): Float64Array {
  if (!Number.isInteger(count) || count < 1) throw new InvalidInputError("count", "an integer ≥ 1", count);
  if (!(lower > 0 && lower <= upper && upper < 2))
    throw new InvalidInputError("lower, upper", "0 < lower ≤ upper < 2", [lower, upper]);
  return Float64Array.from({ length: count }, (_, i) =>
    count === 1 ? lower : lower + ((upper - lower) * i) / (count - 1),
  );
}

/** @throws InvalidInputError unless the interval is one. */
export function checkContexts([lower, upper]: readonly [number, number]): void {
  if (!(lower < upper && Number.isFinite(upper - lower)))
    throw new InvalidInputError("contexts", "[lower, upper] with lower < upper, both finite", [lower, upper]);
}

/** A grid that ascends within (0, 2). @throws InvalidInputError */
export function checkGrid(relaxations: ArrayLike<number>): void {
  for (let at = 0; at < relaxations.length; at++) {
    if (!(relaxations[at] > 0 && relaxations[at] < 2))
      throw new InvalidInputError(`relaxations[${at}]`, "a number in (0, 2)", relaxations[at]);
    if (at > 0 && !(relaxations[at] > relaxations[at - 1]))
      throw new InvalidInputError(`relaxations[${at}]`, "larger than the one before", relaxations[at]);
  }
  if (relaxations.length === 0) throw new InvalidInputError("relaxations", "at least one", relaxations);
}
