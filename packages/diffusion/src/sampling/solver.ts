import { InvalidInputError, Tensor } from "@ansatz/tensor";
import type { Prediction } from "../models/prediction.ts";
import { combine, type Evaluation, isEvaluation, type Term } from "./evaluation.ts";
import { type Grid, gridTimes, type TimeSpan } from "./grids.ts";

/** What is asked of a solver: a span of time, and how much work. Either `steps` or `evaluations` or a list of times as the grid. */
export interface SamplingProblem extends TimeSpan {
  readonly steps?: number;
  /** Evaluations of the model to spend (NFE). Solvers of one evaluation per step take as many steps. */
  readonly evaluations?: number;
  /** Default: the solver's. */
  readonly grid?: Grid;
}

/** Asks the model: the value of the wanted kind at a state and time, as a linear form. Throws DivergedError when the model's answer is not finite. */
export type Evaluate = (x: Tensor, time: number, prediction: Prediction) => Promise<Evaluation>;

/** Where a sampler is: plain data and tensors that belong to it. Solvers add what else they need. */
export interface SamplerState {
  /** Steps taken. */
  readonly index: number;
  readonly time: number;
  readonly x: Tensor;
  /** Evaluations kept for the next steps, the newest first. */
  readonly history: readonly Evaluation[];
  /** Evaluations of the model so far. */
  readonly evaluations: number;
  readonly done: boolean;
}

/** A solver made ready for one problem: a pair of functions from state to state. */
export interface SamplingPlan<State extends SamplerState = SamplerState> {
  /** The times between which it steps, both ends included; only the ends where steps are chosen on the way. */
  readonly times: readonly number[];
  /** Evaluations it will make; undefined where that turns out on the way. */
  readonly evaluations: number | undefined;
  /** What its user should know: steps too large for the order, and the like. */
  readonly warnings: readonly string[];
  /** The state before the first step. The tensor stays the caller's. */
  init(x: Tensor): State;
  /** One step. Takes over the state: its tensors are freed or belong to the new one. When it throws, the state is as it was. */
  step(state: State, evaluate: Evaluate): Promise<State>;
}

/** A sampling method with its settings. */
export interface Solver<State extends SamplerState = SamplerState> {
  readonly name: string;
  /** The kind of prediction its update is written in: thresholding needs `"data"`. */
  readonly prediction: "noise" | "data";
  /** @throws InvalidInputError */
  plan(problem: SamplingProblem): SamplingPlan<State>;
}

/** What a step works with. Everything made by these functions is freed at its end unless the new state holds it. */
export interface StepTools {
  readonly evaluate: Evaluate;
  /** Σ coefficient · value in one pass. */
  combine(terms: readonly Term[]): Tensor;
  /** Hands over a tensor made in another way. */
  own<Value extends Tensor | Evaluation>(value: Value): Value;
}

/**
 * One step of any solver: runs `body`, counts the evaluations, and frees what neither the old state nor, at the end, the new one holds.
 * A solver's `step` is one call of this.
 */
export async function takeStep<State extends SamplerState>(
  state: State,
  evaluate: Evaluate,
  body: (tools: StepTools) => Promise<Omit<State, "evaluations">>,
): Promise<State> {
  const made = new Set<Tensor>();
  let evaluations = state.evaluations;
  const own = <Value extends Tensor | Evaluation>(value: Value): Value => {
    for (const tensor of tensorsOf(value)) made.add(tensor);
    return value;
  };
  let next: State;
  try {
    const result = await body({
      own,
      combine: (terms) => own(combine(terms)),
      evaluate: async (x, time, prediction) => {
        evaluations++;
        return own(await evaluate(x, time, prediction));
      },
    });
    next = { ...result, evaluations } as State;
  } catch (error) {
    for (const tensor of made) tensor.dispose();
    throw error;
  }
  const kept = new Set(tensorsOf(next));
  for (const tensor of [...made, ...tensorsOf(state)]) if (!kept.has(tensor)) tensor.dispose();
  return next;
}

/** What a step between two times of a fixed grid gives; `history` is empty unless given. */
export type GridStep<Extra extends object> = { readonly x: Tensor; readonly history?: readonly Evaluation[] } & Extra;

