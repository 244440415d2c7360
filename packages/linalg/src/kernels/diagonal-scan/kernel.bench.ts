import { benchmarkKernel, type KernelBenchmarkCase, type ReferenceArray, type Shape } from "@ansatz/tensor";
import { diagonalScanKernel } from "./index.ts";
import type { DiagonalScanOptions } from "./options.ts";

/** States of sequences: its peers are a plain loop, and PyTorch and NumPy in `python peers/torch_state_space.py`. */
export const diagonalScanBenchmark = benchmarkKernel(diagonalScanKernel, {
  cases: [
    of("complex64", [8, 1024, 256]),
    of("complex64", [1, 16384, 32]),
    of("complex128", [8, 1024, 256]),
    of("complex128", [1, 16384, 32]),
  ],
  peers: [
    {
      name: "plain loop",
      devices: ["cpu"],
      // Float32 arrays are added up in float64.
      tolerance: { relative: 1e-3, absolute: 1e-3 },
      version: async () => "JavaScript",
      async setup(_, [a, b]) {
        const states = new (b.dtype === "complex64" ? Float32Array : Float64Array)(b.data.length);
        return {
          run: () => plainScan(a, b, states),
          outputs: async () => [states],
          dispose() {},
        };
      },
    },
  ],
});

function of(dtype: "complex64" | "complex128", shape: Shape): KernelBenchmarkCase<DiagonalScanOptions> {
  return {
    name: `[${shape.join(", ")}] ${dtype}`,
    inputs: [
      { shape: shape.slice(-1), dtype, range: [-0.7, 0.7] },
      { shape, dtype },
    ],
    options: { reverse: false },
  };
}

function plainScan(a: ReferenceArray, b: ReferenceArray, x: Float32Array | Float64Array): void {
  const [length, states] = b.shape.slice(-2);
  const row = 2 * states;
  for (let example = 0; example < b.data.length; example += length * row)
    for (let k = 0; k < length; k++)
      for (let at = 0; at < row; at += 2) {
        const place = example + k * row + at;
        const re = k === 0 ? 0 : x[place - row];
        const im = k === 0 ? 0 : x[place - row + 1];
        x[place] = a.data[at] * re - a.data[at + 1] * im + b.data[place];
        x[place + 1] = a.data[at] * im + a.data[at + 1] * re + b.data[place + 1];
      }
}
