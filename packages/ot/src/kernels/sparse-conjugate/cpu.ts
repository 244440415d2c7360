import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/sparse-conjugate";
import type { SparseConjugateOptions } from "./options.ts";

/** Costs worth a thread: 30 µs at 1 ns each. */
const GRAIN_COSTS = 1 << 15;

export const sparseConjugateCpu: CpuImplementation<SparseConjugateOptions> = {
  module: cpuModule,
  run({ inputs, outputs, parallel }, { maximumEntries, regularizer, regularization, columnInput }) {
    const [batches, columns, rows] = inputs[0].shape;
    parallel(
      `sparse_conjugate_${inputs[0].dtype === "float32" ? "f32" : "f64"}`,
      [
        ...[...inputs, ...outputs].map(({ pointer }) => pointer),
        rows,
        columns,
        maximumEntries,
        regularization,
        Number(regularizer === "entropic"),
        Number(columnInput === "masses"),
      ],
      batches * columns,
      Math.ceil(GRAIN_COSTS / rows),
    );
  },
};
