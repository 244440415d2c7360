import type { Derivatives } from "../../differentiation/primitive.ts";
import { sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { convolutionKernel } from "../convolution/index.ts";
import { divide } from "../map/binary.ts";
import { scatterAlongAxisSum } from "../scatter/index.ts";
import { takeAlongAxis } from "../take-along-axis/index.ts";
import { windowArgmaxKernel } from "../window-argmax/index.ts";
import { windowGeometry } from "../window-argmax/windows.ts";
import { elementsInside, type PoolingKernelOptions } from "./options.ts";

export function poolingDerivatives({ operation }: PoolingKernelOptions): Derivatives<PoolingKernelOptions> {
  if (operation === "mean")
    return {
      structure: "linear",
      reverse: ([cotangent], { inputs: [x], options }) => [spread(cotangent!, x, options)],
    };
  return {
    structure: "nonlinear",
    reverse: ([cotangent], { inputs: [x], options }) => [
      scatterAlongAxisSum(planesOf(cotangent!), places(x, options), sizeOf(x.shape.slice(2)), 1).reshape(x.shape),
    ],
    forward: ([tangent], { inputs: [x], options }) => [chosen(tangent!, places(x, options), x, options)],
    taylor: ([series], order, { inputs: [x], options }) => {
      const indices = places(x, options);
      return [series.slice(1, order + 1).map((each) => each && chosen(each, indices, x, options))];
    },
  };
}

/** Positions of the largest elements, [planes, windows]. */
function places(x: Tensor, { window, stride, padding }: PoolingKernelOptions): Tensor {
  return planesOf(windowArgmaxKernel.run([x], { window, stride, padding })[0]);
}

function chosen(values: Tensor, indices: Tensor, x: Tensor, options: PoolingKernelOptions): Tensor {
  const extents = windowGeometry(x.shape, options).output.slice(5 - x.rank);
  return takeAlongAxis(planesOf(values), indices, { axis: 1 }).reshape([...x.shape.slice(0, 2), ...extents]);
}

/** [batch, channels, ...spatial] as [batch · channels, positions]. */
function planesOf(x: Tensor): Tensor {
  return x.reshape([x.shape[0] * x.shape[1], sizeOf(x.shape.slice(2))]);
}

/** The adjoint of means: each window's share to all of its elements. */
function spread(cotangent: Tensor, x: Tensor, options: PoolingKernelOptions): Tensor {
  const { window, stride, padding } = options;
  const [batch, channels, ...extents] = x.shape;
  const dilation = window.map(() => 1);
  const shares = divide(cotangent, divisorsOf(cotangent, x, options));
  const [planes] = convolutionKernel.run(
    [shares.reshape([batch * channels, 1, ...cotangent.shape.slice(2)]), x.device.full([1, 1, ...window], 1, x.dtype)],
    { product: "inputGradient", stride, padding, dilation, groups: 1, extents },
  );
  return planes.reshape(x.shape);
}

/** How many elements each mean is of: a number, or a tensor of the windows. */
function divisorsOf(cotangent: Tensor, x: Tensor, options: PoolingKernelOptions): Tensor | number {
  if (options.includePadding) return sizeOf(options.window);
  const geometry = windowGeometry(x.shape, options);
  const [depth, height, width] = geometry.output;
  const counts: number[] = [];
  for (let d = 0; d < depth; d++)
    for (let h = 0; h < height; h++)
      for (let w = 0; w < width; w++)
        counts.push(elementsInside(geometry, 0, d) * elementsInside(geometry, 1, h) * elementsInside(geometry, 2, w));
  return x.device.tensor(counts, cotangent.shape.slice(2), x.dtype);
}
