import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/lu";
import { matrixShape } from "../../matrix-shape.ts";
import { PRODUCT_SCRATCH_BYTES, SUFFIX, workspace } from "../../workspace.ts";

/** Columns of a panel, which one thread factorises. */
const BLOCK = 64;

/** Rows or columns that a unit of work takes where threads share them. */
const SHARED = 64;

export const luCpu: CpuImplementation<null> = {
  module: cpuModule,
  run(call) {
    const [a] = call.inputs;
    const [factors, permutation, status] = call.outputs;
    const { rows, columns, batches, dtype } = matrixShape("lu: a", a);
    if (batches === 0) return;
    factors.view().set(a.view());
    const suffix = SUFFIX[dtype];
    const count = Math.min(rows, columns);
    const pivots = call.scratch(4 * batches * Math.max(1, count));
    const { slotsFor, slotBytes, scratch } = workspace(
      call,
      2 * batches * rows * columns * count,
      PRODUCT_SCRATCH_BYTES,
    );
    const problem = call.upload(
      Uint32Array.of(
        ...[factors.pointer, rows, columns, batches, pivots, permutation.pointer, status.pointer, slotBytes, scratch],
      ),
    );
    const step = (name: string, k: number, extent: number, flops: number) => {
      const width = Math.min(BLOCK, count - k);
      const size = call.threads > 1 ? Math.min(extent, SHARED) : extent;
      const slots = slotsFor(batches * Math.ceil(extent / size), flops);
      call.parallel(`lu_${name}_${suffix}`, [problem, k, width, size, slots], slots, 1);
    };
    for (let k = 0; k < count; k += BLOCK) {
      const width = Math.min(BLOCK, count - k);
      const slots = slotsFor(batches, batches * (rows - k) * width ** 2);
      call.parallel(`lu_factor_${suffix}`, [problem, k, width, slots], slots, 1);
      if (columns > width) step("columns", k, columns, batches * columns * width ** 2);
      const [below, right] = [rows - k - width, columns - k - width];
      if (below > 0 && right > 0) step("rows", k, below, 2 * batches * below * right * width);
    }
    call.parallel("lu_permutation", [problem, BLOCK], batches, Math.ceil(1e5 / Math.max(1, rows)));
  },
};
