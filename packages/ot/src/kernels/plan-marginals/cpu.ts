import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/plan-marginals";
import type { LogPlanOptions } from "../log-plan/log-plan.ts";
import { BINS } from "./histogram.ts";

/** As in cpu.as.ts. */
const ROW_BLOCK = 64;

/** Entries worth a thread: 30 µs at 1 ns per entry, what an entry costs where most of the plan is negligible. */
const GRAIN_ENTRIES = 1 << 15;

export const planMarginalsCpu: CpuImplementation<LogPlanOptions> = {
  module: cpuModule,
  run(call, { regularization }) {
    const [cost, potentials] = call.inputs;
    const [sums, rowCosts, histogram] = call.outputs;
    const [rows, columns] = cost.shape;
    const type = cost.dtype === "float32" ? "f32" : "f64";
    const bytes = type === "f32" ? 4 : 8;
    const blocks = Math.ceil(rows / ROW_BLOCK);
    const partial = call.scratch(blocks * columns * bytes);
    const histograms = call.scratch(blocks * BINS * 4);
    call.parallel(
      `plan_marginals_${type}`,
      [
        cost.pointer,
        potentials.pointer,
        sums.pointer,
        rowCosts.pointer,
        partial,
        histograms,
        rows,
        columns,
        1 / regularization,
      ],
      blocks,
      Math.ceil(GRAIN_ENTRIES / (ROW_BLOCK * columns)),
    );
    const columnSums = sums.pointer + rows * bytes;
    call.invoke(`plan_marginals_combine_${type}`, partial, histograms, columnSums, histogram.pointer, rows, columns);
  },
};
