import { networksBenchmark } from "./differentiation/networks.bench.ts";
import { argsortBenchmark } from "./kernels/argsort/kernel.bench.ts";
import { cumsumBenchmark } from "./kernels/cumsum/kernel.bench.ts";
import { fftBenchmark } from "./kernels/fft/kernel.bench.ts";
import { matmulBenchmark } from "./kernels/matmul/kernel.bench.ts";
import { randomBenchmark } from "./kernels/random/kernel.bench.ts";
import { reduceBenchmark } from "./kernels/reduce/kernel.bench.ts";
import { scatterBenchmark } from "./kernels/scatter/kernel.bench.ts";

/** This package's benchmarks, for `@ansatz/lab`. */
export default [
  networksBenchmark,
  argsortBenchmark,
  cumsumBenchmark,
  fftBenchmark,
  matmulBenchmark,
  randomBenchmark,
  reduceBenchmark,
  scatterBenchmark,
];
