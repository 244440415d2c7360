import { cpuModule } from "#kernels/strided-view";
import { bytesPerElement } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { stridesOf } from "../../shape.ts";
import { moveOnCpu } from "../strided-view/moves.ts";
import type { StridedEmbedOptions } from "./options.ts";

/** Bytes of zeros worth a thread: about 40 µs. */
const GRAIN_BYTES = 1 << 20;

export const stridedEmbedCpu: CpuImplementation<StridedEmbedOptions> = {
  module: cpuModule,
  run(call, { offset, strides }) {
    const [x] = call.inputs;
    const [y] = call.outputs;
    if (x.size !== y.size) call.parallel("strided_clear", [y.pointer], y.size * bytesPerElement(y.dtype), GRAIN_BYTES);
    moveOnCpu(call, x.shape, x, { offset: 0, strides: stridesOf(x.shape) }, y, { offset, strides });
  },
};
