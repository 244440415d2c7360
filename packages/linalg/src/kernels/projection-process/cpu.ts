import { bytesPerElement, type CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/projection-process";
import { matrixShape, realFlops } from "../../matrix-shape.ts";
import { SUFFIX, workspace } from "../../workspace.ts";

export const projectionProcessCpu: CpuImplementation<null> = {
  module: cpuModule,
  run(call) {
    const [features, uniforms] = call.inputs;
    const [chosen] = call.outputs;
    const { rows: size, columns: count, dtype } = matrixShape("projectionProcess: functions", features);
    const [samples] = uniforms.shape;
    if (chosen.size === 0) return;
    const bytes = bytesPerElement(dtype);
    // Residuals, the inner products with a direction, and the directions.
    const roomBytes = 64 * Math.ceil(((2 * count + size * size) * bytes) / 64);
    const flops = 2 * realFlops(dtype) * samples * size ** 2 * count;
    const { slotsFor, slotBytes, scratch } = workspace(call, flops, roomBytes);
    const slots = slotsFor(samples, flops);
    call.parallel(
      `projection_process_${SUFFIX[dtype]}`,
      [features.pointer, uniforms.pointer, chosen.pointer, size, count, samples, slots, slotBytes, scratch],
      slots,
      1,
    );
  },
};
