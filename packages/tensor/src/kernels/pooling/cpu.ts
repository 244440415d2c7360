import { cpuModule } from "#kernels/pooling";
import { bytesPerElement, type FloatDType, hostArray } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { windowGeometry, windowWords } from "../window-argmax/windows.ts";
import { elementsInside, type PoolingKernelOptions } from "./options.ts";

/** Elements that take a thread about 40 µs. */
const GRAIN_ELEMENTS = 1 << 17;

/** Shares the work is divided into, each with a row of its own to work in. */
const MAXIMUM_SHARES = 64;

export const poolingCpu: CpuImplementation<PoolingKernelOptions> = {
  module: cpuModule,
  run({ inputs: [x], outputs: [y], scratch, upload, parallel }, options) {
    if (y.size === 0) return;
    const geometry = windowGeometry(x.shape, options);
    const { input, window, output, stride } = geometry;
    const dtype = x.dtype as FloatDType;
    const lanes = 16 / bytesPerElement(dtype);
    const rows = sizeOf(x.shape.slice(0, 2)) * output[0] * output[1];
    const shares = Math.min(rows, MAXIMUM_SHARES);
    // The row with its padding, and what vectors reach beyond it.
    const [, , width] = output;
    const reach = (Math.ceil(width / lanes) * lanes + 1) * stride[2] + window[2] + lanes;
    const bufferBytes = Math.ceil((Math.max(reach, input[2] + window[2] + lanes) * bytesPerElement(dtype)) / 64) * 64;
    const divisors = hostArray(dtype, width) as Float32Array | Float64Array;
    for (let column = 0; column < width; column++)
      divisors[column] = options.includePadding ? window[2] : elementsInside(geometry, 2, column);
    const parameters = [
      upload(windowWords(x, y, geometry)),
      upload(divisors),
      scratch(shares * bufferBytes),
      bufferBytes,
      rows,
      shares,
      options.includePadding ? 1 : 0,
    ];
    const grain = Math.ceil((GRAIN_ELEMENTS * shares) / (rows * input[2] * window[0] * window[1]));
    parallel(`pooling_${options.operation}_${dtype === "float32" ? "f32" : "f64"}`, parameters, shares, grain);
  },
};
