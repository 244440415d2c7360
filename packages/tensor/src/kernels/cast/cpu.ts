import { cpuModule } from "#kernels";
import type { CpuImplementation } from "../../kernel.ts";
import type { CastOptions } from "./index.ts";

export const castCpu: CpuImplementation<CastOptions> = {
  module: cpuModule,
  run({ inputs: [x], outputs: [y], parallel }) {
    parallel("cast_f32_f64", [x.pointer, y.pointer], x.size, 1 << 16);
  },
};
