import { choleskyBenchmark } from "./kernels/cholesky/kernel.bench.ts";
import { eigenBenchmark } from "./kernels/eigen/kernel.bench.ts";
import { eigenSymmetricBenchmark } from "./kernels/eigen-symmetric/kernel.bench.ts";
import { luBenchmark } from "./kernels/lu/kernel.bench.ts";
import { qrBenchmark } from "./kernels/qr/kernel.bench.ts";
import { solveTriangularBenchmark } from "./kernels/solve-triangular/kernel.bench.ts";
import { svdBenchmark } from "./kernels/svd/kernel.bench.ts";
import { selfCalibrationBenchmark } from "./self-calibration/self-calibration.bench.ts";
import { sparseDirectBenchmark } from "./sparse/direct/direct.bench.ts";

/** This package's benchmarks, for `@ansatz/lab`. */
export default [
  choleskyBenchmark,
  luBenchmark,
  qrBenchmark,
  solveTriangularBenchmark,
  eigenSymmetricBenchmark,
  svdBenchmark,
  eigenBenchmark,
  sparseDirectBenchmark,
  selfCalibrationBenchmark,
];
