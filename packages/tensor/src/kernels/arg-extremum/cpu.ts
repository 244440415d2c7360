import { cpuModule } from "#kernels/arg-extremum";
import { bytesPerElement } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { type ArgExtremumOptions, lineGeometry } from "./geometry.ts";

/** Elements worth a thread: 30 µs and more. */
const GRAIN_ELEMENTS = 1 << 17;

const SUFFIX: Readonly<Record<string, string>> = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
  uint32: "u32",
  bool: "bool",
};

export const argExtremumCpu: CpuImplementation<ArgExtremumOptions> = {
  module: cpuModule,
  run({ inputs: [x], outputs: [y], parallel }, { operation, axis }) {
    if (y.size === 0) return;
    const { outer, length, inner } = lineGeometry(operation, x.shape, axis);
    const lanes = 16 / bytesPerElement(x.dtype);
    const blocks = Math.ceil(inner / lanes);
    const units = outer * blocks;
    parallel(
      `arg_extremum_${SUFFIX[x.dtype]}`,
      [x.pointer, y.pointer, length, inner, blocks, operation === "argmax" ? 1 : 0],
      units,
      Math.ceil((GRAIN_ELEMENTS * units) / x.size),
    );
  },
};
