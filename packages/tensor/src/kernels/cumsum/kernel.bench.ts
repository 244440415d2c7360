import type { FloatDType } from "../../dtype.ts";
import { benchmarkKernel, type KernelBenchmarkCase } from "../../kernel-benchmark.ts";
import { jaxJsPeer } from "../../peers/jax-js.ts";
import { tfjsWasmPeer } from "../../peers/tfjs-wasm.ts";
import type { Shape } from "../../shape.ts";
import { cumsumKernel } from "./index.ts";
import type { CumsumOptions } from "./options.ts";

export const cumsumBenchmark = benchmarkKernel(cumsumKernel, {
  cases: [
    along("float32", [1 << 20], 0),
    along("float64", [1 << 20], 0),
    along("float32", [4096, 256], 1),
    along("float32", [256, 4096], 0),
  ],
  peers: [
    {
      ...jaxJsPeer<CumsumOptions>(({ numpy }, [x], { axis }) => numpy.cumsum(x, axis)),
      // Sums in the dtype itself: of a million numbers they may lose this much.
      tolerance: { relative: 1e-4, absolute: 0.5 },
    },
    {
      ...tfjsWasmPeer<CumsumOptions>((tf, [x], { axis }) => tf.cumsum(x, axis)),
      tolerance: { relative: 1e-4, absolute: 0.5 },
    },
  ],
});

function along(dtype: FloatDType, shape: Shape, axis: number): KernelBenchmarkCase<CumsumOptions> {
  return {
    name: `[${shape.join(", ")}] along ${axis} ${dtype}`,
    inputs: [{ shape, dtype }],
    options: { axis, reverse: false, exclusive: false },
  };
}
