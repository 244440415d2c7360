import { bytesPerElement, type CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/eigen";
import { matrixShape } from "../../matrix-shape.ts";
import { PRODUCT_SCRATCH_BYTES, SUFFIX, workspace } from "../../workspace.ts";

/** Reflectors applied together, as in the AssemblyScript. */
const BLOCK = 32;

export const eigenCpu: CpuImplementation<null> = {
  module: cpuModule,
  run(call) {
    const [a] = call.inputs;
    const [values, vectors] = call.outputs;
    const { rows: n, batches, dtype } = matrixShape("eigen: a", a);
    if (a.size === 0) return;
    const bytes = bytesPerElement(dtype);
    const lines = (size: number) => 64 * Math.ceil(size / 64);
    const vector = lines(n * bytes);
    // A header, twelve vectors, three matrices and one with a wider stride, and what blocks of reflectors take.
    const blocks = bytes * (3 * BLOCK * n + 2 * BLOCK * BLOCK);
    const roomBytes = 64 + 12 * vector + 3 * lines(n * n * bytes) + n * (vector + 64) + lines(blocks);
    const flops = batches * 25 * n ** 3;
    const { slotsFor, slotBytes, scratch } = workspace(call, flops, roomBytes + PRODUCT_SCRATCH_BYTES);
    const slots = slotsFor(batches, flops);
    call.parallel(
      `eigen_${SUFFIX[dtype]}`,
      [a.pointer, values.pointer, vectors.pointer, n, batches, slots, slotBytes, roomBytes, scratch],
      slots,
      1,
    );
  },
};
