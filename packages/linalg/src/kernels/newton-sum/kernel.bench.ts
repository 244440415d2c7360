import { benchmarkKernel } from "@ansatz/tensor";
import { newtonSumKernel } from "./index.ts";

export const newtonSumBenchmark = benchmarkKernel(newtonSumKernel, {
  cases: (["float64", "float32"] as const).map((dtype) => ({
    name: `4096 points, 400 charges, ${dtype}`,
    inputs: [[4096, 3], [400, 3], [400]].map((shape) => ({ shape, dtype, range: [-1, 1] as const })),
    options: null,
  })),
});
