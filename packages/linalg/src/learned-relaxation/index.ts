import { type Device, InvalidInputError, type Key, openDevice, uniform } from "@ansatz/tensor";
import type { CsrMatrix } from "../sparse/csr-matrix.ts";
import { withDevice } from "../with-device.ts";
import type { PolicyState, RelaxationPolicy } from "./policy.ts";
import { type RelaxedSolveOptions, relaxedSolve } from "./relaxed-solve.ts";

/** One system of a sequence. */
export interface SystemInstance {
  readonly matrix: CsrMatrix;
  readonly b: ArrayLike<number>;
  /** First iterate. Default: zero. */
  readonly start?: ArrayLike<number>;
  /** What is known of it beforehand. Default 0. */
  readonly context?: number;
}

/** A sequence of systems, each of which may depend on the solution before. */
export interface SystemSequence {
  readonly length: number;
  instance(index: number, previous: Float64Array | undefined): SystemInstance;
}

export interface LearnedRelaxationOptions<State extends PolicyState> extends Omit<RelaxedSolveOptions, "start"> {
  /** Source of the policy's randomness. */
  readonly key: Key;
  /** State to go on from. Default: that of a policy that has seen nothing. */
  readonly state?: State;
  /** Stops before the next instance; the result then has reason `"aborted"`. */
  readonly signal?: AbortSignal;
  /** Called after every instance. */
  readonly onProgress?: (entry: SolvedInstance) => void;
}

export interface SolvedInstance {
  readonly index: number;
  readonly relaxation: number;
  /** Iterations of the solve; `maximumIterations` where it did not converge. */
  readonly cost: number;
  readonly converged: boolean;
}

export interface LearnedRelaxationResult<State> {
  readonly reason: "finished" | "aborted";
  /** What to do about the reason. */
  readonly remedy: string;
  readonly history: readonly SolvedInstance[];
  /** Sum of the costs. */
  readonly totalCost: number;
  /** Of the last instance solved. */
  readonly solution: Float64Array | undefined;
  /** Of the policy, to go on from. */
  readonly state: State;
  /** Contexts that were outside of the policy's interval. */
  readonly clampedContexts: number;
}

/**
 * Solves a sequence of systems by relaxation while a policy learns the relaxation parameter from nothing but iteration counts.
 *
 * @throws InvalidInputError for a sequence without a length, and as `relaxedSolve`; an instance that turns out not to be positive definite, with its index.
 *
 * Source: "Learning to Relax: Setting Solver Parameters Across a Sequence of Linear System Instances".
 */
export async function learnRelaxation<State extends PolicyState>(
  sequence: SystemSequence,
  policy: RelaxationPolicy<State>,
  options: LearnedRelaxationOptions<State>,
): Promise<LearnedRelaxationResult<State>> {
  const { key, signal, onProgress, ...solver } = options;
  if (!Number.isInteger(sequence?.length) || sequence.length < 1)
    throw new InvalidInputError("sequence.length", "an integer ≥ 1", sequence?.length);
  const draws = await uniformNumbers(key, sequence.length);
  return withDevice(options.device, async (device) => {
    let state = options.state ?? policy.init();
    let solution: Float64Array | undefined;
    let clampedContexts = 0;
    const history: SolvedInstance[] = [];
    for (let index = 0; index < sequence.length && !signal?.aborted; index++) {
      const { matrix, b, start, context = 0 } = sequence.instance(index, solution);
      const decided = policy.choose(state, context, draws[index]);
      clampedContexts += Number(decided.choice.clamped);
      const relaxation = policy.relaxations[decided.choice.action];
      const { solutions, iterations, reasons } = await relaxedSolve(matrix, b, [relaxation], {
        ...solver,
        device,
        ...(start && { start }),
      });
      if (reasons[0] === "not-positive-definite")
        throw new InvalidInputError(
          `sequence.instance(${index}).matrix`,
          "a positive definite matrix",
          "a direction of no positive curvature",
        );
      solution = solutions[0];
      state = policy.update(decided.state, iterations[0]);
      const entry = { index, relaxation, cost: iterations[0], converged: reasons[0] === "converged" };
      history.push(entry);
      onProgress?.(entry);
    }
    const isFinished = history.length === sequence.length;
    return {
      reason: isFinished ? "finished" : "aborted",
      remedy: isFinished ? "Nothing to do." : "Go on with `state` and the rest of the sequence.",
      history,
      totalCost: history.reduce((sum, { cost }) => sum + cost, 0),
      solution,
      state,
      clampedContexts,
    };
  });
}

/** Costs of every action for every instance: what policies are compared on. [instances, actions], row-major. */
export interface CostTable {
  readonly costs: Float64Array;
  readonly relaxations: Float64Array;
  readonly contexts: Float64Array;
}

/** A policy on known costs, instance after instance; returns the costs it met. */
export function playCosts<State extends PolicyState>(
  { costs, contexts }: CostTable,
  policy: RelaxationPolicy<State>,
  order: ArrayLike<number>,
  draws: ArrayLike<number>,
): Float64Array {
  let state = policy.init();
  const actions = policy.relaxations.length;
  return Float64Array.from({ length: order.length }, (_, round) => {
    const instance = order[round];
    const decided = policy.choose(state, contexts[instance], draws[round]);
    const cost = costs[instance * actions + decided.choice.action];
    state = policy.update(decided.state, cost);
    return cost;
  });
}

/** Costs of one instance for all parameters of a grid. */
export async function costsOf(
  { matrix, b, start }: SystemInstance,
  relaxations: ArrayLike<number>,
  options: RelaxedSolveOptions & { readonly device?: Device } = {},
): Promise<Int32Array> {
  return (await relaxedSolve(matrix, b, relaxations, { ...options, ...(start && { start }) })).iterations;
}

/** Uniform numbers in (0, 1), float64, on the host. */
export async function uniformNumbers(key: Key, count: number): Promise<Float64Array> {
  await using device = await openDevice("cpu", { threads: 1 });
  using numbers = uniform(key, [count], { device, dtype: "float64" });
  return (await numbers.data()) as Float64Array;
}
