import type { ComplexDType } from "../../dtype.ts";
import { benchmarkKernel, type KernelBenchmarkCase } from "../../kernel-benchmark.ts";
import { complexMapKernel } from "./index.ts";
import type { ComplexOperation } from "./operations.ts";
import type { ComplexMapOptions } from "./options.ts";

/** Numbers that stay in the second-level cache, and numbers that come from memory. */
const CACHED = 1 << 14;
const STREAMED = 1 << 21;

export const complexMapBenchmark = benchmarkKernel(complexMapKernel, {
  cases: [
    benchmarkCase("multiply", "complex64", CACHED),
    benchmarkCase("multiply", "complex64", STREAMED),
    benchmarkCase("multiply", "complex128", STREAMED),
    benchmarkCase("add", "complex64", STREAMED),
  ],
});

function benchmarkCase(
  operation: ComplexOperation,
  dtype: ComplexDType,
  size: number,
): KernelBenchmarkCase<ComplexMapOptions> {
  const input = { shape: [size], dtype };
  return { name: `${operation}, ${size} ${dtype}`, inputs: [input, input], options: { operation } };
}
