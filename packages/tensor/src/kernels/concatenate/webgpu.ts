import type { WebGpuImplementation } from "../../kernel.ts";
import { normalizeAxes, stridesOf } from "../../shape.ts";
import { moveOnGpu } from "../strided-view/gpu-moves.ts";
import type { ConcatenateOptions } from "./options.ts";

export const concatenateWebGpu: WebGpuImplementation<ConcatenateOptions> = {
  run(call, options) {
    const [y] = call.outputs;
    const [axis] = normalizeAxes("concatenate", y.shape.length, options.axis);
    const strides = stridesOf(y.shape);
    let start = 0;
    for (const x of call.inputs) {
      const place = { offset: start * strides[axis], strides };
      moveOnGpu(call, x.shape, x, { offset: 0, strides: stridesOf(x.shape) }, y, place);
      start += x.shape[axis];
    }
  },
};
