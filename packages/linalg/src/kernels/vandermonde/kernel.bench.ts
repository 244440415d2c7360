import {
  benchmarkKernel,
  complexDType,
  type FloatDType,
  type KernelBenchmarkCase,
  type ReferenceArray,
} from "@ansatz/tensor";
import { transposedVandermondeKernel, vandermondeKernel } from "./index.ts";
import type { VandermondeOptions } from "./options.ts";

/** Convolution kernels of 64 channels of 64 states, half of them stored, over 1024 samples: peers are a plain loop, and PyTorch and NumPy in `python peers/torch_state_space.py`. */
export const vandermondeBenchmark = benchmarkKernel(vandermondeKernel, {
  cases: [of("float32", 64, 32, 1024), of("float64", 64, 32, 1024), of("float32", 1, 32, 65536)],
  peers: [
    {
      name: "plain loop",
      devices: ["cpu"],
      version: async () => "JavaScript",
      async setup({ options: { length } }, [z, w]) {
        const y = new Float64Array((z.data.length / 2 / z.shape[z.shape.length - 1]) * length);
        return {
          run: () => plainSum(z, w, y, length),
          outputs: async () => [y],
          dispose() {},
        };
      },
    },
  ],
});

export const transposedVandermondeBenchmark = benchmarkKernel(transposedVandermondeKernel, {
  cases: (["float32", "float64"] as const).map((dtype) => ({
    name: `64 rows of 32 nodes, 1024 powers, ${dtype}`,
    inputs: [
      { shape: [64, 32], dtype: complexDType(dtype), range: [-1, 0] as const },
      { shape: [64, 1024], dtype },
    ],
    options: null,
  })),
});

function of(dtype: FloatDType, rows: number, nodes: number, length: number): KernelBenchmarkCase<VandermondeOptions> {
  const complex = complexDType(dtype);
  return {
    name: `${rows} rows of ${nodes} nodes, ${length} powers, ${dtype}`,
    inputs: [
      { shape: [rows, nodes], dtype: complex, range: [-1, 0] },
      { shape: [rows, nodes], dtype: complex },
    ],
    options: { length },
  };
}

/** One power after the other, as one would write it. */
function plainSum(z: ReferenceArray, w: ReferenceArray, y: Float64Array, length: number): void {
  const nodes = z.shape[z.shape.length - 1];
  y.fill(0);
  for (let node = 0; node < z.data.length / 2; node++) {
    const size = Math.exp(z.data[2 * node]);
    const re = size * Math.cos(z.data[2 * node + 1]);
    const im = size * Math.sin(z.data[2 * node + 1]);
    let a = w.data[2 * node];
    let b = w.data[2 * node + 1];
    const row = Math.floor(node / nodes) * length;
    for (let l = 0; l < length; l++) {
      y[row + l] += a;
      const next = a * re - b * im;
      b = a * im + b * re;
      a = next;
    }
  }
}
