import { networksBenchmark } from "./differentiation/networks.bench.ts";
import { discoveryThroughputBenchmark } from "./function-discovery/throughput.bench.ts";
import { argsortBenchmark } from "./kernels/argsort/kernel.bench.ts";
import { complexMapBenchmark } from "./kernels/complex-map/kernel.bench.ts";
import { concatenateBenchmark } from "./kernels/concatenate/kernel.bench.ts";
import { convolutionBenchmark } from "./kernels/convolution/kernel.bench.ts";
import { cumsumBenchmark } from "./kernels/cumsum/kernel.bench.ts";
import { discoveredExp2Benchmark } from "./kernels/discovered-exp2/kernel.bench.ts";
import { fftBenchmark } from "./kernels/fft/kernel.bench.ts";
import { logBesselBenchmark } from "./kernels/log-bessel/kernel.bench.ts";
import { mapBenchmark } from "./kernels/map/kernel.bench.ts";
import { matmulBenchmark } from "./kernels/matmul/kernel.bench.ts";
import { randomBenchmark } from "./kernels/random/kernel.bench.ts";
import { reduceBenchmark } from "./kernels/reduce/kernel.bench.ts";
import { scatterBenchmark } from "./kernels/scatter/kernel.bench.ts";
import { softmaxBenchmark } from "./kernels/softmax/kernel.bench.ts";
import { transposeBenchmark } from "./kernels/strided-view/kernel.bench.ts";
import { lipschitzBoundsBenchmark } from "./lipschitz-bounds/lipschitz.bench.ts";
import { poolingBenchmark } from "./resampling/pooling.bench.ts";
import { vonMisesFisherBenchmark } from "./von-mises-fisher/von-mises-fisher.bench.ts";

/** This package's benchmarks, for `@ansatz/lab`. */
export default [
  networksBenchmark,
  argsortBenchmark,
  complexMapBenchmark,
  concatenateBenchmark,
  convolutionBenchmark,
  cumsumBenchmark,
  discoveredExp2Benchmark,
  discoveryThroughputBenchmark,
  fftBenchmark,
  logBesselBenchmark,
  lipschitzBoundsBenchmark,
  mapBenchmark,
  matmulBenchmark,
  poolingBenchmark,
  randomBenchmark,
  reduceBenchmark,
  scatterBenchmark,
  softmaxBenchmark,
  transposeBenchmark,
  vonMisesFisherBenchmark,
];
