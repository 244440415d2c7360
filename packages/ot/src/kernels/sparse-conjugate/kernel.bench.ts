import { benchmarkKernel, type FloatDType, type KernelBenchmarkCase } from "@ansatz/tensor";
import { type SparseConjugateOptions, sparseConjugateKernel } from "./index.ts";

/** One large problem with few entries a column, and a batch of mixtures of experts: 256 tokens, 8 experts of capacity 32. */
const PROBLEMS = [
  { batches: 1, columns: 1024, rows: 1024, maximumEntries: 8 },
  { batches: 64, columns: 8, rows: 256, maximumEntries: 32 },
] as const;

export const sparseConjugateBenchmark = benchmarkKernel(sparseConjugateKernel, {
  cases: PROBLEMS.flatMap((problem) =>
    (["float64", "float32"] as const).flatMap((dtype) =>
      (["masses", "potentials"] as const).map((columnInput) => benchmarkCase(problem, dtype, columnInput)),
    ),
  ),
});

function benchmarkCase(
  { batches, columns, rows, maximumEntries }: (typeof PROBLEMS)[number],
  dtype: FloatDType,
  columnInput: SparseConjugateOptions["columnInput"],
): KernelBenchmarkCase<SparseConjugateOptions> {
  return {
    name: `${batches} × [${columns}, ${rows}], k = ${maximumEntries}, ${columnInput} ${dtype}`,
    inputs: [
      { shape: [batches, columns, rows], dtype, range: [0, 1] },
      // Where a solver is: potentials that differ, masses of columns that sum to 1, or potentials for a few entries each.
      { shape: [batches, rows], dtype, range: [0, 0.5] },
      {
        shape: [batches, columns],
        dtype,
        range: columnInput === "masses" ? [0.5 / columns, 1.5 / columns] : [-0.45, -0.4],
      },
    ],
    options: { maximumEntries, regularizer: "quadratic", regularization: 1, columnInput },
  };
}
