import { cpuModule } from "#kernels/complex-parts";
import type { CpuImplementation } from "../../kernel.ts";
import type { ComplexPartsOptions } from "./options.ts";

/** Elements worth a thread: about 40 µs of memory traffic. */
const GRAIN = 1 << 16;

export const complexPartsCpu: CpuImplementation<ComplexPartsOptions> = {
  module: cpuModule,
  run({ inputs, outputs: [y], parallel }, { operation }) {
    const pointers = inputs.map(({ pointer }) => pointer);
    const suffix = [inputs[0].dtype, y.dtype].some((dtype) => dtype === "float64" || dtype === "complex128")
      ? "f64"
      : "f32";
    if (operation === "real" || operation === "imag")
      parallel(`complex_parts_part_${suffix}`, [...pointers, y.pointer, operation === "real" ? 0 : 1], y.size, GRAIN);
    else parallel(`complex_parts_${operation}_${suffix}`, [...pointers, y.pointer], y.size, GRAIN);
  },
};
