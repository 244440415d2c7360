import { TaskPool } from "@ansatz/tensor";
import type { SolverGenome } from "./genome.ts";
import { evaluatePopulation } from "./population.ts";
import { openProblem, type ProblemModule, type SolverProblem, type Trial } from "./problem.ts";
import { searchedSolver } from "./searched-solver.ts";

/** Solvers that run side by side. Fixed: what a batch is must not depend on the number of threads. */
const GROUP = 5;

interface EvaluationSettings {
  readonly problem: ProblemModule;
  readonly trial: Trial;
}

type EvaluationTask = readonly SolverGenome[];

/** What a thread does: measures a group of solvers. */
export async function evaluationRunner({ problem, trial }: EvaluationSettings) {
  return groupEvaluation(await openProblem(problem), trial);
}

function groupEvaluation(problem: SolverProblem, trial: Trial): (task: EvaluationTask) => Promise<number[]> {
  return (task) =>
    evaluatePopulation(
      task.map((genome) => searchedSolver(genome, problem)),
      problem,
      trial,
    );
}

/** Measures solvers on one trial, on as many threads as asked for. */
export interface GenomeEvaluation extends Disposable {
  /** How many keep all threads busy. */
  readonly batch: number;
  /** Qualities in the order of the genomes, or null when the signal has fired. */
  evaluate(genomes: readonly SolverGenome[], signal?: AbortSignal): Promise<number[] | null>;
}

/**
 * @param source a module where there are several threads; they make their own problem of it.
 * @param own the problem in the calling thread.
 */
export function genomeEvaluation(
  source: ProblemModule | undefined,
  own: SolverProblem,
  { trial, threads }: { readonly trial: Trial; readonly threads: number },
): GenomeEvaluation {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new URL(`./evaluation-worker.${extension}`, import.meta.url);
  const pool =
    source && threads > 1
      ? new TaskPool({ worker, runner: evaluationRunner, settings: { problem: source, trial }, threads, chunk: 1 })
      : new TaskPool({ worker, runner: () => groupEvaluation(own, trial), settings: null, threads: 1, chunk: 1 });
  return {
    batch: source ? GROUP * threads : GROUP,
    async evaluate(genomes, signal) {
      const groups = Array.from({ length: Math.ceil(genomes.length / GROUP) }, (_, index) =>
        genomes.slice(index * GROUP, (index + 1) * GROUP),
      );
      const answers = await pool.run(groups, signal);
      return answers?.flat() ?? null;
    },
    [Symbol.dispose]: () => pool[Symbol.dispose](),
  };
}
