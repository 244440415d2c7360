import { cpuModule } from "#kernels/argsort";
import type { CpuImplementation } from "../../kernel.ts";
import { type ArgsortOptions, sortGeometry } from "./geometry.ts";

/** Elements worth a thread: 30 µs and more at about 10 ns each. */
const GRAIN_ELEMENTS = 1 << 12;

/** Counters of the digits of the longest keys, as in cpu.as.ts. */
const COUNTER_BYTES = 8 * 256 * 4;

const SUFFIX: Readonly<Record<string, string>> = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
  uint32: "u32",
  bool: "bool",
};

export const argsortCpu: CpuImplementation<ArgsortOptions> = {
  module: cpuModule,
  run({ inputs: [x], outputs: [y], threads, scratch, parallel }, options) {
    if (y.size === 0) return;
    const { lines, length, inner, count } = sortGeometry(x.shape, options);
    const keyBytes = x.dtype === "float64" ? 8 : 4;
    const scratchBytes = Math.ceil((length * 2 * (keyBytes + 4) + COUNTER_BYTES) / 64) * 64;
    const shares = Math.min(lines, threads);
    const descending = options.descending ? 1 : 0;
    const room = scratch(shares * scratchBytes);
    parallel(
      `argsort_${SUFFIX[x.dtype]}`,
      [x.pointer, y.pointer, room, scratchBytes, lines, length, inner, count, descending, shares],
      shares,
      Math.ceil((GRAIN_ELEMENTS * shares) / (lines * length)),
    );
  },
};
