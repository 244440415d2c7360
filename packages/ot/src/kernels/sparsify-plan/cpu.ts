import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/sparsify-plan";
import type { SparsifyOptions } from "./options.ts";

/** Entries worth a thread: 30 µs at 0.5 ns per entry, since most are only compared. */
const GRAIN_ENTRIES = 1 << 16;

export const sparsifyCpu: CpuImplementation<SparsifyOptions> = {
  module: cpuModule,
  run(call, { regularization, capacity }) {
    const [cost, potentials, threshold, ties] = call.inputs;
    const [offsets, indices, values] = call.outputs;
    const [rows, columns] = cost.shape;
    const type = cost.dtype === "float32" ? "f32" : "f64";
    const grain = Math.ceil(GRAIN_ENTRIES / columns);
    const counts = call.scratch(rows * 8);
    const plan = [cost.pointer, potentials.pointer, threshold.pointer, counts];
    const extents = [rows, columns, 1 / regularization];
    call.parallel(`sparsify_count_${type}`, [...plan, ...extents], rows, grain);
    const kept = call.invoke("sparsify_offsets", counts, ties.pointer, offsets.pointer, rows);
    if (kept > capacity) throw new Error(`sparsify-plan: ${kept} entries to keep, but room for ${capacity}`);
    const sparse = [offsets.pointer, indices.pointer, values.pointer];
    call.parallel(`sparsify_write_${type}`, [...plan, ...sparse, ...extents], rows, grain);
    call.invoke(`sparsify_transpose_${type}`, ...sparse, capacity, rows, columns);
  },
};
