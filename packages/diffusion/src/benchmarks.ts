import { solverSearchBenchmark } from "./solver-search/search.bench.ts";

/** This package's benchmarks, for `@ansatz/lab`. */
export default [solverSearchBenchmark];
