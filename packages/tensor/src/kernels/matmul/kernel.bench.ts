import { type ComplexDType, componentsPerElement, type FloatDType } from "../../dtype.ts";
import type { ReferenceArray } from "../../kernel.ts";
import { benchmarkKernel, type ExpectedElement, type KernelBenchmarkCase } from "../../kernel-benchmark.ts";
import { jaxJsPeer } from "../../peers/jax-js.ts";
import { tfjsWasmPeer } from "../../peers/tfjs-wasm.ts";
import { matmulKernel } from "./index.ts";
import type { MatmulOptions } from "./options.ts";

/** Elements of a result that are checked; all of a large one would take longer than the benchmark. */
const CHECKED_ELEMENTS = 500;

export const matmulBenchmark = benchmarkKernel(matmulKernel, {
  cases: [
    square(64, "float32"),
    square(255, "float32"),
    square(256, "float32"),
    square(512, "float32"),
    square(1000, "float32"),
    square(1024, "float32"),
    square(256, "float64"),
    square(1024, "float64"),
    square(64, "complex64"),
    square(512, "complex64"),
    square(512, "complex128"),
    benchmarkCase("256 batches of 32³ float32", "float32", [256], 32, 32, 32),
    benchmarkCase("144 batches of 20³ complex64", "complex64", [144], 20, 20, 20),
    benchmarkCase("one row, 4096² float32", "float32", [], 1, 4096, 4096),
    benchmarkCase("8 rows, 1024² float32", "float32", [], 8, 1024, 1024),
  ],
  peers: [
    jaxJsPeer(({ numpy }, [a, b]) => numpy.matmul(a, b)),
    tfjsWasmPeer((tf, [a, b], { transposeA, transposeB }) => tf.matMul(a, b, transposeA, transposeB)),
  ],
  expected: expectedElements,
});

function square(size: number, dtype: FloatDType | ComplexDType): KernelBenchmarkCase<MatmulOptions> {
  return benchmarkCase(`${size}³ ${dtype}`, dtype, [], size, size, size);
}

function benchmarkCase(
  name: string,
  dtype: FloatDType | ComplexDType,
  batch: readonly number[],
  rows: number,
  depth: number,
  columns: number,
): KernelBenchmarkCase<MatmulOptions> {
  const inputs = [
    { shape: [...batch, rows, depth], dtype },
    { shape: [...batch, depth, columns], dtype },
  ];
  return { name, inputs, options: { transposeA: false, transposeB: false } };
}

/** Numbers spread over the whole result, the last one included, as plain inner products. */
function expectedElements(_: KernelBenchmarkCase<MatmulOptions>, [a, b]: readonly ReferenceArray[]): ExpectedElement[] {
  const [rows, depth] = a.shape.slice(-2);
  const columns = b.shape[b.shape.length - 1];
  const components = componentsPerElement(a.dtype);
  const size = (a.data.length / components / depth) * columns;
  const count = Math.min(size, CHECKED_ELEMENTS);
  return Array.from({ length: count }, (_, sample) => {
    const index = Math.floor(((sample + 1) * size) / count) - 1;
    const row = Math.floor(index / columns);
    const column = Math.floor(row / rows) * depth * columns + (index % columns);
    let [re, im] = [0, 0];
    for (let k = 0; k < depth; k++) {
      const p = (row * depth + k) * components;
      const q = (column + k * columns) * components;
      re += a.data[p] * b.data[q];
      if (components === 1) continue;
      re -= a.data[p + 1] * b.data[q + 1];
      im += a.data[p] * b.data[q + 1] + a.data[p + 1] * b.data[q];
    }
    return components === 1
      ? [{ index, value: re }]
      : [
          { index: 2 * index, value: re },
          { index: 2 * index + 1, value: im },
        ];
  }).flat();
}
