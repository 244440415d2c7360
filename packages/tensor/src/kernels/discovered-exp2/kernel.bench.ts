import { benchmarkKernel } from "../../kernel-benchmark.ts";
import { discoveredExp2Kernel } from "./index.ts";

export const discoveredExp2Benchmark = benchmarkKernel(discoveredExp2Kernel, {
  cases: [2 ** 12, 2 ** 20].map((size) => ({
    name: `${size} elements`,
    inputs: [{ dtype: "float32", shape: [size], scale: 10 }],
    options: undefined,
  })),
  peers: [
    {
      name: "2 ** x in JavaScript",
      devices: ["cpu"],
      version: async () => process.version,
      async setup(_, [{ data }]) {
        const x = Float32Array.from(data);
        const y = new Float32Array(x.length);
        return {
          run() {
            for (let k = 0; k < x.length; k++) y[k] = 2 ** x[k];
          },
          outputs: async () => [y],
          dispose() {},
        };
      },
    },
  ],
});
