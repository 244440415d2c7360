import {
  benchmarkKernel,
  type FloatDType,
  type KernelBenchmarkCase,
  type KernelPeer,
  openDevice,
} from "@ansatz/tensor";
import { type MixtureScoreOptions, mixtureScoreKernel } from "./index.ts";
import { mixtureInOperations } from "./operations.ts";

/** Two matrix products and a softmax, with a number stored for each pair of a state and a component. */
const inOperations: KernelPeer<MixtureScoreOptions> = {
  name: "tensor operations",
  devices: ["cpu"],
  // Distances as differences of products.
  tolerance: { relative: 1e-2, absolute: 1e-2 },
  version: async () => "of this package",
  async setup({ options }, inputs) {
    const device = await openDevice("cpu");
    const tensors = inputs.map(({ data, shape, dtype }) => device.tensor(Array.from(data), shape, dtype));
    const predict = mixtureInOperations(options);
    let last = device.scope(() => predict(tensors));
    return {
      run() {
        for (const each of last) each.dispose();
        last = device.scope(() => predict(tensors));
      },
      outputs: () => Promise.all(last.map((output) => output.data())),
      dispose: () => device.dispose(),
    };
  },
};

export const mixtureScoreBenchmark = benchmarkKernel(mixtureScoreKernel, {
  cases: [
    mixtureCase(4096, 500, 64, "float32"),
    mixtureCase(4096, 500, 64, "float64"),
    mixtureCase(64, 500, 64, "float64"),
    mixtureCase(65_536, 3, 2, "float64"),
    mixtureCase(256, 5000, 784, "float32"),
  ],
  peers: [inOperations],
});

function mixtureCase(
  states: number,
  components: number,
  dimensions: number,
  dtype: FloatDType,
): KernelBenchmarkCase<MixtureScoreOptions> {
  return {
    name: `${states} states, ${components} components, ${dimensions} dimensions, ${dtype}`,
    inputs: [
      { shape: [states, dimensions], dtype },
      { shape: [components, dimensions], dtype, scale: 0.5 },
    ],
    options: {
      weights: new Array<number>(components).fill(1 / components),
      variances: new Array<number>(components).fill(0.5),
      alpha: 0.6,
      sigma: 0.8,
      prediction: "noise",
    },
  };
}
