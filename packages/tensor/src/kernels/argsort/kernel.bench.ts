import type { DType } from "../../dtype.ts";
import { benchmarkKernel, type KernelBenchmarkCase } from "../../kernel-benchmark.ts";
import { jaxJsPeer } from "../../peers/jax-js.ts";
import { tfjsWasmPeer } from "../../peers/tfjs-wasm.ts";
import type { Shape } from "../../shape.ts";
import { type ArgsortOptions, argsortKernel } from "./index.ts";

const jaxJs = jaxJsPeer<ArgsortOptions>(({ numpy }, [x]) => numpy.argsort(numpy.negative(x), -1));

/** TensorFlow.js sorts by its topk, which is descending. */
export const argsortBenchmark = benchmarkKernel(argsortKernel, {
  cases: [
    along("float32", [1 << 18]),
    along("float64", [1 << 18]),
    along("float32", [2048, 128]),
    along("float32", [1 << 14, 16]),
    { ...along("float32", [64, 4096], 10), name: "the first 10 of each line of [64, 4096] float32" },
  ],
  peers: [
    {
      ...jaxJs,
      async setup(each, inputs) {
        if (each.options.count !== undefined) throw new Error("jax-js is compared on whole lines");
        return jaxJs.setup(each, inputs);
      },
    },
    tfjsWasmPeer<ArgsortOptions>((tf, [x], { count }) => tf.topk(x, count ?? x.shape.at(-1), true).indices),
  ],
});

function along(dtype: DType, shape: Shape, count?: number): KernelBenchmarkCase<ArgsortOptions> {
  return {
    name: `lines of [${shape.join(", ")}] ${dtype}`,
    inputs: [{ shape, dtype }],
    options: { axis: -1, descending: true, count },
  };
}
