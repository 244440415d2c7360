import { bytesPerElement, type CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/eigen-symmetric";
import { matrixShape } from "../../matrix-shape.ts";
import { PRODUCT_SCRATCH_BYTES, SUFFIX, workspace } from "../../workspace.ts";
import type { EigenSymmetricOptions } from "./options.ts";

/** Reflectors applied together, as in the AssemblyScript. */
const BLOCK = 32;

export const eigenSymmetricCpu: CpuImplementation<EigenSymmetricOptions> = {
  module: cpuModule,
  run(call) {
    const [a] = call.inputs;
    const [values, vectors] = call.outputs;
    const { rows: n, batches, dtype } = matrixShape("eigenSymmetric: a", a);
    if (a.size === 0) return;
    const bytes = bytesPerElement(dtype);
    const vector = Math.ceil((n * bytes) / 64) * 64;
    // A header, nine vectors, the matrix and the eigenvectors, and what blocks of reflectors take.
    const blocks = bytes * (3 * BLOCK * n + 2 * BLOCK * BLOCK);
    const roomBytes = 64 * Math.ceil((128 + 9 * vector + n * n * bytes + 64 + n * (vector + 64) + blocks) / 64);
    const flops = batches * 9 * n ** 3;
    const { slotsFor, slotBytes, scratch } = workspace(call, flops, roomBytes + PRODUCT_SCRATCH_BYTES);
    const slots = slotsFor(batches, flops);
    call.parallel(
      `eigen_symmetric_${SUFFIX[dtype]}`,
      [a.pointer, values.pointer, vectors?.pointer ?? 0, n, batches, slots, slotBytes, roomBytes, scratch],
      slots,
      1,
    );
  },
};
