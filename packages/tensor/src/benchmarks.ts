import { matmulBenchmark } from "./kernels/matmul/kernel.bench.ts";
import { randomBenchmark } from "./kernels/random/kernel.bench.ts";
import { reduceBenchmark } from "./kernels/reduce/kernel.bench.ts";

/** This package's benchmarks, for `@ansatz/lab`. */
export default [matmulBenchmark, randomBenchmark, reduceBenchmark];
