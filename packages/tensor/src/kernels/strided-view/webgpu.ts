import type { WebGpuImplementation } from "../../kernel.ts";
import { stridesOf } from "../../shape.ts";
import { moveOnGpu } from "./gpu-moves.ts";
import type { StridedViewOptions } from "./options.ts";

export const stridedViewWebGpu: WebGpuImplementation<StridedViewOptions> = {
  run(call, { shape, offset, strides }) {
    const [x] = call.inputs;
    const [y] = call.outputs;
    moveOnGpu(call, shape, x, { offset, strides }, y, { offset: 0, strides: stridesOf(shape) });
  },
};
