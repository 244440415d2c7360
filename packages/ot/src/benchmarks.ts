import { exactTransportBenchmark } from "./exact-transport/exact-transport.bench.ts";
import { mixtureDrawBenchmark } from "./kernels/mixture-draw/kernel.bench.ts";
import { mixtureMomentsBenchmark } from "./kernels/mixture-moments/kernel.bench.ts";
import { mixturePathsBenchmark } from "./kernels/mixture-paths/kernel.bench.ts";
import { newtonDirectionBenchmark } from "./kernels/newton-direction/kernel.bench.ts";
import { planMarginalsBenchmark } from "./kernels/plan-marginals/kernel.bench.ts";
import { planThresholdBenchmark } from "./kernels/plan-threshold/kernel.bench.ts";
import { pointCloudSweepBenchmark } from "./kernels/point-cloud-sweep/kernel.bench.ts";
import { halfSweepBenchmark } from "./kernels/sinkhorn-half-sweep/kernel.bench.ts";
import { sparseConjugateBenchmark } from "./kernels/sparse-conjugate/kernel.bench.ts";
import { sparsifyBenchmark } from "./kernels/sparsify-plan/kernel.bench.ts";
import { lightBridgeBenchmark } from "./light-bridge/light-bridge.bench.ts";
import { multiMarginalBridgeBenchmark } from "./multi-marginal-bridge/multi-marginal-bridge.bench.ts";
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
  mixtureMomentsBenchmark,
  mixtureDrawBenchmark,
  mixturePathsBenchmark,
  lightBridgeBenchmark,
  multiMarginalBridgeBenchmark,
  exactTransportBenchmark,
];
