import { benchmarkKernel } from "@ansatz/tensor";
import { solveTriangularKernel } from "./index.ts";

/** Unit diagonals and small elements beside them, whose solutions stay in range. */
export const solveTriangularBenchmark = benchmarkKernel(solveTriangularKernel, {
  cases: [
    [512, 512, "float64"] as const,
    [512, 1, "float64"] as const,
    [512, 512, "float32"] as const,
    [64, 64, "float32"] as const,
  ].map(([n, columns, dtype]) => ({
    name: `n = ${n}, ${columns} right-hand sides, ${dtype}`,
    inputs: [
      { shape: [n, n], dtype, scale: 1 / n },
      { shape: [n, columns], dtype },
    ],
    options: { lower: true, transpose: false, unitDiagonal: true },
  })),
});
