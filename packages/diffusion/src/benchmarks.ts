import { statisticalStepsBenchmark } from "./dpm-solver-v3/coefficients.bench.ts";
import { multistepCoefficientsBenchmark } from "./exponential-integrator/coefficients.bench.ts";
import { linearCombinationBenchmark } from "./kernels/linear-combination/kernel.bench.ts";
import { mixtureScoreBenchmark } from "./kernels/mixture-score/kernel.bench.ts";
import { stabilityMapBenchmark } from "./kernels/stability-map/kernel.bench.ts";
import { multistepSamplersBenchmark } from "./momentum/multistep.bench.ts";
import { samplingBenchmark } from "./sampling/sampling.bench.ts";
import { solverSearchBenchmark } from "./solver-search/search.bench.ts";

/** This package's benchmarks, for `@ansatz/lab`. */
export default [
  linearCombinationBenchmark,
  mixtureScoreBenchmark,
  samplingBenchmark,
  stabilityMapBenchmark,
  multistepCoefficientsBenchmark,
  multistepSamplersBenchmark,
  statisticalStepsBenchmark,
  solverSearchBenchmark,
];
