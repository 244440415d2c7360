import { bytesPerElement, type CpuImplementation, isComplex } from "@ansatz/tensor";
import { cpuModule } from "#kernels/svd";
import { matrixShape } from "../../matrix-shape.ts";
import { PRODUCT_SCRATCH_BYTES, SUFFIX, workspace } from "../../workspace.ts";
import type { SvdOptions } from "./options.ts";

/** Reflectors applied together, as in the AssemblyScript. */
const BLOCK = 32;

export const svdCpu: CpuImplementation<SvdOptions> = {
  module: cpuModule,
  run(call, { vectors, full }) {
    const [a] = call.inputs;
    const [u, values, vt] = vectors ? call.outputs : [undefined, call.outputs[0], undefined];
    const { rows, columns, batches, dtype } = matrixShape("svd: a", a);
    const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
    if (batches === 0) return;
    if (short === 0) {
      for (const factor of [u, vt]) factor?.view().set(identities(factor.shape, batches, isComplex(dtype) ? 2 : 1));
      return;
    }
    const bytes = bytesPerElement(dtype);
    const leftCount = full ? long : short;
    const lines = (size: number) => 64 * Math.ceil(size / 64);
    const vector = lines(long * bytes);
    const blocks = bytes * (BLOCK * long + 2 * BLOCK * BLOCK + 2 * BLOCK * long);
    // A header, thirteen vectors, the matrix and a triangle, singular vectors of both sides, a product of reflectors.
    const roomBytes =
      128 +
      13 * vector +
      lines(long * short * bytes) +
      lines(short * short * bytes) +
      leftCount * (vector + 64) +
      short * (lines(short * bytes) + 64) +
      lines(long * leftCount * bytes) +
      lines(blocks);
    const flops = batches * 20 * long * short ** 2;
    const { slotsFor, slotBytes, scratch } = workspace(call, flops, roomBytes + PRODUCT_SCRATCH_BYTES);
    const slots = slotsFor(batches, flops);
    const pointers = [a.pointer, u?.pointer ?? 0, values.pointer, vt?.pointer ?? 0];
    const problem = call.upload(
      Uint32Array.of(...pointers, rows, columns, leftCount, batches, slotBytes, roomBytes, scratch),
    );
    call.parallel(`svd_${SUFFIX[dtype]}`, [problem, slots], slots, 1);
  },
};

/** Singular vectors of matrices without elements. */
function identities(shape: readonly number[], batches: number, parts: number): Float64Array {
  const [rows, columns] = shape.slice(-2);
  const values = new Float64Array(batches * rows * columns * parts);
  for (let batch = 0; batch < batches; batch++)
    for (let i = 0; i < Math.min(rows, columns); i++) values[((batch * rows + i) * columns + i) * parts] = 1;
  return values;
}