/** A step of a grid: from `times[index]` to `times[index + 1]`. */
export interface GridStepContext<State extends SamplerState> extends StepTools {
  readonly state: State;
  readonly index: number;
  readonly time: number;
  readonly nextTime: number;
  readonly isLast: boolean;
}

/**
 * The plan of a solver that steps along a fixed grid. `advance` says what a step does; everything else (states, counting, memory) is done here.
 *
 * @param extra what the state holds besides x and history, at the beginning.
 */
export function gridPlan<Extra extends object = object>(given: {
  readonly times: readonly number[];
  readonly evaluations: number;
  readonly warnings?: readonly string[];
  readonly extra?: (x: Tensor) => Extra;
  advance(context: GridStepContext<SamplerState & Extra>): Promise<GridStep<Extra>>;
}): SamplingPlan<SamplerState & Extra> {
  const { times, evaluations, warnings = [], extra, advance } = given;
  const steps = times.length - 1;
  return {
    times,
    evaluations,
    warnings,
    init: (x) => initialState(x, times[0], (extra?.(x) ?? {}) as Extra),
    step: (state, evaluate) =>
      takeStep(checkOfGrid(checkUnfinished(state), times), evaluate, async (tools) => {
        const { index } = state;
        const isLast = index + 1 === steps;
        const [time, nextTime] = [times[index], times[index + 1]];
        const result = await advance({ ...tools, state, index, time, nextTime, isLast });
        const { x, history = [], ...rest } = result;
        const base = { index: index + 1, time: nextTime, x, history, done: isLast };
        return { ...rest, ...base } as unknown as Omit<SamplerState & Extra, "evaluations">;
      }),
  };
}

/** The state before the first step. */
export function initialState<Extra extends object>(x: Tensor, time: number, extra: Extra): SamplerState & Extra {
  return { ...extra, index: 0, time, x: x.alias(), history: [], evaluations: 0, done: false };
}

/** @throws InvalidInputError for a state of another grid, or another direction: its history would be wrong here. */
function checkOfGrid<State extends SamplerState>(state: State, times: readonly number[]): State {
  if (state.time !== times[state.index])
    throw new InvalidInputError("state", `one of this plan, at time ${times[state.index]}`, state.time);
  return state;
}

/** @throws InvalidInputError for a state that has arrived. */
export function checkUnfinished<State extends SamplerState>(state: State): State {
  if (state.done) throw new InvalidInputError("state", "one that is not done", `the end, after ${state.index} steps`);
  return state;
}

/**
 * Steps of a problem for a solver that makes one evaluation per step.
 *
 * @throws InvalidInputError unless exactly one of steps, evaluations and a list of times says how many.
 */
export function stepsOf({ steps, evaluations, grid }: SamplingProblem): number {
  if (Array.isArray(grid)) {
    const count = grid.length - 1;
    for (const [argument, value] of [
      ["steps", steps],
      ["evaluations", evaluations],
    ] as const)
      if (value !== undefined && value !== count)
        throw new InvalidInputError(argument, `${count}, as the grid has, or nothing`, value);
    return count;
  }
  if ((steps === undefined) === (evaluations === undefined))
    throw new InvalidInputError("steps", "either steps or evaluations", { steps, evaluations });
  const [argument, value] = steps === undefined ? ["evaluations", evaluations!] : ["steps", steps];
  if (!Number.isInteger(value) || value < 1) throw new InvalidInputError(argument as string, "an integer ≥ 1", value);
  return value as number;
}

/** The times of a problem for a solver that makes one evaluation per step. @throws InvalidInputError */
export function timesOf(problem: SamplingProblem, defaultGrid: Grid): number[] {
  return gridTimes(problem, problem.grid ?? defaultGrid, stepsOf(problem));
}

/** Frees all tensors of a state. */
export function disposeState(state: SamplerState): void {
  for (const tensor of tensorsOf(state)) tensor.dispose();
}

/** All tensors in plain data, however deep. */
export function tensorsOf(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (isEvaluation(value)) return value.terms.map(([, tensor]) => tensor);
  if (Array.isArray(value)) return value.flatMap(tensorsOf);
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return Object.values(value).flatMap(tensorsOf);
  return [];
}
