import type { CpuImplementation, FloatDType } from "@ansatz/tensor";
import { cpuModule } from "#kernels/newton-sum";
import { SUFFIX } from "../../workspace.ts";

/** Pairs worth a thread: about 40 µs. */
const GRAIN = 1 << 14;

export const newtonSumCpu: CpuImplementation<null> = {
  module: cpuModule,
  run({ inputs: [points, sources, charges], outputs: [values], parallel }) {
    const [extent] = points.shape;
    if (extent === 0) return;
    const parameters = [points.pointer, sources.pointer, charges.pointer, charges.size, extent, values.pointer];
    const grain = Math.max(4, Math.ceil(GRAIN / Math.max(1, charges.size)));
    parallel(`newton_sum_${SUFFIX[values.dtype as FloatDType]}`, parameters, extent, grain);
  },
};
