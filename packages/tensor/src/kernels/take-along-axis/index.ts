import { axisOfExamples, withExamples } from "../../differentiation/examples.ts";
import { bytesPerElement, componentsPerElement, DTYPES, type DType } from "../../dtype.ts";
import { defineKernel, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { scatterAlongAxisSum } from "../scatter/index.ts";
import { takeAlongAxisCpu } from "./cpu.ts";
import { type AlongAxisOptions, alongAxisGeometry, checkAlongAxis } from "./geometry.ts";
import { takeAlongAxisTensorFlow } from "./tensorflow.ts";
import { takeAlongAxisWebGpu } from "./webgpu.ts";

export type { AlongAxisOptions } from "./geometry.ts";

/** Elements of each line of a tensor picked by indices of that line, see `takeAlongAxis`. */
export const takeAlongAxisKernel = defineKernel<AlongAxisOptions>({
  name: "take-along-axis",
  summary: "Picks elements along an axis by one integer index for each element of the result.",
  infer([x, indices], { axis }) {
    checkAlongAxis("takeAlongAxis", x, indices, axis);
    return [{ shape: indices.shape, dtype: x.dtype }];
  },
  cost: ([x, indices]) => ({
    flops: 0,
    bytes: sizeOf(indices.shape) * (2 * bytesPerElement(x.dtype) + bytesPerElement("int32")),
  }),
  reference,
  cpu: takeAlongAxisCpu,
  webgpu: takeAlongAxisWebGpu,
  tensorflow: takeAlongAxisTensorFlow,
  batch: (context) => context.run(withExamples(context), { axis: axisOfExamples(context.options.axis) }),
  derivatives: {
    structure: "linear",
    reverse: ([cotangent], { inputs: [x, indices], options: { axis } }) => [
      scatterAlongAxisSum(cotangent!, indices, x.shape.at(axis)!, axis),
      null,
    ],
  },
  cases,
  randomCase(random) {
    const shape = Array.from({ length: random.integer(1, 4) }, () => random.integer(1, 6));
    const axis = random.integer(-shape.length, shape.length - 1);
    const dtype = random.pick(DTYPES);
    const indexShape = shape.with(axis, random.integer(0, 9));
    const indices = random.array(indexShape, "int32", { below: shape.at(axis)! + 4 });
    // Two below the first to two beyond the last.
    const shifted = Array.from(indices.data, (index) => index - 2);
    return {
      name: `${dtype} [${shape}] by [${indexShape}] along ${axis}`,
      inputs: [random.array(shape, dtype), referenceArray("int32", indexShape, shifted)],
      options: { axis },
    };
  },
  // Values are moved, not computed.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

/**
 * Elements of `x` along an axis, one for each index: `result[a…, k, b…] = x[a…, indices[a…, k, b…], b…]`, NumPy's `take_along_axis`. It applies what `argsort`, `argmax` and `topK` found.
 *
 * An index outside of the axis is moved to its nearest end on every device; negative indices do not count from the end. The adjoint is `scatterAlongAxis` that adds, with the same rule.
 *
 * @param x any dtype, rank ≥ 1.
 * @param indices int32, of the shape of `x` but for the axis, where any extent will do.
 * @param options.axis axis of `x`, negative ones count from the end. Default: −1, the last.
 * @returns a tensor of `x`'s dtype and the shape of `indices`.
 * @throws InvalidInputError when `indices` are not int32 or of another shape, the axis does not exist, or there are indices but nothing along the axis to pick.
 */
export function takeAlongAxis<D extends DType>(
  x: Tensor<D>,
  indices: Tensor,
  options: Partial<AlongAxisOptions> = {},
): Tensor<D> {
  return takeAlongAxisKernel.run([x, indices], { axis: options.axis ?? -1 })[0] as Tensor<D>;
}

function reference([x, indices]: readonly ReferenceArray[], { axis }: AlongAxisOptions): readonly ReferenceArray[] {
  const { extent, count, inner } = alongAxisGeometry(x.shape, indices.shape, axis);
  const parts = componentsPerElement(x.dtype);
  const values = Array.from(indices.data, (index, position) => {
    const slab = Math.floor(position / (count * inner)) * extent;
    const from = (slab + Math.min(Math.max(index, 0), extent - 1)) * inner + (position % inner);
    return Array.from(x.data.slice(from * parts, (from + 1) * parts));
  });
  return [referenceArray(x.dtype, indices.shape, values.flat())];
}

function cases(): readonly KernelCase<AlongAxisOptions>[] {
  const counting = (shape: Shape, dtype: DType = "float32") =>
    referenceArray(
      dtype,
      shape,
      Array.from({ length: sizeOf(shape) * componentsPerElement(dtype) }, (_, index) =>
        dtype === "bool" ? index % 2 : index,
      ),
    );
  const spread = (shape: Shape, extent: number) =>
    referenceArray(
      "int32",
      shape,
      Array.from({ length: sizeOf(shape) }, (_, index) => (index * 7) % extent),
    );
  const one = (
    name: string,
    x: ReferenceArray,
    indices: ReferenceArray,
    axis: number,
  ): KernelCase<AlongAxisOptions> => ({ name, inputs: [x, indices], options: { axis } });
  const special = referenceArray("float32", [4], [Number.NaN, Number.POSITIVE_INFINITY, -0, 1]);
  const ends = referenceArray("int32", [6], [-1, -(2 ** 31), 4, 2 ** 31 - 1, 0, 3]);
  return [
    ...DTYPES.map((dtype) => one(`the last axis of ${dtype}`, counting([2, 5], dtype), spread([2, 4], 5), -1)),
    ...DTYPES.map((dtype) => one(`the first axis of ${dtype}`, counting([5, 3], dtype), spread([4, 3], 5), 0)),
    one("a middle axis", counting([2, 3, 4]), spread([2, 5, 4], 3), 1),
    one("indices beyond both ends", counting([4]), ends, 0),
    one("special values", special, referenceArray("int32", [5], [3, 2, 1, 0, 0]), 0),
    one("no indices", counting([3, 2]), spread([0, 2], 3), 0),
    one("no lines", counting([3, 0]), spread([2, 0], 3), 0),
    one("more rows than one thread takes", counting([9000, 3]), spread([9000, 7], 3), 1),
  ];
}
