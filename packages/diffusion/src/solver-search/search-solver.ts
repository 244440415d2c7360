import { AbortedError, child, InvalidInputError, type Key, openDevice, key as rootKey, TaskPool } from "@ansatz/tensor";
import { genomeEvaluation } from "./evaluation-pool.ts";
import type { SolverGenome } from "./genome.ts";
import type { Measured, PredictorOptions } from "./predictor.ts";
import { type ProbedSpan, solverProbes } from "./probes.ts";
import { openProblem, type ProblemModule, type SolverProblem } from "./problem.ts";
import {
  initialSearch,
  isFinished,
  nextStage,
  ranked,
  type SearchRules,
  type SolverSearchState,
  type StageRecord,
  withQualities,
} from "./search.ts";
import type { SearchSpace } from "./variation.ts";

export interface SolverSearchOptions {
  /** Evaluations of the model that solvers may spend (NFE). */
  readonly evaluations: number;
  /** States that candidates are measured on. Default 512. The paper: about 1000 samples. */
  readonly samples?: number;
  /** `"predictor"` (default): S³. `"evolution"`: plain evolution, every child measured. */
  readonly strategy?: SearchRules["strategy"];
  /** Candidates that are measured, those of the last comparison included. Default 150. */
  readonly budget?: number;
  /** Best candidates that are compared again on other noise. Default 10. */
  readonly finalists?: number;
  /** Noise of the last comparison, in multiples of `samples`. Default 5. */
  readonly finalSamples?: number;
  /** Stages. Default 4; the paper: 3 to 5. */
  readonly stages?: number;
  /** Parents. Default 20. */
  readonly parents?: number;
  /** Candidates that the predictor judges in a stage. Default 2000, in 4 generations; more gain little. */
  readonly candidates?: number;
  /** Default 4: further generations stray from what the predictor knows. */
  readonly generations?: number;
  /** Share of measured candidates that are drawn at random. Default 0.2. */
  readonly exploration?: number;
  /** Default 0.5. */
  readonly crossoverRate?: number;
  /** Probability with which each decision is drawn again. Default 0.1. */
  readonly mutationRate?: number;
  /** Spread of a moved time in parts of the gap around it. Default 0.1. */
  readonly timeSpread?: number;
  /** Of the predictor. */
  readonly predictor?: PredictorOptions;
  /** What may be decided. Default: more from stage to stage. */
  readonly space?: SearchSpace;
  /** Threads that measure candidates, where the problem is a module. The result does not depend on it. Default all of this machine. */
  readonly threads?: number;
  /** Default `key(0)`. */
  readonly key?: Key;
  /** Goes on from where another search with the same options was. */
  readonly resume?: SolverSearchState;
  /** Stops after the candidates that are being measured; what has been found is returned. */
  readonly signal?: AbortSignal;
  /** Called after every batch of measurements. */
  readonly onProgress?: (progress: SolverSearchProgress) => void;
}

export interface SolverSearchProgress {
  readonly state: SolverSearchState;
  /** Candidates measured, and to measure. */
  readonly measured: number;
  readonly budget: number;
  readonly seconds: number;
}

/** A solver with its quality on the noise of the search and, for finalists, of the last comparison. */
export interface FoundSolver {
  readonly genome: SolverGenome;
  readonly quality: number;
  readonly finalQuality: number;
}

export interface SolverSearchResult {
  /** To be used by `searchedSolver`, or saved with `encodeGenome`. */
  readonly best: SolverGenome;
  /** Of the best: on the noise that it was chosen by, and on the other noise of the last comparison. */
  readonly quality: number;
  readonly finalQuality: number;
  /** The finalists, best first. Empty when aborted before. */
  readonly finalists: readonly FoundSolver[];
  /** The best solver made by hand, on the same noises. */
  readonly empirical: FoundSolver;
  readonly reason: "budget-spent" | "aborted";
  /** What to do about it. */
  readonly remedy: string;
  readonly history: readonly StageRecord[];
  /** To go on from, or to save with `encodeSolverSearch`. */
  readonly state: SolverSearchState;
  readonly statistics: { readonly measured: number; readonly modelEvaluations: number; readonly seconds: number };
}

const REMEDIES: Readonly<Record<SolverSearchResult["reason"], string>> = {
  "budget-spent": "Better solvers may exist: go on with a larger budget, or start anew with another key.",
  aborted: "The search was stopped from outside: go on with `resume: result.state`.",
};

/** Of the draws that the statistics of the probes' distributions are estimated from: the probes are the same in every search. */
const PROBE_KEY = rootKey(0);

function spanOf({ schedule }: SolverProblem): ProbedSpan {
  const [start, end] = schedule.timeRange;
  return { schedule, start, end };
}

/** Streams of the key; the search itself has the first. */
const TRIAL = 1;
const FINAL_TRIAL = 2;

/**
 * Searches the solver that samples best with a given number of evaluations of a model: every step may have its own time, prediction, order, start point, derivative estimate, scaling
 * and corrector. Solvers made by hand are measured first; then, stage after stage, a predictor learns from all that has been measured to rank solvers, evolution inside of the
 * predictor proposes candidates, and the best and a few random ones are measured. The finalists are compared on other and more noise.
 *
 * The same key gives the same solver, whatever the number of threads and wherever it was stopped and resumed.
 *
 * @param problem a module that every thread makes its problem from, or a problem of the calling thread, which then measures alone. See `mixtureProblem`.
 * @throws InvalidInputError before any work; whatever the model throws. A solver whose states are not finite is infinitely bad.
 *
 * Source: "A Unified Sampling Framework for Solver Searching of Diffusion Probabilistic Models", S³. The predictor's network, its probes, the mutations and the defaults are ours.
 */
