import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/solve-triangular";
import { matrixShape } from "../../matrix-shape.ts";
import { PRODUCT_SCRATCH_BYTES, SUFFIX, workspace } from "../../workspace.ts";
import type { SolveTriangularOptions } from "./options.ts";

/** Right-hand sides that a unit of work takes where threads share them; all of them otherwise. */
const COLUMNS = 64;

export const solveTriangularCpu: CpuImplementation<SolveTriangularOptions> = {
  module: cpuModule,
  run(call, { lower, transpose, unitDiagonal }) {
    const [t, b] = call.inputs;
    const [x] = call.outputs;
    if (x.size === 0) return;
    const { rows: n, columns, batches, dtype } = matrixShape("solveTriangular: b", b);
    if (x.pointer !== b.pointer) x.view().set(b.view());
    const width = call.threads > 1 ? Math.min(columns, COLUMNS) : columns;
    const flops = batches * columns * n * n;
    const { slotsFor, slotBytes, scratch } = workspace(call, flops, PRODUCT_SCRATCH_BYTES);
    const slots = slotsFor(batches * Math.ceil(columns / width), flops);
    const flags = [lower, transpose, unitDiagonal].map(Number);
    const parameters = [t.pointer, x.pointer, n, columns, width, ...flags, batches, slots, slotBytes, scratch];
    call.parallel(`solve_triangular_${SUFFIX[dtype]}`, parameters, slots, 1);
  },
};
