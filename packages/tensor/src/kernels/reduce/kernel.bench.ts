import type { FloatDType } from "../../dtype.ts";
import { benchmarkKernel, type KernelBenchmarkCase } from "../../kernel-benchmark.ts";
import { jaxJsPeer } from "../../peers/jax-js.ts";
import { tfjsWasmPeer } from "../../peers/tfjs-wasm.ts";
import type { Shape } from "../../shape.ts";
import { type ReduceOptions, type Reduction, reduceKernel } from "./index.ts";

export const reduceBenchmark = benchmarkKernel(reduceKernel, {
  cases: (["sum", "max", "logSumExp"] as const).flatMap((operation) => [
    reduction(operation, "float32", [1 << 22]),
    reduction(operation, "float32", [4096, 1024], 1),
    reduction(operation, "float32", [4096, 1024], 0),
    reduction(operation, "float32", [1 << 17, 10], 1),
    reduction(operation, "float32", [1 << 17, 3], 0),
    reduction(operation, "float64", [4096, 1024], 1),
  ]),
  peers: [
    {
      ...jaxJsPeer<ReduceOptions>(({ numpy, nn }, [x], { operation, axes }) => {
        const axis = axes as number | undefined;
        if (operation === "logSumExp") return nn.logsumexp(x, axis ?? null);
        return operation === "max" ? numpy.max(x, axis ?? null) : numpy.sum(x, axis ?? null);
      }),
      // Running totals in the dtype itself: they may lose this much of a sum of four million.
      tolerance: { relative: 1e-4, absolute: 0.5 },
    },
    {
      ...tfjsWasmPeer<ReduceOptions>((tf, [x], { operation, axes }) => {
        const axis = axes as number | undefined;
        if (operation === "logSumExp") return tf.logSumExp(x, axis);
        return operation === "max" ? tf.max(x, axis) : tf.sum(x, axis);
      }),
      tolerance: { relative: 1e-4, absolute: 0.5 },
    },
  ],
});

function reduction(
  operation: Reduction,
  dtype: FloatDType,
  shape: Shape,
  axes?: number,
): KernelBenchmarkCase<ReduceOptions> {
  const over = axes === undefined ? "all" : `axis ${axes}`;
  return {
    name: `${operation} [${shape.join(", ")}] over ${over} ${dtype}`,
    inputs: [{ shape, dtype }],
    options: { operation, axes },
  };
}
