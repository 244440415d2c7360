import { cpuModule } from "#kernels/strided-view";
import type { CpuImplementation } from "../../kernel.ts";
import { stridesOf } from "../../shape.ts";
import { moveOnCpu } from "./moves.ts";
import type { StridedViewOptions } from "./options.ts";

export const stridedViewCpu: CpuImplementation<StridedViewOptions> = {
  module: cpuModule,
  run(call, { shape, offset, strides }) {
    const [x] = call.inputs;
    const [y] = call.outputs;
    moveOnCpu(call, shape, x, { offset, strides }, y, { offset: 0, strides: stridesOf(shape) });
  },
};
