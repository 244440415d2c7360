import { multistepCoefficientsBenchmark } from "./exponential-integrator/coefficients.bench.ts";
import { stabilityMapBenchmark } from "./kernels/stability-map/kernel.bench.ts";
import { multistepSamplersBenchmark } from "./momentum/multistep.bench.ts";

/** This package's benchmarks, for `@ansatz/lab`. */
export default [stabilityMapBenchmark, multistepCoefficientsBenchmark, multistepSamplersBenchmark];
