import { atMost, defineExperiment, type Expectation, type Report } from "@ansatz/lab";
import { child, type Key } from "@ansatz/tensor";
import { z } from "zod";
import { digitMixture } from "../digits/index.ts";
import { THREE_GAUSSIANS } from "../models/index.ts";
import { reportFinalists, reportSchedule } from "./experiment/pictures.ts";
import { handMadeSolvers, plainSolvers } from "./hand-made-solvers.ts";
import { mixtureProblem } from "./mixture-problem.ts";
import { evaluatePopulation } from "./population.ts";
import { openProblem, type ProblemModule } from "./problem.ts";
import type { StageRecord } from "./search.ts";
import { searchSolver } from "./search-solver.ts";
import { searchedSolver } from "./searched-solver.ts";

const parameters = z.object({
  data: z
    .enum(["three-gaussians", "digits"])
    .default("three-gaussians")
    .describe("Distribution with an exact denoiser: three Gaussians in the plane, or 500 handwritten digits"),
  evaluations: z.int().min(1).max(50).default(5).describe("Evaluations of the model that a solver may spend"),
  samples: z.int().min(8).max(8192).default(512).describe("Noises that candidates are measured on"),
  budget: z.int().min(60).max(10_000).default(150).describe("Candidates that are measured"),
  stages: z.int().min(1).max(50).default(4).describe("Stages of the search"),
  candidates: z.int().min(10).max(100_000).default(2000).describe("Candidates that the predictor judges in a stage"),
  epochs: z.int().min(1).max(1000).default(100).describe("Passes of the predictor's training"),
  heldOut: z.int().min(8).max(8192).default(512).describe("Noises that the found solver is judged on at last"),
  evolution: z.boolean().default(true).describe("Also run plain evolution with as many measurements"),
  threads: z.int().min(0).max(1024).default(0).describe("Threads that measure candidates; 0 for all of the machine"),
});

type Parameters = z.output<typeof parameters>;

/** Stream of the key that held-out noise comes from; the search has the ones before. */
const HELD_OUT = 9;

export default defineExperiment({
  id: "diffusion/solver-search",
  title: "A search finds better samplers than those made by hand",
  summary:
    "Samplers of diffusion models are recipes: times, orders, predictions, correctors, step by step. A predictor that has seen a hundred of them proposes better ones, which are measured, stage after stage.",
  paper: { title: "A Unified Sampling Framework for Solver Searching of Diffusion Probabilistic Models", year: 2024 },
  parameters,
  metrics: {
    heldOutError: { label: "error of the found solver on other noise", better: "lower" },
    handMadeError: { label: "error of the best solver made by hand on that noise", better: "lower" },
    ratio: { label: "the one over the other", better: "lower" },
    ratioToPlain: {
      label: "error over that of the best of orders 1 to 3, noise and data, on three grids",
      better: "lower",
    },
    evolutionError: { label: "error of what evolution alone finds", better: "lower" },
    rankCorrelation: { label: "Kendall's τ of predicted and true ranks, first stage", better: "higher" },
    measured: { label: "solvers measured" },
    seconds: { label: "time of the search", unit: "s", better: "lower" },
  },
  async run({ parameters: given, key, signal, report }) {
    const source = await problemOf(given);
    const problem = await openProblem(source);
    using _ = { [Symbol.dispose]: () => problem.dispose?.() };
    const { evaluations, heldOut } = given;
    const options = optionsOf(given);
    const result = await searchSolver(source, {
      ...{ ...options, key, signal },
      onProgress: ({ state, measured, budget }) => {
        report.progress(measured, budget, "solvers measured");
        const best = Math.min(...state.measured.map(({ quality }) => quality));
        if (Number.isFinite(best)) report.point("best error, predictor", state.measured.length, best);
      },
    });
    report.note(`${result.reason}: ${result.remedy}`);
    const rival = given.evolution && !signal.aborted ? await evolve(source, given, { key, signal, report }) : undefined;
    reportStages(report, result.history);
    reportFinalists(report, result);
    reportSchedule(report, "found solver", result.best, problem.schedule);
    reportSchedule(report, "best solver made by hand", result.empirical.genome, problem.schedule);
    if (signal.aborted) return { metrics: NOTHING, expectations: [] };

    const trial = await problem.draw(child(key, HELD_OUT), heldOut);
    const hand = handMadeSolvers({ schedule: problem.schedule, evaluations });
    const found = [result.best, ...(rival ? [rival] : [])].map((genome) => searchedSolver(genome));
    const plain = plainSolvers({ schedule: problem.schedule, evaluations });
    const errors = await evaluatePopulation([...found, ...hand, ...plain], problem, trial);
    const handErrors = errors.slice(found.length, found.length + hand.length);
    const plainError = Math.min(...errors.slice(found.length + hand.length));
    const handMadeError = Math.min(...handErrors);
    const ranked = hand.map(({ name }, index) => [name, handErrors[index]] as const).sort((a, b) => a[1] - b[1]);
    report.table(
      "errors on other noise",
      [{ name: "solver" }, { name: "error" }],
      [
        ["found by the search", errors[0]],
        ...(rival ? [["found by evolution", errors[1]] as const] : []),
        ...ranked.slice(0, 15),
      ].map(([name, error]) => [name, Number.isFinite(error) ? error : null]),
    );
    const first = result.history.find(({ stage }) => stage === 1);
    const metrics = {
      ...{ heldOutError: errors[0], handMadeError, ratio: errors[0] / handMadeError },
      ratioToPlain: errors[0] / plainError,
      evolutionError: rival ? errors[1] : null,
      rankCorrelation: first?.rankCorrelation ?? null,
      ...{ measured: result.statistics.measured, seconds: result.statistics.seconds },
    };
    return { metrics, expectations: expectationsOf(given) };
  },
});

