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

/** Target: 150 solvers measured on 512 samples of three Gaussians in less than ten seconds. */
export const solverSearchBenchmark: Benchmark = defineBenchmark<SearchCase>({
  id: "diffusion/solver-search",
  title: "Search for solvers",
  summary: `${SOLVERS} solvers measured on ${SAMPLES} noises of three Gaussians in float64; and the whole search that measures as many.`,
  isolates:
    "measure: the solvers' steps and the model, on all threads, started before; search: also predictor, evolution, exact flow and threads",
  cases: (["measure", "search"] as const).flatMap((kind) =>
    [5, 10].map((evaluations) => ({ name: `${kind}, ${evaluations} evaluations`, evaluations, kind })),
  ),
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
    const first = (await evaluation.evaluate(genomes))!;
    let last: readonly number[] = first;
    let measured = SOLVERS;
    return {
      async run() {
        if (kind === "measure") last = (await evaluation.evaluate(genomes))!;
        else ({ measured } = (await searchSolver(source, { evaluations, samples: SAMPLES, key: key(3) })).statistics);
      },
      async validate() {
        if (measured !== SOLVERS) throw new Error(`measured ${measured} solvers instead of ${SOLVERS}`);
        for (const [index, quality] of last.entries())
          if (quality !== first[index]) throw new Error(`solver ${index}: ${quality}, before ${first[index]}`);
      },
      // Three exponentials and twelve products and sums for each component and coordinate, roughly.
      cost: { flops: SOLVERS * SAMPLES * evaluations * 3 * 40, bytes: 0 },
      dtype: "float64",
      dispose() {
        evaluation[Symbol.dispose]();
        problem.dispose?.();
      },
    };
  },
});
