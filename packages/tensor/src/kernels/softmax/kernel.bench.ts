import type { FloatDType } from "../../dtype.ts";
import { benchmarkKernel, type KernelBenchmarkCase } from "../../kernel-benchmark.ts";
import { jaxJsPeer } from "../../peers/jax-js.ts";
import { tfjsWasmPeer } from "../../peers/tfjs-wasm.ts";
import type { Shape } from "../../shape.ts";
import { type SoftmaxKernelOptions, softmaxKernel } from "./index.ts";
import { SOFTMAX_ALGORITHMS } from "./options.ts";

/** Elements of one line, as powers of 2: from a core's nearest cache to beyond the last. */
const POWERS = [10, 12, 14, 16, 18, 20, 22, 24];

/** Running totals in float32, of lines of sixteen million elements. */
const PEER_TOLERANCE = { relative: 1e-3, absolute: 1e-6 };

export const softmaxBenchmark = benchmarkKernel(softmaxKernel, {
  cases: [
    softmaxCase([64, 65_536]),
    softmaxCase([64, 65_536], { dtype: "float64" }),
    softmaxCase([64, 65_536], { logarithm: true }),
    softmaxCase([4096, 256]),
    softmaxCase([100_000, 10]),
    softmaxCase([1024, 1024], { axis: 0 }),
    ...POWERS.flatMap((power) =>
      ["auto" as const, ...SOFTMAX_ALGORITHMS].map((algorithm) => softmaxCase([2 ** power], { algorithm })),
    ),
  ],
  peers: [
    {
      ...jaxJsPeer<SoftmaxKernelOptions>(({ nn }, [x], { axis, logarithm }) =>
        logarithm ? nn.logSoftmax(x, axis) : nn.softmax(x, axis),
      ),
      tolerance: PEER_TOLERANCE,
    },
    {
      ...tfjsWasmPeer<SoftmaxKernelOptions>((tf, [x], { axis, logarithm }) => {
        if (logarithm) return tf.logSoftmax(x, axis);
        // It has softmax along the last axis only.
        return axis === x.rank - 1 ? tf.softmax(x) : tf.transpose(tf.softmax(tf.transpose(x)));
      }),
      tolerance: PEER_TOLERANCE,
    },
  ],
});

interface Variant extends Partial<SoftmaxKernelOptions> {
  readonly dtype?: FloatDType;
}

/** Along the last axis, unless another is given. */
function softmaxCase(shape: Shape, variant: Variant = {}): KernelBenchmarkCase<SoftmaxKernelOptions> {
  const { dtype = "float32", axis = shape.length - 1, algorithm = "auto", logarithm = false } = variant;
  const what = logarithm ? "log softmax" : algorithm;
  return {
    name: `${what} [${shape.join(", ")}] along axis ${axis} ${dtype}`,
    inputs: [{ shape, dtype, scale: 3 }],
    options: { axis, algorithm, logarithm },
  };
}
