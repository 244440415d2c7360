import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import { conversion } from "../models/prediction.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { type Evaluation, evaluation, type Term } from "../sampling/evaluation.ts";
import {
  checkUnfinished,
  initialState,
  type SamplerState,
  type SamplingProblem,
  type Solver,
  type StepTools,
  takeStep,
} from "../sampling/solver.ts";
import type { AnalyticalFirstStep, GenomeUpdate, SolverGenome } from "./genome.ts";
import { type UpdateCoefficients, updateCoefficients } from "./step-coefficients.ts";
import { checkGenome, checkGenomeFits, usedActive } from "./validate-genome.ts";

/** A state whose model evaluation is in the history, at the same place. */
interface EvaluatedPoint {
  readonly time: number;
  /** The state there, corrected where there is a corrector. */
  readonly x: Tensor;
  /** The state that was evaluated. */
  readonly seen: Tensor;
}

interface SearchedState extends SamplerState {
  /** The newest first, as the history. */
  readonly points: readonly EvaluatedPoint[];
}

/** One update with its coefficients. */
export interface PlannedUpdate {
  readonly prediction: "noise" | "data";
  readonly start: number;
  readonly active: readonly number[];
  readonly coefficients: UpdateCoefficients;
}

export interface PlannedStep {
  readonly predictor: PlannedUpdate;
  /** Of the state at which this step starts. */
  readonly corrector: (PlannedUpdate & { readonly kind: "pseudo" | "implicit" }) | null;
  /** Points that later steps need. */
  readonly keep: number;
}

/**
 * A solver from data: from a search, a file, or written by hand. Every update is one linear combination of at most five values.
 *
 * @param genome a `SolverGenome`, or what `JSON.parse` made of its file.
 * @throws InvalidInputError for a genome that is none (see `checkGenome`); when planned, for a schedule that it does not fit, and for steps, evaluations, a grid or ends other than its own.
 *
 * Source: "A Unified Sampling Framework for Solver Searching of Diffusion Probabilistic Models".
 */
export function searchedSolver(genome: unknown): Solver<SearchedState> {
  const own = checkGenome(genome);
  const { name = "searched", times, steps, evaluations } = own;
  return {
    name,
    prediction: steps.every(({ prediction }) => prediction === "data") ? "data" : "noise",
    plan(problem) {
      checkProblem(own, problem);
      const { schedule } = problem;
      checkGenomeFits(own, schedule);
      const planned = planGenome(own, schedule);
      return {
        times,
        evaluations,
        warnings: [],
        init: (x) => initialState(x, times[0], { points: [] }),
        step: (state, evaluate) =>
          takeStep(checkUnfinished(state), evaluate, async (tools) => {
            const { index } = state;
            const now = await arrive(state, { tools, genome: own, planned: planned[index], schedule });
            const x = tools.combine(termsOf(planned[index].predictor, now, schedule));
            return {
              ...{ index: index + 1, time: times[index + 1], x, done: index + 1 === steps.length },
              history: now.history.slice(0, planned[index].keep),
              points: now.points.slice(0, planned[index].keep),
            };
          }),
      };
    },
  };
}

/** The coefficients of all updates, in float64. */
export function planGenome({ times, steps }: SolverGenome, schedule: NoiseSchedule): PlannedStep[] {
  const updates = steps.map(({ prediction, corrector, ...update }, index) => ({
    predictor: plannedUpdate(update, prediction, { schedule, times, newest: index, end: index + 1 }),
    corrector: corrector && {
      ...plannedUpdate(corrector, prediction, { schedule, times, newest: index + 1, end: index + 1 }),
      kind: corrector.kind,
    },
  }));
  return updates.map(({ predictor }, index) => ({
    predictor,
    corrector: index > 0 ? updates[index - 1].corrector : null,
    keep: Math.max(
      0,
      ...updates.slice(index).flatMap((later, ahead) => [
        ...(ahead > 0 ? [depthOf(later.predictor) - ahead] : []),
        // The corrector of a step is applied when the next one starts.
        ...(later.corrector ? [depthOf(later.corrector) - ahead - 1] : []),
      ]),
    ),
  }));
}

function plannedUpdate(
  update: GenomeUpdate,
  prediction: "noise" | "data",
  { schedule, times, newest, end }: { schedule: NoiseSchedule; times: readonly number[]; newest: number; end: number },
): PlannedUpdate {
  const active = usedActive(update);
  const timeOf = (point: number) => times[newest + 1 + point];
  const coefficients = updateCoefficients(update, {
    ...{ schedule, prediction, startTime: timeOf(update.start), endTime: times[end] },
    activeTimes: active.map(timeOf),
  });
  return { prediction, start: update.start, active, coefficients };
}