const NOTHING = {
  ...{
    heldOutError: null,
    handMadeError: null,
    ratio: null,
    ratioToPlain: null,
    evolutionError: null,
    rankCorrelation: null,
  },
  ...{ measured: null, seconds: null },
};

async function problemOf({ data }: Parameters): Promise<ProblemModule> {
  return mixtureProblem(data === "digits" ? await digitMixture() : THREE_GAUSSIANS);
}

function optionsOf({ evaluations, samples, budget, stages, candidates, epochs, threads }: Parameters) {
  return {
    ...{ evaluations, samples, budget, stages, candidates, predictor: { epochs } },
    ...(threads > 0 && { threads }),
  };
}

async function evolve(
  source: ProblemModule,
  given: Parameters,
  { key, signal, report }: { readonly key: Key; readonly signal: AbortSignal; readonly report: Report },
) {
  const { best } = await searchSolver(source, {
    ...{ ...optionsOf(given), strategy: "evolution", key, signal },
    onProgress: ({ state }) => {
      const error = Math.min(...state.measured.map(({ quality }) => quality));
      if (Number.isFinite(error)) report.point("best error, evolution alone", state.measured.length, error);
    },
  });
  return best;
}

function reportStages(report: Report, history: readonly StageRecord[]) {
  report.table(
    "stages",
    [{ name: "stage" }, { name: "measured so far" }, { name: "best error" }, { name: "τ of predicted and true ranks" }],
    history.map(({ stage, measured, bestQuality, rankCorrelation }) => [stage, measured, bestQuality, rankCorrelation]),
  );
}

/** The specification's numbers, for searches of the size they are stated for. */
function expectationsOf({ data, evaluations, budget, samples }: Parameters): Expectation[] {
  if (budget < 100 || samples < 256) return [];
  if (data === "digits") return [atMost("ratio", 1, "issue: better than every solver made by hand")];
  const required = { 5: 0.6, 10: 0.75 }[evaluations];
  if (required === undefined) return [];
  return [atMost("ratioToPlain", required, "specification: with at most 150 measurements")];
}
