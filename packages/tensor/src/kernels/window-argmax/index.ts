import { bytesPerElement, isFloat } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { randomWindowCase, windowCases } from "./cases.ts";
import { windowArgmaxCpu } from "./cpu.ts";
import { windowArgmaxTensorFlow } from "./tensorflow.ts";
import { windowArgmaxWebGpu } from "./webgpu.ts";
import { type WindowOptions, windowGeometry } from "./windows.ts";

/** Where the largest element of each window is: its position among all spatial positions, in row-major order. Padding is never it; NaN is; the first of equals. */
export const windowArgmaxKernel = defineKernel<WindowOptions>({
  name: "window-argmax",
  summary: "Position of the largest element in each window of a pooling.",
  infer: ([x], options) => {
    if (!isFloat(x.dtype)) throw new InvalidInputError("maxPool: x", "float32 or float64", x.dtype);
    const { output } = windowGeometry(x.shape, options);
    const extents = output.slice(3 - (x.shape.length - 2));
    return [{ shape: [...x.shape.slice(0, 2), ...extents], dtype: "int32" }];
  },
  cost: ([x], options) => {
    const { output, window } = windowGeometry(x.shape, options);
    const positions = sizeOf(x.shape.slice(0, 2)) * sizeOf(output);
    return { flops: positions * sizeOf(window), bytes: sizeOf(x.shape) * bytesPerElement(x.dtype) + positions * 4 };
  },
  reference,
  cpu: windowArgmaxCpu,
  webgpu: windowArgmaxWebGpu,
  tensorflow: windowArgmaxTensorFlow,
  batch: ({ inputs: [x], count, options, run }) => {
    const [y] = run([x.reshape([count * x.shape[1], ...x.shape.slice(2)])], options);
    return [y.reshape([count, x.shape[1], ...y.shape.slice(1)])];
  },
  cases: windowCases,
  randomCase: randomWindowCase,
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

function reference([x]: readonly ReferenceArray[], options: WindowOptions): readonly ReferenceArray[] {
  const { input, window, output, stride, before } = windowGeometry(x.shape, options);
  const planes = sizeOf(x.shape.slice(0, 2));
  const size = sizeOf(input);
  const results: number[] = [];
  for (let plane = 0; plane < planes; plane++)
    for (let d = 0; d < output[0]; d++)
      for (let h = 0; h < output[1]; h++)
        for (let w = 0; w < output[2]; w++) {
          let best = -1;
          for (let kd = 0; kd < window[0]; kd++)
            for (let kh = 0; kh < window[1]; kh++)
              for (let kw = 0; kw < window[2]; kw++) {
                const at = [
                  d * stride[0] + kd - before[0],
                  h * stride[1] + kh - before[1],
                  w * stride[2] + kw - before[2],
                ];
                if (at.some((index, axis) => index < 0 || index >= input[axis])) continue;
                const position = (at[0] * input[1] + at[1]) * input[2] + at[2];
                if (best < 0 || isLarger(x.data[plane * size + position], x.data[plane * size + best])) best = position;
              }
          results.push(best);
        }
  const extents = output.slice(3 - (x.shape.length - 2));
  return [referenceArray("int32", [...x.shape.slice(0, 2), ...extents], results)];
}

function isLarger(value: number, best: number): boolean {
  return value > best || (Number.isNaN(value) && !Number.isNaN(best));
}
