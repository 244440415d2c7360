import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/stability-map";
import type { StabilityMapOptions } from "./options.ts";

/** As in cpu.as.ts: six coefficients of two kinds, real and imaginary, a vector each. */
const ROW_BYTES = 4 * 6 * 16;

/** As in reference.ts. */
const HALVINGS = { f32: 20, f64: 40 } as const;

/** Points worth a thread: about 60 µs. */
const GRAIN = 64;

export const stabilityMapCpu: CpuImplementation<StabilityMapOptions> = {
  module: cpuModule,
  run(call, { rows, columns, real, imaginary }) {
    const [state, slope] = call.inputs;
    const [y] = call.outputs;
    if (y.size === 0) return;
    const type = y.dtype === "float32" ? "f32" : "f64";
    const [first, step] = [real[0], columns > 1 ? (real[1] - real[0]) / (columns - 1) : 0];
    const [top, down] = rows > 1 ? [imaginary[1], (imaginary[0] - imaginary[1]) / (rows - 1)] : [imaginary[0], 0];
    const parameters = [state.pointer, slope.pointer, y.pointer, state.size, columns, first, step, top, down];
    parameters.push(HALVINGS[type], call.scratch(rows * ROW_BYTES));
    call.parallel(`stability_map_${type}`, parameters, rows, Math.max(1, Math.ceil(GRAIN / columns)));
  },
};