export async function searchSolver(
  problem: ProblemModule | SolverProblem,
  options: SolverSearchOptions,
): Promise<SolverSearchResult> {
  const { samples = 512, finalists = 10, finalSamples = 5, threads = TaskPool.available() } = options;
  const { signal, onProgress, resume } = options;
  checkOptions(options);
  const key = resume?.key ?? options.key ?? rootKey(0);
  const start = performance.now();
  using opened = new DisposableStack();
  const source = "module" in problem ? problem : undefined;
  const own = source ? await openProblem(source) : (problem as SolverProblem);
  if (source) opened.defer(() => own.dispose?.());
  const rules = searchRules(options);
  await using device = await openDevice("cpu", { threads: 1 });
  const tools = { device, probes: await solverProbes(spanOf(own), own.statistics && { device, key: PROBE_KEY }) };
  let state = resume ?? initialSearch(key, own, rules);
  const report = (done: number) => {
    const seconds = (performance.now() - start) / 1000;
    onProgress?.({ state, measured: done, budget: rules.budget + finalists, seconds });
  };
  {
    const trial = await own.draw(child(key, TRIAL), samples);
    using evaluation = genomeEvaluation(source, own, { trial, threads });
    while (!signal?.aborted) {
      if (state.pending.length === 0) {
        if (isFinished(state, rules)) break;
        state = await nextStage(state, own, rules, tools);
      }
      const qualities = await evaluation.evaluate(state.pending.slice(0, evaluation.batch), signal);
      if (!qualities) break;
      state = withQualities(state, qualities);
      report(state.measured.length);
    }
  }
  if (state.measured.length === 0) throw new AbortedError("searchSolver", signal?.reason);
  const chosen = finalistsOf(state, finalists);
  const rematch = signal?.aborted ? undefined : await compareAgain(chosen);
  const found = chosen.map(({ genome, quality }, index) => ({
    ...{ genome, quality, finalQuality: rematch ? rematch[index] : Number.NaN },
  }));
  if (rematch) found.sort((a, b) => a.finalQuality - b.finalQuality);
  const empirical = found.find(({ genome }) => genome.name !== undefined)!;
  const measured = state.measured.length + (rematch ? chosen.length : 0);
  const reason = rematch ? "budget-spent" : "aborted";
  return {
    ...{ best: found[0].genome, quality: found[0].quality, finalQuality: found[0].finalQuality, empirical },
    ...{ finalists: rematch ? found : [], reason, remedy: REMEDIES[reason], history: state.records, state },
    statistics: {
      measured,
      modelEvaluations:
        options.evaluations * samples * (state.measured.length + (rematch ? finalSamples * chosen.length : 0)),
      seconds: (performance.now() - start) / 1000,
    },
  };

  async function compareAgain(genomes: readonly { readonly genome: SolverGenome }[]): Promise<number[] | undefined> {
    const trial = await own.draw(child(key, FINAL_TRIAL), finalSamples * samples);
    using evaluation = genomeEvaluation(source, own, { trial, threads });
    const qualities = await evaluation.evaluate(
      genomes.map(({ genome }) => genome),
      signal,
    );
    report(state.measured.length + (qualities?.length ?? 0));
    return qualities ?? undefined;
  }
}

/** The best, among them the best that was made by hand. */
function finalistsOf({ measured }: SolverSearchState, count: number): Measured[] {
  const all = ranked(measured);
  const best = all.slice(0, count);
  const known = all.find(({ genome }) => genome.name !== undefined)!;
  return best.includes(known) ? best : [...best.slice(0, count - 1), known];
}

function searchRules(options: SolverSearchOptions): SearchRules {
  const { evaluations, strategy = "predictor", budget = 150, finalists = 10, stages = 4, parents = 20 } = options;
  const { candidates = 2000, generations = 4, exploration = 0.2, crossoverRate = 0.5, mutationRate = 0.1 } = options;
  const { timeSpread = 0.1, predictor = {}, space } = options;
  return {
    ...{ evaluations, strategy, budget: budget - finalists, stages, parents, candidates, generations, exploration },
    ...{ crossoverRate, mutationRate, timeSpread, predictor, ...(space && { space }) },
  };
}

function checkOptions(options: SolverSearchOptions): void {
  if (options.strategy !== undefined && !["predictor", "evolution"].includes(options.strategy))
    throw new InvalidInputError("options.strategy", '"predictor" or "evolution"', options.strategy);
  const counts = ["evaluations", "samples", "stages", "parents", "candidates", "generations", "threads"] as const;
  for (const name of [...counts, "finalSamples"] as const) checkCount(name, options[name] ?? 1, 1);
  checkCount("finalists", options.finalists ?? 10, 2);
  checkCount("budget", options.budget ?? 150, (options.finalists ?? 10) + 1);
  for (const name of ["exploration", "crossoverRate", "mutationRate"] as const) {
    const share = options[name] ?? 0.5;
    if (!(share >= 0 && share <= 1)) throw new InvalidInputError(`options.${name}`, "a number in [0, 1]", share);
  }
  // Mutation goes on until something has changed.
  if (options.mutationRate === 0) throw new InvalidInputError("options.mutationRate", "a number above 0", 0);
  const { timeSpread = 0.1 } = options;
  if (!(timeSpread > 0 && Number.isFinite(timeSpread)))
    throw new InvalidInputError("options.timeSpread", "a finite number above 0", timeSpread);
}

function checkCount(name: keyof SolverSearchOptions, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new InvalidInputError(`options.${name}`, `an integer ≥ ${least}`, value);
}
