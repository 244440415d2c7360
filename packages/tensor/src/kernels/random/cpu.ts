import { cpuModule } from "#kernels/random";
import type { CpuImplementation } from "../../kernel.ts";
import type { RandomKernelOptions } from "./options.ts";

/** As in cpu.as.ts. */
const GROUP_BYTES = 64;

/** Groups of 64 bytes worth a thread: 50 µs and more, at about 50 ns for bits and uniforms and 100 ns for normals. */
const GRAIN_GROUPS = 1 << 10;

export const randomCpu: CpuImplementation<RandomKernelOptions> = {
  module: cpuModule,
  run({ inputs: [key], outputs: [y], parallel }, { distribution, dtype }) {
    const bytes = dtype === "float64" ? 8 : 4;
    const suffix = distribution === "bits" ? "" : dtype === "float64" ? "_f64" : "_f32";
    const groups = Math.ceil((y.size * bytes) / GROUP_BYTES);
    parallel(`random_${distribution}${suffix}`, [key.pointer, y.pointer], groups, GRAIN_GROUPS);
  },
};
