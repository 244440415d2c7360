import { cpuModule } from "#kernels/cumsum";
import { bytesPerElement, componentsPerElement, isComplex, partDType } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { lineGeometry } from "../arg-extremum/geometry.ts";
import type { CumsumOptions } from "./options.ts";

/** As in cpu.as.ts. */
const BLOCK = 1 << 14;
const TOTAL_BYTES = 16;

/** Elements worth a thread: 30 µs at 2 ns each. */
const GRAIN_ELEMENTS = 1 << 14;

/** Sums of int32 and uint32 have the same bits. */
const SUFFIX: Readonly<Record<string, string>> = { float32: "f32", float64: "f64", int32: "i32", uint32: "i32" };

export const cumsumCpu: CpuImplementation<CumsumOptions> = {
  module: cpuModule,
  run({ inputs: [x], outputs: [y], threads, scratch, invoke, parallel }, options) {
    if (y.size === 0) return;
    const part = isComplex(x.dtype) ? partDType(x.dtype) : x.dtype;
    const suffix = SUFFIX[part];
    const { outer, length, inner } = lineGeometry("cumsum", x.shape, options.axis);
    const columns = inner * componentsPerElement(x.dtype);
    const reverse = options.reverse ? 1 : 0;
    const exclusive = options.exclusive ? 1 : 0;
    if (columns > 1) {
      const blocks = Math.ceil(columns / (16 / bytesPerElement(part)));
      const grain = Math.ceil(GRAIN_ELEMENTS / (length * Math.min(4, columns)));
      const parameters = [x.pointer, y.pointer, length, columns, blocks, reverse, exclusive];
      parallel(`cumsum_columns_${suffix}`, parameters, outer * blocks, grain);
      return;
    }
    const blocks = Math.ceil(length / BLOCK);
    if (blocks === 1 || outer >= threads) {
      const totals = scratch(2 * outer * TOTAL_BYTES);
      const parameters = [x.pointer, y.pointer, totals, length, reverse, exclusive];
      parallel(`cumsum_lines_${suffix}`, parameters, outer, Math.ceil(GRAIN_ELEMENTS / length));
      return;
    }
    // Long lines, few of them: blocks among threads, once for their totals and once for the result. The same sums as line by line, bit for bit.
    const totals = scratch(outer * blocks * TOTAL_BYTES);
    const spare = scratch(2 * TOTAL_BYTES);
    parallel(`cumsum_totals_${suffix}`, [x.pointer, totals, length, blocks, reverse], outer * blocks, 1);
    invoke(`cumsum_offsets_${suffix}`, totals, spare, outer, blocks);
    const parameters = [x.pointer, y.pointer, totals, length, blocks, reverse, exclusive];
    parallel(`cumsum_blocks_${suffix}`, parameters, outer * blocks, 1);
  },
};
