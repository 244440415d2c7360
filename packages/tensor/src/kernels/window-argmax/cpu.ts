import { cpuModule } from "#kernels/window-argmax";
import type { CpuImplementation } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { type WindowArgmaxOptions, windowGeometry } from "./index.ts";

/** Comparisons that take a thread about 40 µs. */
const GRAIN = 40_000;

export const windowArgmaxCpu: CpuImplementation<WindowArgmaxOptions> = {
  module: cpuModule,
  run({ inputs: [x], outputs: [y], upload, parallel }, options) {
    if (y.size === 0) return;
    const { input, window, output, stride, before } = windowGeometry(x.shape, options);
    const windows = upload(
      Int32Array.of(x.pointer | 0, y.pointer | 0, ...input, ...window, ...output, ...stride, ...before),
    );
    const rows = sizeOf(x.shape.slice(0, 2)) * output[0] * output[1];
    const grain = Math.ceil(GRAIN / (output[2] * sizeOf(window)));
    parallel(`window_argmax_${x.dtype === "float32" ? "f32" : "f64"}`, [windows], rows, grain);
  },
};
