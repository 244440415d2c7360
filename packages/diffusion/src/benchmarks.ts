import { linearCombinationBenchmark } from "./kernels/linear-combination/kernel.bench.ts";
import { mixtureScoreBenchmark } from "./kernels/mixture-score/kernel.bench.ts";
import { samplingBenchmark } from "./sampling/sampling.bench.ts";

/** This package's benchmarks, for `@ansatz/lab`. */
export default [linearCombinationBenchmark, mixtureScoreBenchmark, samplingBenchmark];
