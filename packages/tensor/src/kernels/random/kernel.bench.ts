import { benchmarkKernel } from "../../kernel-benchmark.ts";
import { randomKernel } from "./index.ts";

/** Peers draw other numbers, so that none can be checked against the reference. */
export const randomBenchmark = benchmarkKernel(randomKernel, {
  cases: (
    [
      ["bits", "uint32"],
      ["uniform", "float32"],
      ["normal", "float32"],
      ["normal", "float64"],
    ] as const
  ).flatMap(([distribution, dtype]) =>
    [1 << 10, 1 << 20].map((count) => ({
      name: `${distribution} ${count} ${dtype}`,
      inputs: [{ shape: [4], dtype: "int32", below: 2 ** 31 }],
      options: { distribution, shape: [count], dtype },
    })),
  ),
});
