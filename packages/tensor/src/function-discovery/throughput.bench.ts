import { type Benchmark, defineBenchmark } from "@ansatz/lab";
import { key, split } from "../random/key.ts";
import { RandomStream } from "../random/stream.ts";
import { type Candidate, CandidateEvaluator, type Evaluation, type FitRule } from "./candidate-evaluator.ts";
import { chebyshevSpaced, equallySpaced, sample } from "./error-measure.ts";
import type { Program } from "./program.ts";
import { hornerProgram } from "./skeletons.ts";
import { targets } from "./targets.ts";

interface ThroughputCase {
  readonly name: string;
  readonly candidates: number;
  readonly fit: FitRule;
}

const RULE = { kind: "lamarckian", scale: 2, anchorMutation: 0 } as const;
const RELATIVE = { kind: "relative" } as const;
/** Of the programs that are fitted: a cubic, squared once. */
const OPERATIONS = 7;

/** The same program from different starts, always the same ones. */
function somePrograms(count: number): Program[] {
  const random = new RandomStream(key(1));
  return Array.from({ length: count }, () =>
    hornerProgram(
      3,
      1,
      Array.from({ length: 4 }, () => random.uniform()),
    ),
  );
}

/** How many programs a second one core fits and measures. */
export const discoveryThroughputBenchmark: Benchmark = defineBenchmark<ThroughputCase>({
  id: "tensor/function-discovery",
  title: "Fitting of evolved programs",
  summary: `Programs of ${OPERATIONS} operations fitted to 2^x on [0, 1] and measured on 10 000 arguments: the work of the search, one core. Divide the number of programs by the time for programs per second.`,
  isolates:
    "compilation of each program, fit of its coefficients from two starts or by CMA-ES, measurement; no mutation, no selection",
  cases: [
    { name: "64 programs, least squares", candidates: 64, fit: { method: "least-squares", starts: 2 } },
    {
      name: "1 program, CMA-ES of 200 generations",
      candidates: 1,
      fit: {
        ...{ method: "evolution-strategy", populationSize: 128, initialStep: 0.1, maximumGenerations: 200 },
        ...{ parametrisation: "linear", hurdleGenerations: 50 },
      },
    },
  ],
  devices: ["cpu"],
  async setup({ case: { candidates: count, fit } }) {
    const isStrategy = fit.method === "evolution-strategy";
    const spaced = isStrategy ? equallySpaced([0, 1], 1024) : chebyshevSpaced([0, 1], 64);
    const evaluator = new CandidateEvaluator({
      ...{ arithmetic: { format: "float64", fma: "separate" }, coefficients: RULE, fit, roundingSearch: 0 },
      ...{ timeAgainst: null, rounding: null, training: sample(targets.exp2, spaced, RELATIVE) },
      validation: sample(targets.exp2, equallySpaced([0, 1], 10_000), RELATIVE),
    });
    const keys = split(key(2), count);
    const candidates = somePrograms(count).map(
      (program, index): Candidate => ({ program, key: keys[index], hurdle: Number.POSITIVE_INFINITY }),
    );
    const evaluateAll = () => candidates.map((candidate) => evaluator.evaluate(candidate));
    const first = evaluateAll();
    let last: readonly Evaluation[] = first;
    const values = first.reduce((sum, { programValues }) => sum + programValues, 0);
    return {
      run() {
        last = evaluateAll();
      },
      async validate() {
        for (const [index, { error }] of last.entries())
          if (error !== first[index].error) throw new Error(`program ${index}: ${error}, before ${first[index].error}`);
        if (!last.some(({ error }) => error < 1e-3)) throw new Error("no program comes close to 2^x");
      },
      cost: { flops: values * OPERATIONS, bytes: 0 },
      dtype: "float64",
      dispose() {},
    };
  },
});
