import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/sinkhorn-half-sweep";
import type { HalfSweepOptions } from "./options.ts";

/** As in cpu.as.ts. */
const COLUMN_BLOCK = 16;

/** Entries worth a thread: 30 µs at 1 ns per entry, what an entry costs where most of the plan is negligible. */
const GRAIN_ENTRIES = 1 << 15;

export const halfSweepCpu: CpuImplementation<HalfSweepOptions> = {
  module: cpuModule,
  run(call, { axis, regularization, grid }) {
    const [cost, potentials, logMarginals] = call.inputs;
    const [moved, sums] = call.outputs;
    const [rows, columns] = cost.shape;
    moved.view().set(potentials.view());
    const type = cost.dtype === "float32" ? "f32" : "f64";
    const arrays = [cost.pointer, potentials.pointer, moved.pointer, logMarginals.pointer, sums.pointer];
    const numbers = [rows, columns, regularization, 1 / regularization, grid];
    if (axis === "rows") {
      call.parallel(`sinkhorn_rows_${type}`, [...arrays, ...numbers], rows, Math.ceil(GRAIN_ENTRIES / columns));
      return;
    }
    const partial = call.scratch(sums.size * 8);
    const blocks = Math.ceil(columns / COLUMN_BLOCK);
    const grain = Math.ceil(GRAIN_ENTRIES / (rows * COLUMN_BLOCK));
    call.parallel(`sinkhorn_columns_${type}`, [...arrays, partial, ...numbers], blocks, grain);
  },
};
