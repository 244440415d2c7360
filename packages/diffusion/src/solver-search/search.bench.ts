import { type Benchmark, defineBenchmark } from "@ansatz/lab";
import { key, RandomStream, TaskPool } from "@ansatz/tensor";
import { THREE_GAUSSIANS } from "../models/index.ts";
import { empiricalGenomes } from "./empirical-schedules.ts";
import { genomeEvaluation } from "./evaluation-pool.ts";
import { mixtureProblem } from "./mixture-problem.ts";
import { openProblem } from "./problem.ts";
import { searchSolver } from "./search-solver.ts";
import { mutated, WHOLE_SPACE } from "./variation.ts";

interface SearchCase {
  readonly name: string;
  readonly evaluations: number;
  readonly kind: "measure" | "search";
}

const SOLVERS = 150;
const SAMPLES = 512;

/** A search that has all parts and takes seconds. */
const SMALL_SEARCH = { samples: 128, budget: 90, finalists: 5, finalSamples: 2, stages: 2, candidates: 400 } as const;

/** Target: 150 solvers measured on 512 samples of three Gaussians in less than ten seconds. */
export const solverSearchBenchmark: Benchmark = defineBenchmark<SearchCase>({
  id: "diffusion/solver-search",
  title: "Search for solvers",
  summary: `${SOLVERS} solvers measured on ${SAMPLES} noises of three Gaussians in float64; and a whole search, of ${SMALL_SEARCH.budget} solvers on ${SMALL_SEARCH.samples} noises in ${SMALL_SEARCH.stages} stages.`,
  isolates:
    "measure: the solvers' steps and the model, on all threads, started before; search: also predictor, evolution, exact flow and threads",
  cases: [
    { name: "measure, 5 evaluations", evaluations: 5, kind: "measure" },
    { name: "measure, 10 evaluations", evaluations: 10, kind: "measure" },
    { name: "search, 5 evaluations", evaluations: 5, kind: "search" },
  ],
  devices: ["cpu"],
  async setup({ case: { evaluations, kind } }) {
    const source = mixtureProblem(THREE_GAUSSIANS);
    const problem = await openProblem(source);
    const { schedule } = problem;
    const random = new RandomStream(key(1));
    const known = empiricalGenomes({ schedule, evaluations });
    const rules = { schedule, evaluations, space: WHOLE_SPACE, mutationRate: 0.1, timeSpread: 0.1 };
    const genomes = Array.from({ length: SOLVERS }, (_, index) =>
      index < known.length ? known[index] : mutated(random.pick(known), random, rules),
    );
    const trial = await problem.draw(key(2), SAMPLES);
    const evaluation = genomeEvaluation(source, problem, { trial, threads: TaskPool.available() });
    const measure = async () => (await evaluation.evaluate(genomes))!;
    const search = async () => {
      const { state } = await searchSolver(source, { ...SMALL_SEARCH, evaluations, key: key(3) });
      return state.measured.map(({ quality }) => quality);
    };
    const work = kind === "measure" ? measure : search;
    const first = await work();
    let last = first;
    return {
      async run() {
        last = await work();
      },
      async validate() {
        for (const [index, quality] of last.entries())
          if (quality !== first[index]) throw new Error(`solver ${index}: ${quality}, before ${first[index]}`);
      },
      // Three exponentials and twelve products and sums for each component and coordinate, roughly.
      cost: { flops: kind === "measure" ? SOLVERS * SAMPLES * evaluations * 3 * 40 : 0, bytes: 0 },
      dtype: "float64",
      dispose() {
        evaluation[Symbol.dispose]();
        problem.dispose?.();
      },
    };
  },
});
