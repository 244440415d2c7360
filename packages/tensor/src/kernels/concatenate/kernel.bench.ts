import type { DType } from "../../dtype.ts";
import { benchmarkKernel, type KernelBenchmarkCase } from "../../kernel-benchmark.ts";
import { jaxJsPeer } from "../../peers/jax-js.ts";
import { tfjsWasmPeer } from "../../peers/tfjs-wasm.ts";
import type { Shape } from "../../shape.ts";
import { concatenateKernel } from "./index.ts";
import type { ConcatenateOptions } from "./options.ts";

export const concatenateBenchmark = benchmarkKernel(concatenateKernel, {
  cases: [
    joined(2, [1 << 22], "float32", 0),
    joined(2, [2048, 1024], "float32", 1),
    joined(2, [2048, 1024], "float64", 1),
    joined(8, [1 << 16, 4], "float32", 1),
    joined(64, [256, 64], "float32", 0),
  ],
  peers: [
    jaxJsPeer<ConcatenateOptions>(({ numpy }, inputs, { axis }) => numpy.concatenate(inputs, axis)),
    tfjsWasmPeer<ConcatenateOptions>((tf, inputs, { axis }) => tf.concat(inputs, axis)),
  ],
});

function joined(count: number, shape: Shape, dtype: DType, axis: number): KernelBenchmarkCase<ConcatenateOptions> {
  return {
    name: `${count} of [${shape.join(", ")}] along ${axis} ${dtype}`,
    inputs: Array.from({ length: count }, () => ({ shape, dtype })),
    options: { axis },
  };
}
