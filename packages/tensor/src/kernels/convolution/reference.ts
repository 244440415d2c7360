import { type ReferenceArray, referenceArray } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import {
  type ConvolutionGeometry,
  type ConvolutionKernelOptions,
  convolutionGeometry,
  type Triple,
} from "./geometry.ts";

/** By the definition: every product of a filter's element with an input's element, added where it belongs. */
export function convolutionReference(
  inputs: readonly ReferenceArray[],
  options: ConvolutionKernelOptions,
): readonly ReferenceArray[] {
  const { geometry, shape } = convolutionGeometry(inputs, options);
  const { batches, groups, outputs, channels, input, window, output } = geometry;
  const [a, b] = inputs.map(({ data }) => data);
  const result = new Float64Array(sizeOf(shape));
  const [inputSize, windowSize, outputSize] = [sizeOf(input), sizeOf(window), sizeOf(output)];
  for (let p = 0; p < outputSize; p++)
    for (let k = 0; k < windowSize; k++) {
      const q = inputPosition(geometry, p, k);
      const isPadding = q < 0;
      for (let n = 0; n < batches; n++)
        for (let g = 0; g < groups; g++)
          for (let o = 0; o < outputs; o++)
            for (let c = 0; c < channels; c++) {
              const x = ((n * groups + g) * channels + c) * inputSize + q;
              const w = ((g * outputs + o) * channels + c) * windowSize + k;
              const y = ((n * groups + g) * outputs + o) * outputSize + p;
              // A padding zero meets the filter, as in IEEE arithmetic; as a result it does not exist.
              if (options.product === "forward") result[y] += b[w] * (isPadding ? 0 : a[x]);
              else if (options.product === "filterGradient") result[w] += b[y] * (isPadding ? 0 : a[x]);
              else if (!isPadding) result[x] += a[y] * b[w];
            }
    }
  return [referenceArray(inputs[0].dtype, shape, result)];
}

/** Where in the input element k of the window lies at result position p; −1 in the padding. */
function inputPosition(geometry: ConvolutionGeometry, p: number, k: number): number {
  const { input, window, output, stride, dilation, before } = geometry;
  const [start, element] = [positionOf(p, output), positionOf(k, window)];
  const at = start.map((index, axis) => index * stride[axis] + element[axis] * dilation[axis] - before[axis]);
  return at.some((index, axis) => index < 0 || index >= input[axis])
    ? -1
    : (at[0] * input[1] + at[1]) * input[2] + at[2];
}

function positionOf(index: number, [, height, width]: Triple): [number, number, number] {
  return [Math.floor(index / (height * width)), Math.floor(index / width) % height, index % width];
}
