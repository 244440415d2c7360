import { cpuModule } from "#kernels/complex-map";
import type { CpuImplementation } from "../../kernel.ts";
import { callBlock } from "../map/call-block.ts";
import type { ComplexMapOptions } from "./options.ts";

/** Elements worth a thread: about 40 µs. */
const GRAIN = 1 << 15;

export const complexMapCpu: CpuImplementation<ComplexMapOptions> = {
  module: cpuModule,
  run(call, { operation }) {
    const { inputs, outputs, parallel } = call;
    const [y] = outputs;
    if (y.size === 0) return;
    const suffix = y.dtype === "complex64" ? "f32" : "f64";
    if (operation === "neg") parallel(`complex_neg_${suffix}`, [inputs[0].pointer, y.pointer], 2 * y.size, 2 * GRAIN);
    else parallel(`complex_${operation}_${suffix}`, [callBlock(call, inputs, y.dtype, y)], y.size, GRAIN);
  },
};
