import { benchmarkKernel } from "@ansatz/tensor";
import { stabilityMapKernel } from "./index.ts";

/** The picture of the paper's figure 4: 512 × 512 points, five coefficients. */
export const stabilityMapBenchmark = benchmarkKernel(stabilityMapKernel, {
  cases: (["float32", "float64"] as const).map((dtype) => ({
    name: `512 × 512, degree 5, ${dtype}`,
    inputs: [
      { shape: [5], dtype },
      { shape: [5], dtype },
    ],
    options: { rows: 512, columns: 512, real: [-4, 1], imaginary: [-2.5, 2.5] },
  })),
});
