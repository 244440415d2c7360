import { cpuModule } from "#kernels/gather";
import { bytesPerElement } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { type GatherOptions, gatherGeometry } from "./geometry.ts";

/** What takes a thread 30 µs or more: this many short blocks at 2 ns each, or this many bytes of long ones. */
const GRAIN_ROWS = 1 << 14;
const GRAIN_BYTES = 1 << 20;

export const gatherCpu: CpuImplementation<GatherOptions> = {
  module: cpuModule,
  run({ inputs: [x, indices], outputs: [y], parallel }, { axis }) {
    if (y.size === 0) return;
    const { extent, count, inner, rows } = gatherGeometry(x.shape, indices.shape, axis);
    const bytes = bytesPerElement(x.dtype);
    const parameters = [x.pointer, indices.pointer, y.pointer, extent, count];
    const grain = Math.ceil(Math.min(GRAIN_ROWS, GRAIN_BYTES / (inner * bytes)));
    if (inner === 1 && bytes <= 8) parallel(`gather_u${8 * bytes}`, parameters, rows, grain);
    else parallel("gather_blocks", [...parameters, inner * bytes], rows, grain);
  },
};
