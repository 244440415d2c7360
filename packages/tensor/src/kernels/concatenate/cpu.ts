import { cpuModule } from "#kernels/strided-view";
import type { CpuImplementation } from "../../kernel.ts";
import { normalizeAxes, stridesOf } from "../../shape.ts";
import { moveOnCpu } from "../strided-view/moves.ts";
import type { ConcatenateOptions } from "./options.ts";

export const concatenateCpu: CpuImplementation<ConcatenateOptions> = {
  module: cpuModule,
  run(call, options) {
    const [y] = call.outputs;
    const [axis] = normalizeAxes("concatenate", y.shape.length, options.axis);
    const strides = stridesOf(y.shape);
    let start = 0;
    for (const x of call.inputs) {
      const place = { offset: start * strides[axis], strides };
      moveOnCpu(call, x.shape, x, { offset: 0, strides: stridesOf(x.shape) }, y, place);
      start += x.shape[axis];
    }
  },
};
