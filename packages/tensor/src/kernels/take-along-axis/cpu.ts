import { cpuModule } from "#kernels/take-along-axis";
import { bytesPerElement } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { type AlongAxisOptions, alongAxisGeometry } from "./geometry.ts";

/** Elements worth a thread: 30 µs at 2 ns each. */
const GRAIN_ELEMENTS = 1 << 14;

export const takeAlongAxisCpu: CpuImplementation<AlongAxisOptions> = {
  module: cpuModule,
  run({ inputs: [x, indices], outputs: [y], parallel }, { axis }) {
    if (y.size === 0) return;
    const { outer, extent, count, inner } = alongAxisGeometry(x.shape, indices.shape, axis);
    const parameters = [x.pointer, indices.pointer, y.pointer, extent, count, inner];
    const name = `take_along_axis_u${8 * bytesPerElement(x.dtype)}`;
    parallel(name, parameters, outer * count, Math.ceil(GRAIN_ELEMENTS / inner));
  },
};
