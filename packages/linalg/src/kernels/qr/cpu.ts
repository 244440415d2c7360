import { bytesPerElement, type CpuCall, type CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/qr";
import { matrixShape } from "../../matrix-shape.ts";
import { PRODUCT_SCRATCH_BYTES, SUFFIX, workspace } from "../../workspace.ts";
import type { QrOptions } from "./options.ts";

/** Reflectors that are applied together, as in the AssemblyScript. */
const BLOCK = 32;

/** Columns that a unit of work takes where threads share a matrix. */
const SHARED_COLUMNS = 64;

/** Operations on one matrix that are worth sharing among threads. */
const SHARED_FLOPS = 1 << 23;

export const qrCpu: CpuImplementation<QrOptions> = {
  module: cpuModule,
  run(call, { pivoting }) {
    const [a] = call.inputs;
    const [q, r, permutation] = call.outputs;
    const { rows, columns, batches, dtype } = matrixShape("qr: a", a);
    if (batches === 0) return;
    const bytes = bytesPerElement(dtype);
    const qColumns = q.shape[q.shape.length - 1];
    const count = Math.min(rows, columns);
    const flops = 4 * rows * columns * count;
    const shared = call.threads > 1 && batches < call.threads && flops > SHARED_FLOPS && !pivoting;
    const roomBytes = bytes * (16 * rows + 1024 + 2 * BLOCK * (columns + qColumns));
    const space = workspace(call, batches * flops, aligned(roomBytes) + PRODUCT_SCRATCH_BYTES);
    const shares = shared ? 1 : space.slotsFor(batches, batches * flops);
    const panels = Math.ceil(count / BLOCK);
    const areaBytes = aligned(bytes * (rows * columns + count + panels * (rows + BLOCK) * BLOCK));
    const areas = call.scratch(shares * areaBytes);
    const pointers = [a.pointer, q.pointer, r.pointer, permutation?.pointer ?? 0];
    const extents = [rows, columns, qColumns, r.shape[r.shape.length - 2]];
    const room = [areas, areaBytes, space.scratch, space.slotBytes, aligned(roomBytes)];
    const suffix = SUFFIX[dtype];
    if (!shared) {
      const problem = call.upload(Uint32Array.of(...pointers, ...extents, ...room));
      call.parallel(`qr_matrices_${suffix}`, [problem, Number(pivoting), batches, shares], shares, 1);
      return;
    }
    for (let batch = 0; batch < batches; batch++) {
      const sizes = [rows * columns, rows * qColumns, extents[3] * columns].map((size) => size * bytes * batch);
      const own = pointers.map((pointer, index) => pointer + (sizes[index] ?? 0));
      const problem = call.upload(Uint32Array.of(...own, ...extents, ...room));
      const apply = (k: number, toQ: boolean, from: number, to: number) => {
        const slots = space.slotsFor(Math.ceil((to - from) / SHARED_COLUMNS), 4 * BLOCK * rows * (to - from));
        call.parallel(`qr_apply_${suffix}`, [problem, k, Number(toQ), from, SHARED_COLUMNS, slots], slots, 1);
      };
      factorShared(call, suffix, problem, count, columns, qColumns, apply);
    }
  },
};

/** One matrix at a time, whose columns threads share. */
function factorShared(
  call: CpuCall,
  suffix: string,
  problem: number,
  count: number,
  columns: number,
  qColumns: number,
  apply: (k: number, toQ: boolean, from: number, to: number) => void,
): void {
  call.invoke("qr_load", problem, bytesPerElement(call.inputs[0].dtype));
  for (let k = 0; k < count; k += BLOCK) {
    call.invoke(`qr_panel_${suffix}`, problem, k);
    const from = Math.min(k + BLOCK, count);
    if (from < columns) apply(k, false, from, columns);
  }
  call.invoke(`qr_begin_${suffix}`, problem);
  for (let k = (Math.ceil(count / BLOCK) - 1) * BLOCK; k >= 0; k -= BLOCK) apply(k, true, k, qColumns);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
