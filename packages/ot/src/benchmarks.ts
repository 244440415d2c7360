import { exactTransportBenchmark } from "./exact-transport/exact-transport.bench.ts";
import { newtonDirectionBenchmark } from "./kernels/newton-direction/kernel.bench.ts";
import { planMarginalsBenchmark } from "./kernels/plan-marginals/kernel.bench.ts";
import { planThresholdBenchmark } from "./kernels/plan-threshold/kernel.bench.ts";
import { pointCloudSweepBenchmark } from "./kernels/point-cloud-sweep/kernel.bench.ts";
import { halfSweepBenchmark } from "./kernels/sinkhorn-half-sweep/kernel.bench.ts";
import { sparseConjugateBenchmark } from "./kernels/sparse-conjugate/kernel.bench.ts";
import { sparsifyBenchmark } from "./kernels/sparsify-plan/kernel.bench.ts";
import { sinkhornNewtonBenchmark } from "./sinkhorn-newton/sinkhorn-newton.bench.ts";

/** This package's benchmarks, for `@ansatz/lab`. */
export default [
  halfSweepBenchmark,
  planMarginalsBenchmark,
  planThresholdBenchmark,
  sparsifyBenchmark,
  newtonDirectionBenchmark,
  sparseConjugateBenchmark,
  pointCloudSweepBenchmark,
  sinkhornNewtonBenchmark,
  exactTransportBenchmark,
];
