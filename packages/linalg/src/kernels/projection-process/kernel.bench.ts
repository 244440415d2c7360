import { benchmarkKernel } from "@ansatz/tensor";
import { projectionProcessKernel } from "./index.ts";

/** Any functions take as long as orthonormal ones. */
export const projectionProcessBenchmark = benchmarkKernel(projectionProcessKernel, {
  cases: [[50, 10_000, "float64"] as const, [50, 10_000, "float32"] as const, [20, 1000, "float64"] as const].map(
    ([size, count, dtype]) => ({
      name: `${size} of ${count}, ${dtype}`,
      inputs: [
        { shape: [size, count], dtype, scale: 1 / Math.sqrt(count) },
        { shape: [4, size], dtype, scale: 0.1 },
      ],
      options: null,
    }),
  ),
});
