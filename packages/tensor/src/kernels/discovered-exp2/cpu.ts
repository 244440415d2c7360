import { cpuModule } from "#kernels/discovered-exp2";
import type { CpuImplementation } from "../../kernel.ts";

/** Elements of a vector. */
const LANES = 4;
/** Vectors worth a thread: some 40 µs. */
const GRAIN = 1 << 14;

export const discoveredExp2Cpu: CpuImplementation<undefined> = {
  module: cpuModule,
  run({ inputs: [x], outputs: [y], parallel }) {
    parallel("discovered_exp2_f32", [x.pointer, y.pointer], Math.ceil(x.size / LANES), GRAIN);
  },
};
