import type { DType } from "../../dtype.ts";
import { benchmarkKernel, type KernelBenchmarkCase } from "../../kernel-benchmark.ts";
import { jaxJsPeer } from "../../peers/jax-js.ts";
import { tfjsWasmPeer } from "../../peers/tfjs-wasm.ts";
import { type Shape, sizeOf, stridesOf } from "../../shape.ts";
import { stridedViewKernel } from "./index.ts";
import type { StridedViewOptions } from "./options.ts";

/** Transposing: the strided view that reads far from where it wrote last. */
export const transposeBenchmark = benchmarkKernel(stridedViewKernel, {
  cases: [
    transposed([2048, 2048], "float32"),
    transposed([2048, 2048], "float64"),
    transposed([2000, 2000], "float32"),
    transposed([256, 256], "float32"),
    transposed([1 << 20, 3], "float32"),
    transposed([32, 64, 64, 64], "float32", [0, 2, 3, 1]),
    transposed([16, 512, 12, 64], "float32", [0, 2, 1, 3]),
  ],
  expected: ({ options: { shape, strides } }, [{ data }]) => {
    const own = stridesOf(shape);
    // A prime number, so that the elements looked at lie everywhere along every axis.
    const looked = Array.from({ length: Math.ceil(sizeOf(shape) / 997) }, (_, k) => 997 * k);
    const sourceOf = (index: number) =>
      own.reduce((total, step, axis) => total + (Math.floor(index / step) % shape[axis]) * strides[axis], 0);
    return looked.map((index) => ({ index, value: data[sourceOf(index)] }));
  },
  peers: [
    // Added to zero, since transposing alone moves nothing in jax-js.
    jaxJsPeer<StridedViewOptions>(({ numpy }, [x], options) =>
      numpy.add(numpy.transpose(x, permutationOf(options)), 0),
    ),
    tfjsWasmPeer<StridedViewOptions>((tf, [x], options) => tf.transpose(x, permutationOf(options))),
  ],
});

function transposed(
  shape: Shape,
  dtype: DType,
  permutation: readonly number[] = shape.map((_, axis) => shape.length - 1 - axis),
): KernelBenchmarkCase<StridedViewOptions> {
  const strides = stridesOf(shape);
  return {
    name: `[${shape.join(", ")}] to axes ${permutation.join(", ")} ${dtype}`,
    inputs: [{ shape, dtype }],
    options: {
      shape: permutation.map((axis) => shape[axis]),
      offset: 0,
      strides: permutation.map((axis) => strides[axis]),
    },
  };
}

/** Which axis of the input each one of the result is: the further apart its elements, the earlier. */
function permutationOf({ strides }: StridedViewOptions): number[] {
  const descending = strides.toSorted((a, b) => b - a);
  return strides.map((stride) => descending.indexOf(stride));
}
