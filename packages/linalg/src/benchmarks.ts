import { chebyshevTuckerBenchmark } from "./chebyshev-tucker/chebyshev-tucker.bench.ts";
import { determinantalSamplingBenchmark } from "./determinantal-sampling/determinantal-sampling.bench.ts";
import { choleskyBenchmark } from "./kernels/cholesky/kernel.bench.ts";
import { diagonalScanBenchmark } from "./kernels/diagonal-scan/kernel.bench.ts";
import { eigenBenchmark } from "./kernels/eigen/kernel.bench.ts";
import { eigenSymmetricBenchmark } from "./kernels/eigen-symmetric/kernel.bench.ts";
import { gaussianAccumulationBenchmark } from "./kernels/gaussian-accumulation/kernel.bench.ts";
import { luBenchmark } from "./kernels/lu/kernel.bench.ts";
import { newtonSumBenchmark } from "./kernels/newton-sum/kernel.bench.ts";
import { projectionProcessBenchmark } from "./kernels/projection-process/kernel.bench.ts";
import { qrBenchmark } from "./kernels/qr/kernel.bench.ts";
import { solveTriangularBenchmark } from "./kernels/solve-triangular/kernel.bench.ts";
import { svdBenchmark } from "./kernels/svd/kernel.bench.ts";
import { tuckerPointsBenchmark } from "./kernels/tucker-points/kernel.bench.ts";
import { transposedVandermondeBenchmark, vandermondeBenchmark } from "./kernels/vandermonde/kernel.bench.ts";
import { learnedRelaxationBenchmark } from "./learned-relaxation/learned-relaxation.bench.ts";
import { selfCalibrationBenchmark } from "./self-calibration/self-calibration.bench.ts";
import { sparseDirectBenchmark } from "./sparse/direct/direct.bench.ts";
import { stateSpaceBenchmark } from "./state-space/state-space.bench.ts";

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
  tuckerPointsBenchmark,
  gaussianAccumulationBenchmark,
  newtonSumBenchmark,
  projectionProcessBenchmark,
  chebyshevTuckerBenchmark,
  learnedRelaxationBenchmark,
  determinantalSamplingBenchmark,
  diagonalScanBenchmark,
  vandermondeBenchmark,
  transposedVandermondeBenchmark,
  stateSpaceBenchmark,
];