function depthOf({ start, active }: PlannedUpdate): number {
  return Math.max(-start, ...active.map((point) => -point));
}

interface Arrival {
  readonly tools: StepTools;
  readonly genome: SolverGenome;
  readonly planned: PlannedStep;
  readonly schedule: NoiseSchedule;
}

/** The state's own point evaluated, and corrected where the step before has a corrector. */
async function arrive(
  { x, time, index, history, points }: SearchedState,
  { tools, genome, planned, schedule }: Arrival,
): Promise<Pick<SearchedState, "history" | "points">> {
  const { prediction } = planned.predictor;
  const { analyticalFirstStep } = genome;
  const isAnalytical = index === 0 && analyticalFirstStep !== "none";
  const first = isAnalytical
    ? tools.own(analyticalEvaluation(x, time, { schedule, analyticalFirstStep }))
    : await tools.evaluate(x, time, prediction);
  const now = { history: [first, ...history], points: [{ time, x, seen: x }, ...points] };
  const { corrector } = planned;
  if (!corrector) return now;
  const corrected = tools.combine(termsOf(corrector, now, schedule));
  if (corrector.kind === "pseudo") return { ...now, points: [{ time, x: corrected, seen: x }, ...points] };
  const again = await tools.evaluate(corrected, time, prediction);
  return { history: [again, ...history], points: [{ time, x: corrected, seen: corrected }, ...points] };
}

function termsOf(
  { prediction, start, active, coefficients }: PlannedUpdate,
  { history, points }: Pick<SearchedState, "history" | "points">,
  schedule: NoiseSchedule,
): Term[] {
  const { ofState, ofStart, ofActive } = coefficients;
  const of = (point: number, coefficient: number) =>
    predicted(history[-1 - point], points[-1 - point], { prediction, schedule, coefficient });
  return [
    [ofState, points[-1 - start].x],
    ...of(start, ofStart),
    ...active.flatMap((point, index) => of(point, ofActive[index])),
  ];
}

/** An evaluation times a coefficient, in the wanted prediction. */
function predicted(
  value: Evaluation,
  { time, seen }: EvaluatedPoint,
  wanted: { prediction: "noise" | "data"; schedule: NoiseSchedule; coefficient: number },
): Term[] {
  const { prediction, schedule, coefficient } = wanted;
  if (value.prediction === prediction) return [[coefficient, value]];
  const at = { alpha: schedule.alpha(time), sigma: schedule.sigma(time) };
  const [ofState, ofValue] = conversion(value.prediction, prediction, at);
  return [
    [coefficient * ofState, seen],
    [coefficient * ofValue, value],
  ];
}

/** The noise in x if the data were their mean: ε = (x − α m)/σ. */
function analyticalEvaluation(
  x: Tensor,
  time: number,
  { schedule, analyticalFirstStep }: { schedule: NoiseSchedule; analyticalFirstStep: AnalyticalFirstStep },
): Evaluation {
  const mean = analyticalFirstStep === "none" ? 0 : analyticalFirstStep.dataMean;
  const sigma = schedule.sigma(time);
  const state = [1 / sigma, x.alias()] as const;
  if (mean === 0) return evaluation(time, "noise", [state]);
  return evaluation(time, "noise", [state, [-schedule.alpha(time) / sigma, meanLike(x, mean)]]);
}

function meanLike(x: Tensor, mean: number | readonly number[]): Tensor {
  const values = typeof mean === "number" ? [mean] : mean;
  const perExample = x.shape.length > 0 ? x.size / x.shape[0] : x.size;
  if (values.length !== 1 && values.length !== perExample)
    throw new InvalidInputError("genome.analyticalFirstStep.dataMean", `1 or ${perExample} numbers`, values.length);
  const data = Float64Array.from({ length: x.size }, (_, index) => values[index % values.length]);
  return x.device.tensor(x.dtype === "float32" ? Float32Array.from(data) : data, x.shape);
}

function checkProblem({ times, steps, evaluations }: SolverGenome, problem: SamplingProblem): void {
  const { grid, start, end } = problem;
  const counts = { steps: steps.length, evaluations };
  for (const name of ["steps", "evaluations"] as const)
    if (problem[name] !== undefined && problem[name] !== counts[name])
      throw new InvalidInputError(name, `${counts[name]}, as the solver has, or nothing`, problem[name]);
  const isOwn = Array.isArray(grid) && grid.length === times.length && grid.every((time, k) => time === times[k]);
  if (grid !== undefined && !isOwn) throw new InvalidInputError("grid", "nothing: the solver has its own times", grid);
  for (const [name, value, expected] of [
    ["start", start, times[0]],
    ["end", end, times.at(-1)],
  ] as const)
    if (value !== undefined && value !== expected)
      throw new InvalidInputError(name, `${expected}, as the solver has, or nothing`, value);
}
