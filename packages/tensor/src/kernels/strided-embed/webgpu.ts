import type { WebGpuImplementation } from "../../kernel.ts";
import { stridesOf } from "../../shape.ts";
import { moveOnGpu } from "../strided-view/gpu-moves.ts";
import type { StridedEmbedOptions } from "./options.ts";

export const stridedEmbedWebGpu: WebGpuImplementation<StridedEmbedOptions> = {
  run(call, { offset, strides }) {
    const [x] = call.inputs;
    const [y] = call.outputs;
    if (x.size !== y.size) call.clear(y);
    moveOnGpu(call, x.shape, x, { offset: 0, strides: stridesOf(x.shape) }, y, { offset, strides });
  },
};
