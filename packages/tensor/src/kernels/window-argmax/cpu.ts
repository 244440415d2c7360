import { cpuModule } from "#kernels/window-argmax";
import type { CpuImplementation } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { type WindowOptions, windowGeometry, windowWords } from "./windows.ts";

/** Comparisons that take a thread about 40 µs. */
const GRAIN = 40_000;

export const windowArgmaxCpu: CpuImplementation<WindowOptions> = {
  module: cpuModule,
  run({ inputs: [x], outputs: [y], upload, parallel }, options) {
    if (y.size === 0) return;
    const geometry = windowGeometry(x.shape, options);
    const { output, window } = geometry;
    const rows = sizeOf(x.shape.slice(0, 2)) * output[0] * output[1];
    const grain = Math.ceil(GRAIN / (output[2] * sizeOf(window)));
    parallel(
      `window_argmax_${x.dtype === "float32" ? "f32" : "f64"}`,
      [upload(windowWords(x, y, geometry))],
      rows,
      grain,
    );
  },
};
