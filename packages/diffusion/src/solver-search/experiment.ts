import { atMost, defineExperiment, type Expectation, type Report } from "@ansatz/lab";
import { child, InvalidInputError, type Key, openDevice } from "@ansatz/tensor";
import { z } from "zod";
import { digitMixture } from "../digits/index.ts";
import { estimateStatistics } from "../dpm-solver-v3/index.ts";
import { mixtureDraws, mixtureModel, THREE_GAUSSIANS } from "../models/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import { type Judgement, judgement } from "./experiment/judgement.ts";
import { reportFinalists, reportSchedule } from "./experiment/pictures.ts";
import { foundSolvers } from "./found-solvers.ts";
import type { SolverGenome } from "./genome.ts";
import { mixtureProblem } from "./mixture-problem.ts";
import { openProblem, type ProblemModule } from "./problem.ts";
import type { StageRecord } from "./search.ts";
import { searchSolver } from "./search-solver.ts";

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
  kept: z
    .boolean()
    .default(false)
    .describe("Judge the solver that this package keeps instead of searching one; for 5 and 10 evaluations"),
  statisticsDraws: z
    .int()
    .min(0)
    .max(4096)
    .default(0)
    .describe("Draws that statistics of the model are estimated from, for solvers that use them; 0: none"),
  heldOut: z.int().min(8).max(8192).default(512).describe("Noises that the found solver is judged on at last"),
  evolution: z.boolean().default(true).describe("Also run plain evolution with as many measurements"),
  threads: z.int().min(0).max(1024).default(0).describe("Threads that measure candidates; 0 for all of the machine"),
});

type Parameters = z.output<typeof parameters>;

/** Streams of the key that held-out noise, its resampling and statistics come from; the search has the ones before. */
const HELD_OUT = 9;
const RESAMPLING = 10;
const STATISTICS = 11;

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
    ratioBound: { label: "its upper bound, 97.5 % by bootstrap over noises", better: "lower" },
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
    const source = await problemOf(given, { key, signal, report });
    if (signal.aborted) return { metrics: NOTHING, expectations: [] };
    const problem = await openProblem(source);
    using _ = { [Symbol.dispose]: () => problem.dispose?.() };
    const { evaluations, heldOut } = given;
    const setting = { key, signal, report };
    const result = given.kept ? undefined : await search(source, given, setting);
    const rival = result && given.evolution && !signal.aborted ? await evolve(source, given, setting) : undefined;
    const found = result?.best ?? keptSolver(given);
    if (result) {
      reportStages(report, result.history);
      reportFinalists(report, result);
      reportSchedule(report, "best solver made by hand", result.empirical.genome, problem.schedule);
    }
    reportSchedule(report, "found solver", found, problem.schedule);
    if (signal.aborted) return { metrics: NOTHING, expectations: [] };

    const trial = await problem.draw(child(key, HELD_OUT), heldOut);
    const judged = await judgement(problem, trial, { found, rival, evaluations, key: child(key, RESAMPLING) });
    reportErrors(report, judged);
    const metrics = {
      ...{ heldOutError: judged.found, handMadeError: judged.handMade[0].error },
      ...{ ratio: judged.ratio.ratio, ratioBound: judged.ratio.high },
      ratioToPlain: judged.found / judged.plain,
      evolutionError: judged.rival ?? null,
      rankCorrelation: result?.history.find(({ stage }) => stage === 1)?.rankCorrelation ?? null,
      ...{ measured: result?.statistics.measured ?? null, seconds: result?.statistics.seconds ?? null },
    };
    return { metrics, expectations: expectationsOf(given) };
  },
});

const NOTHING = {
  ...{ heldOutError: null, handMadeError: null, ratio: null, ratioBound: null, ratioToPlain: null },
  ...{ evolutionError: null, rankCorrelation: null, measured: null, seconds: null },
};

interface Setting {
  readonly key: Key;
  readonly signal: AbortSignal;
  readonly report: Report;
}

