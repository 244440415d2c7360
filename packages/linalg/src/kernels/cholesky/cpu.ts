import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/cholesky";
import { matrixShape } from "../../matrix-shape.ts";
import { PRODUCT_SCRATCH_BYTES, SUFFIX, workspace } from "../../workspace.ts";

/** Columns factorised before the rows below and the rest of the triangle follow, which threads share. */
const BLOCK = 128;

/** Rows that a unit of work takes, as in the AssemblyScript. */
const ROWS = 64;

/** Elements of a matrix worth a thread. */
const FINISH_ELEMENTS = 1 << 16;

export const choleskyCpu: CpuImplementation<null> = {
  module: cpuModule,
  run(call) {
    const [a] = call.inputs;
    const [factor, info] = call.outputs;
    const { rows: n, batches, dtype } = matrixShape("cholesky: a", a);
    if (info.size === 0) return;
    factor.view().set(a.view());
    if (n === 0) info.view().fill(0);
    const suffix = SUFFIX[dtype];
    const { slotBytes, scratch, slotsFor } = workspace(call, batches * n ** 3, PRODUCT_SCRATCH_BYTES);
    const step = (name: string, k: number, units: number, flops: number) => {
      const slots = slotsFor(units, flops);
      const width = Math.min(BLOCK, n - k);
      const parameters = [factor.pointer, info.pointer, n, k, width, batches, slots, slotBytes, scratch];
      call.parallel(`cholesky_${name}_${suffix}`, parameters, slots, 1);
    };
    for (let k = 0; k < n; k += BLOCK) {
      const width = Math.min(BLOCK, n - k);
      step("factor", k, batches, (batches * width ** 3) / 3);
      const rest = n - k - width;
      if (rest === 0) break;
      const units = batches * Math.ceil(rest / ROWS);
      step("solve", k, units, batches * rest * width ** 2);
      step("update", k, units, batches * rest ** 2 * width);
    }
    const grain = Math.ceil(FINISH_ELEMENTS / Math.max(1, n * n));
    call.parallel(`cholesky_finish_${suffix}`, [factor.pointer, info.pointer, n], batches, grain);
  },
};
