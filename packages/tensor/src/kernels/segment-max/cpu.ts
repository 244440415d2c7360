import { cpuModule } from "#kernels/segment-max";
import { bytesPerElement } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { columnBlocks } from "../scatter/cpu.ts";
import type { SegmentMaxOptions } from "./options.ts";

/** Elements worth a thread: 30 µs and more. */
const GRAIN_ELEMENTS = 1 << 15;

const SUFFIX: Readonly<Record<string, string>> = { float32: "f32", float64: "f64", int32: "i32", uint32: "u32" };

export const segmentMaxCpu: CpuImplementation<SegmentMaxOptions> = {
  module: cpuModule,
  run({ inputs: [x, ids], outputs: [y], threads, parallel }, { segments }) {
    if (y.size === 0) return;
    const inner = sizeOf(y.shape.slice(1));
    const { blocks, block } = columnBlocks(1, inner, bytesPerElement(x.dtype), threads);
    const parameters = [x.pointer, ids.pointer, y.pointer, segments, ids.size, inner, block];
    const grain = Math.ceil(GRAIN_ELEMENTS / ((segments + ids.size) * block));
    parallel(`segment_max_${SUFFIX[x.dtype]}`, parameters, blocks, grain);
  },
};
