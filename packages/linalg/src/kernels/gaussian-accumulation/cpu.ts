import type { CpuImplementation, FloatDType } from "@ansatz/tensor";
import { cpuModule } from "#kernels/gaussian-accumulation";
import { PRODUCT_SCRATCH_BYTES, SUFFIX, workspace } from "../../workspace.ts";

/** Gaussians taken at once, as in the AssemblyScript. */
const BLOCK = 256;

export const gaussianAccumulationCpu: CpuImplementation<null> = {
  module: cpuModule,
  run(call) {
    const [, charges, exponents, , x, y, z] = call.inputs;
    const [values] = call.outputs;
    if (values.size === 0) return;
    const bytes = values.dtype === "float32" ? 4 : 8;
    const flops = 2 * values.size * charges.size * exponents.size;
    const rows = 5 + 1 + 2 * y.size + z.size;
    const space = workspace(call, flops, PRODUCT_SCRATCH_BYTES + BLOCK * bytes * rows);
    const slots = space.slotsFor(x.size, flops);
    const problem = call.upload(
      Uint32Array.of(
        ...[...call.inputs, values].map(({ pointer }) => pointer),
        charges.size,
        exponents.size,
        x.size,
        y.size,
        z.size,
        space.scratch,
        space.slotBytes,
      ),
    );
    const name = `gaussian_accumulation_${SUFFIX[values.dtype as FloatDType]}`;
    call.parallel(name, [problem, PRODUCT_SCRATCH_BYTES, slots], slots, 1);
  },
};
