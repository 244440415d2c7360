import { InvalidInputError, type Tensor } from "@ansatz/tensor";
import { combinationByDimension, type TermByDimension } from "../dpm-solver-v3/by-dimension.ts";
import { checkDimension, checkRange, checkStatistics, type ModelStatistics } from "../dpm-solver-v3/statistics.ts";
import { conversion } from "../models/prediction.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { type Evaluation, evaluation, linearTermsOf, type Term } from "../sampling/evaluation.ts";
import {
  checkUnfinished,
  initialState,
  type SamplerState,
  type SamplingProblem,
  type Solver,
  type StepTools,
  takeStep,
} from "../sampling/solver.ts";
import type { AnalyticalFirstStep, GenomePrediction, GenomeUpdate, SolverGenome } from "./genome.ts";
import {
  type StatisticalCoefficients,
  statisticalCoefficients,
  type UpdateCoefficients,
  updateCoefficients,
} from "./step-coefficients.ts";
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
export type PlannedUpdate = {
  readonly start: number;
  readonly active: readonly number[];
} & (
  | { readonly prediction: "noise" | "data"; readonly coefficients: UpdateCoefficients }
  | { readonly prediction: "statistics"; readonly coefficients: StatisticalCoefficients }
);

export interface PlannedStep {
  readonly predictor: PlannedUpdate;
  /** Of the state at which this step starts. */
  readonly corrector: (PlannedUpdate & { readonly kind: "pseudo" | "implicit" }) | null;
  /** Points that later steps need. */
  readonly keep: number;
}

export interface SearchedSolverOptions {
  /** Of the model that is sampled: what steps of the prediction `"statistics"` want. From `estimateStatistics`, for the same start and end. */
  readonly statistics?: ModelStatistics | undefined;
}

/**
 * A solver from data: from a search, a file, or written by hand. Every update is one linear combination of at most five values.
 *
 * @param genome a `SolverGenome`, or what `JSON.parse` made of its file.
 * @throws InvalidInputError for a genome that is none (see `checkGenome`), and statistics that are wrong, or missing where it wants some; when planned, for a schedule that it does not
 *   fit, and for steps, evaluations, a grid or ends other than its own; when started, for states of another dimension than the statistics'.
 *
 * Source: "A Unified Sampling Framework for Solver Searching of Diffusion Probabilistic Models".
 */
export function searchedSolver(genome: unknown, { statistics }: SearchedSolverOptions = {}): Solver<SearchedState> {
  const own = checkGenome(genome);
  const { name = "searched", times, steps, evaluations } = own;
  if (statistics) checkStatistics(statistics, "options.statistics");
  else if (steps.some(({ prediction }) => prediction === "statistics"))
    throw new InvalidInputError("options.statistics", "statistics of the model, which some steps want", statistics);
  return {
    name,
    prediction: steps.every(({ prediction }) => prediction === "data") ? "data" : "noise",
    plan(problem) {
      checkProblem(own, problem);
      const { schedule } = problem;
      checkGenomeFits(own, schedule);
      const ends = [schedule.halfLogSnr(times[0]), schedule.halfLogSnr(times.at(-1)!)] as const;
      if (statistics) checkRange(statistics, ends, "options.statistics.halfLogSnr");
      const planned = planGenome(own, schedule, statistics);
      return {
        times,
        evaluations,
        warnings: [],
        init(x) {
          if (statistics) checkDimension(statistics, x);
          return initialState(x, times[0], { points: [] });
        },
        step: (state, evaluate) =>
          takeStep(checkUnfinished(state), evaluate, async (tools) => {
            const { index } = state;
            const now = await arrive(state, { tools, genome: own, planned: planned[index], schedule });
            const x = updated(planned[index].predictor, now, { tools, schedule });
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

/** The coefficients of all updates, in float64. @param statistics there where a step wants them. */
export function planGenome(
  { times, steps }: SolverGenome,
  schedule: NoiseSchedule,
  statistics: ModelStatistics | undefined,
): PlannedStep[] {
  const setting = { schedule, statistics, times };
  const updates = steps.map(({ prediction, corrector, ...update }, index) => ({
    predictor: plannedUpdate(update, prediction, { ...setting, newest: index, end: index + 1 }),
    corrector: corrector && {
      ...plannedUpdate(corrector, prediction, { ...setting, newest: index + 1, end: index + 1 }),
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

interface UpdateSetting {
  readonly schedule: NoiseSchedule;
  readonly statistics: ModelStatistics | undefined;
  readonly times: readonly number[];
  /** The step whose point is −1, and the one at whose time the update ends. */
  readonly newest: number;
  readonly end: number;
}

function plannedUpdate(
  update: GenomeUpdate,
  prediction: GenomePrediction,
  { schedule, statistics, times, newest, end }: UpdateSetting,
): PlannedUpdate {
  const { start } = update;
  const active = usedActive(update);
  const timeOf = (point: number) => times[newest + 1 + point];
  const points = { schedule, startTime: timeOf(start), endTime: times[end], activeTimes: active.map(timeOf) };
  if (prediction !== "statistics")
    return { prediction, start, active, coefficients: updateCoefficients(update, prediction, points) };
  return { prediction, start, active, coefficients: statisticalCoefficients(update, statistics!, points) };
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
    : await tools.evaluate(x, time, evaluated(prediction));
  const now = { history: [first, ...history], points: [{ time, x, seen: x }, ...points] };
  const { corrector } = planned;
  if (!corrector) return now;
  const corrected = updated(corrector, now, { tools, schedule });
  if (corrector.kind === "pseudo") return { ...now, points: [{ time, x: corrected, seen: x }, ...points] };
  const again = await tools.evaluate(corrected, time, evaluated(prediction));
  return { history: [again, ...history], points: [{ time, x: corrected, seen: corrected }, ...points] };
}

/** What the model is asked for in a step of a prediction. */
function evaluated(prediction: GenomePrediction): "noise" | "data" {
  return prediction === "data" ? "data" : "noise";
}

type KnownPoints = Pick<SearchedState, "history" | "points">;

/** The state at the end of an update. */
function updated(
  update: PlannedUpdate,
  known: KnownPoints,
  { tools, schedule }: { readonly tools: StepTools; readonly schedule: NoiseSchedule },
): Tensor {
  if (update.prediction !== "statistics") return tools.combine(termsOf(update, known, schedule));
  const { step } = update.coefficients;
  return tools.own(combinationByDimension(termsByDimension(update, known, schedule), step.bias));
}

function termsOf(
  { prediction, start, active, coefficients }: Exclude<PlannedUpdate, { prediction: "statistics" }>,
  { history, points }: KnownPoints,
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

/** f is formed of the state that was evaluated: a corrected one has the same. */
function termsByDimension(
  { start, active, coefficients }: Extract<PlannedUpdate, { prediction: "statistics" }>,
  { history, points }: KnownPoints,
  schedule: NoiseSchedule,
): TermByDimension[] {
  const { step, remainders } = coefficients;
  const of = (point: number, index: number): TermByDimension[] => {
    const { ofNoise, ofState } = remainders[index];
    const weights = step.weights[index];
    const { seen } = points[-1 - point];
    const wanted = { prediction: "noise", schedule, coefficient: ofNoise } as const;
    const noise = predicted(history[-1 - point], points[-1 - point], wanted);
    return [
      [weights.map((weight, d) => -weight * ofState[d]), seen],
      ...linearTermsOf(noise).map(
        ([factor, tensor]): TermByDimension => [weights.map((each) => factor * each), tensor],
      ),
    ];
  };
  return [[step.carry, points[-1 - start].x], ...[start, ...active].flatMap(of)];
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
