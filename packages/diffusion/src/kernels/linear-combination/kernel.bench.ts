import {
  benchmarkKernel,
  type FloatDType,
  type KernelBenchmarkCase,
  type KernelPeer,
  openDevice,
  type Shape,
} from "@ansatz/tensor";
import { type LinearCombinationOptions, linearCombinationKernel } from "./index.ts";

/** Latents of a batch of 64, and of one. */
const LATENTS = [64, 4, 64, 64] as const;
const ONE_LATENT = [1, 4, 64, 64] as const;

/** The same sum as one pass for each tensor: y ← c x, then y ← y + c x again and again. */
const axpyChain: KernelPeer<LinearCombinationOptions> = {
  name: "chain of axpys",
  devices: ["cpu"],
  version: async () => "of this package",
  async setup({ options: { coefficients } }, inputs) {
    const device = await openDevice("cpu");
    const tensors = inputs.map(({ data, shape, dtype }) => device.tensor(Array.from(data), shape, dtype));
    const outputs = coefficients.map(() => device.zeros(inputs[0].shape, inputs[0].dtype));
    const scale = coefficients.map(([first]) => ({ coefficients: [[first]] }));
    const add = coefficients.map((list) => list.slice(1).map((each) => ({ coefficients: [[1, each]] })));
    return {
      run() {
        for (const [index, y] of outputs.entries()) {
          linearCombinationKernel.runInto([tensors[0]], [y], scale[index]);
          for (const [term, options] of add[index].entries())
            linearCombinationKernel.runInto([y, tensors[term + 1]], [y], options);
        }
      },
      outputs: () => Promise.all(outputs.map((output) => output.data())),
      dispose: () => device.dispose(),
    };
  },
};

export const linearCombinationBenchmark = benchmarkKernel(linearCombinationKernel, {
  cases: [
    combinationCase(LATENTS, 4, "float32"),
    combinationCase(LATENTS, 4, "float64"),
    combinationCase(LATENTS, 2, "float32"),
    combinationCase(LATENTS, 7, "float32"),
    combinationCase(LATENTS, 5, "float32", 2),
    combinationCase(ONE_LATENT, 4, "float32"),
    combinationCase([2, 2], 4, "float64"),
  ],
  peers: [axpyChain],
});

function combinationCase(
  shape: Shape,
  terms: number,
  dtype: FloatDType,
  results = 1,
): KernelBenchmarkCase<LinearCombinationOptions> {
  return {
    name: `${shape.join("×")} ${dtype}, ${terms} tensors${results > 1 ? `, ${results} results` : ""}`,
    inputs: new Array(terms).fill({ shape, dtype }),
    options: {
      coefficients: Array.from({ length: results }, (_, result) =>
        Array.from({ length: terms }, (_unused, term) => Math.cos(1 + term + result)),
      ),
    },
  };
}