async function problemOf(
  { data, statisticsDraws }: Parameters,
  { key, signal, report }: Setting,
): Promise<ProblemModule> {
  const mixture = data === "digits" ? await digitMixture() : THREE_GAUSSIANS;
  if (statisticsDraws === 0) return mixtureProblem(mixture);
  await using device = await openDevice("cpu", { threads: 1 });
  const schedule = linearSchedule();
  using model = mixtureModel(mixture, { schedule, device, dtype: "float64" });
  const own = child(key, STATISTICS);
  const draws = { count: statisticsDraws, key: child(own, 0), device, dtype: "float64" } as const;
  using drawn = await mixtureDraws(mixture, draws);
  const { statistics } = await estimateStatistics(model, {
    ...{ schedule, data: drawn, key: child(own, 1), signal },
    onProgress: ({ done, total }) => report.progress(done, total, "statistics of the model"),
  });
  return mixtureProblem(mixture, statistics && { statistics });
}

/** @throws InvalidInputError where there is none. */
function keptSolver({ data, evaluations, statisticsDraws }: Parameters): SolverGenome {
  const kept = {
    "three-gaussians": { 5: foundSolvers.threeGaussians5, 10: foundSolvers.threeGaussians10 },
    digits: { 5: foundSolvers.digits5, 10: foundSolvers.digits10 },
  }[data][evaluations as 5 | 10];
  if (!kept) throw new InvalidInputError("parameters.evaluations", "5 or 10, for which solvers are kept", evaluations);
  if (statisticsDraws === 0 && kept.steps.some(({ prediction }) => prediction === "statistics"))
    throw new InvalidInputError("parameters.statisticsDraws", "some: the kept solver uses statistics", statisticsDraws);
  return kept;
}

async function search(source: ProblemModule, given: Parameters, { key, signal, report }: Setting) {
  const result = await searchSolver(source, {
    ...{ ...optionsOf(given), key, signal },
    onProgress: ({ state, measured, budget }) => {
      report.progress(measured, budget, "solvers measured");
      const best = Math.min(...state.measured.map(({ quality }) => quality));
      if (Number.isFinite(best)) report.point("best error, predictor", state.measured.length, best);
    },
  });
  report.note(`${result.reason}: ${result.remedy}`);
  return result;
}

function optionsOf({ evaluations, samples, budget, stages, candidates, epochs, threads }: Parameters) {
  return {
    ...{ evaluations, samples, budget, stages, candidates, predictor: { epochs } },
    ...(threads > 0 && { threads }),
  };
}

async function evolve(source: ProblemModule, given: Parameters, { key, signal, report }: Setting) {
  const { best } = await searchSolver(source, {
    ...{ ...optionsOf(given), strategy: "evolution", key, signal },
    onProgress: ({ state }) => {
      const error = Math.min(...state.measured.map(({ quality }) => quality));
      if (Number.isFinite(error)) report.point("best error, evolution alone", state.measured.length, error);
    },
  });
  return best;
}

function reportErrors(report: Report, { found, rival, handMade }: Judgement) {
  report.table(
    "errors on other noise",
    [{ name: "solver" }, { name: "error" }],
    [
      ["found by the search", found],
      ...(rival === undefined ? [] : [["found by evolution", rival] as const]),
      ...handMade.slice(0, 15).map(({ name, error }) => [name, error] as const),
    ].map(([name, error]) => [name, Number.isFinite(error) ? error : null]),
  );
}

function reportStages(report: Report, history: readonly StageRecord[]) {
  report.table(
    "stages",
    [{ name: "stage" }, { name: "measured so far" }, { name: "best error" }, { name: "τ of predicted and true ranks" }],
    history.map(({ stage, measured, bestQuality, rankCorrelation }) => [stage, measured, bestQuality, rankCorrelation]),
  );
}

/** The specification's numbers, for searches of the size they are stated for. */
function expectationsOf({ data, evaluations, budget, samples, kept, heldOut }: Parameters): Expectation[] {
  const claim = "issue: better than every solver made by hand";
  if (kept && heldOut >= 1024) return [atMost("ratioBound", 1, claim)];
  if (budget < 100 || samples < 256) return [];
  if (data === "digits") return [atMost("ratio", 1, claim)];
  const required = { 5: 0.6, 10: 0.75 }[evaluations];
  if (required === undefined) return [];
  return [atMost("ratioToPlain", required, "specification: with at most 150 measurements")];
}
