import { axisOfExamples } from "../../differentiation/examples.ts";
import type { BatchContext } from "../../differentiation/primitive.ts";
import { bytesPerElement, componentsPerElement, DTYPES, type DType } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type KernelCase, type ReferenceArray, referenceArray, type TensorSpec } from "../../kernel.ts";
import { checkShape, normalizeAxes, type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { scatterSum } from "../scatter/index.ts";
import { gatherCpu } from "./cpu.ts";
import { jointIndices } from "./examples.ts";
import { type GatherOptions, gatherGeometry } from "./geometry.ts";
import { gatherTensorFlow } from "./tensorflow.ts";
import { gatherWebGpu } from "./webgpu.ts";

export type { GatherOptions } from "./geometry.ts";

/** Slices of a tensor picked by an index tensor, see `gather`. */
export const gatherKernel = defineKernel<GatherOptions>({
  name: "gather",
  summary: "Picks slices of a tensor along an axis by integer indices.",
  infer,
  cost(inputs, options) {
    const [{ shape, dtype }] = infer(inputs, options);
    return {
      flops: 0,
      bytes: 2 * sizeOf(shape) * bytesPerElement(dtype) + sizeOf(inputs[1].shape) * bytesPerElement("int32"),
    };
  },
  reference,
  cpu: gatherCpu,
  webgpu: gatherWebGpu,
  tensorflow: gatherTensorFlow,
  batch,
  derivatives: {
    structure: "linear",
    reverse: ([cotangent], { inputs: [x, indices], options: { axis } }) => [
      scatterSum(cotangent!, indices, x.shape.at(axis)!, axis < 0 ? axis + x.rank : axis),
      null,
    ],
  },
  cases,
  randomCase(random) {
    const shape = Array.from({ length: random.integer(1, 4) }, () => random.integer(1, 6));
    const axis = random.integer(-shape.length, shape.length - 1);
    const indexShape = Array.from({ length: random.integer(0, 2) }, () => random.integer(0, 9));
    const indices = random.array(indexShape, "int32", { below: shape.at(axis)! + 4 });
    // Two below the first to two beyond the last.
    const shifted = Array.from(indices.data, (index) => index - 2);
    const x = random.array(shape, random.pick(DTYPES));
    return {
      name: `${x.dtype} [${shape}] by [${indexShape}] along ${axis}`,
      inputs: [x, referenceArray("int32", indexShape, shifted)],
      options: { axis },
    };
  },
  // Values are moved, not computed.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

/**
 * Slices of `x` along an axis, picked by `indices`: `result[a…, i…, b…] = x[a…, indices[i…], b…]`, NumPy's `take(x, indices, axis, mode="clip")`.
 *
 * An index outside of the axis is moved to its nearest end on every device: below 0 it means the first slice, beyond the last it means the last. Negative
 * indices do not count from the end. (A GPU cannot refuse an index before the work is done.) The adjoint is `scatterAdd`, with the same rule.
 *
 * @param x any dtype, rank ≥ 1.
 * @param indices int32 of any shape.
 * @param options.axis axis of `x`, negative ones count from the end. Default: 0, so that `indices` picks rows.
 * @returns a tensor of `x`'s dtype and shape `[...x.shape before axis, ...indices.shape, ...x.shape after axis]`.
 * @throws InvalidInputError when `indices` are not int32, the axis does not exist, or there are indices but nothing along the axis to pick.
 */
export function gather<D extends DType>(
  x: Tensor<D>,
  indices: Tensor,
  options: Partial<GatherOptions> = {},
): Tensor<D> {
  return gatherKernel.run([x, indices], { axis: options.axis ?? 0 })[0] as Tensor<D>;
}

function batch(context: BatchContext<GatherOptions>): readonly Tensor[] | undefined {
  const { inputs, batched, options, run } = context;
  const [xIsBatched, indicesAreBatched] = batched;
  if (!indicesAreBatched) return run(inputs, { axis: axisOfExamples(options.axis) });
  const [x, indices] = inputs;
  const isFirst = options.axis === 0 || options.axis === (xIsBatched ? 1 : 0) - x.rank;
  if (!isFirst) return undefined;
  if (!xIsBatched) return run(inputs, { axis: 0 });
  const [count, extent, ...inner] = x.shape;
  return run([x.reshape([count * extent, ...inner]), jointIndices(indices, extent)], { axis: 0 });
}

function infer([x, indices]: readonly TensorSpec[], { axis }: GatherOptions): readonly TensorSpec[] {
  if (indices.dtype !== "int32") throw new InvalidInputError("gather: indices", "an int32 tensor", indices.dtype);
  if (x.shape.length === 0) throw new InvalidInputError("gather: x", "a tensor of rank 1 or more", "a scalar");
  const [position] = normalizeAxes("gather", x.shape.length, axis);
  if (x.shape[position] === 0 && sizeOf(indices.shape) > 0)
    throw new InvalidInputError(
      "gather: indices",
      `no indices, since x of shape [${x.shape}] has nothing along axis ${position}`,
      `indices of shape [${indices.shape}]`,
    );
  const shape = [...x.shape.slice(0, position), ...indices.shape, ...x.shape.slice(position + 1)];
  checkShape(shape, "gather: shape of the result");
  return [{ shape, dtype: x.dtype }];
}

function reference(inputs: readonly ReferenceArray[], options: GatherOptions): readonly ReferenceArray[] {
  const [x, indices] = inputs;
  const [{ shape, dtype }] = infer(inputs, options);
  const geometry = gatherGeometry(x.shape, indices.shape, options.axis);
  const { extent, rows, count } = geometry;
  const inner = geometry.inner * componentsPerElement(dtype);
  const values = Array.from({ length: rows * inner }, (_, position) => {
    const row = Math.floor(position / inner);
    const index = Math.min(Math.max(indices.data[row % count], 0), extent - 1);
    return x.data[(Math.floor(row / count) * extent + index) * inner + (position % inner)];
  });
  return [referenceArray(dtype, shape, values)];
}

function cases(): readonly KernelCase<GatherOptions>[] {
  const counting = (shape: Shape, dtype: DType = "float32") =>
    referenceArray(
      dtype,
      shape,
      Array.from({ length: sizeOf(shape) * componentsPerElement(dtype) }, (_, index) =>
        dtype === "bool" ? index % 2 : index,
      ),
    );
  const by = (shape: Shape, data: readonly number[]) => referenceArray("int32", shape, data);
  const special = referenceArray(
    "float32",
    [5],
    [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1],
  );
  const many = by(
    [20_000],
    Array.from({ length: 20_000 }, (_, k) => (k * 7) % 43),
  );
  const one = (name: string, x: ReferenceArray, indices: ReferenceArray, axis: number): KernelCase<GatherOptions> => ({
    name,
    inputs: [x, indices],
    options: { axis },
  });
  return [
    ...DTYPES.map((dtype) => one(`rows of ${dtype}`, counting([4, 3], dtype), by([3], [2, 0, 2]), 0)),
    ...DTYPES.map((dtype) => one(`elements of ${dtype}`, counting([2, 5], dtype), by([4], [4, 0, 3, 3]), 1)),
    one("a scalar index removes the axis", counting([3, 2]), by([], [1]), 0),
    one("a middle axis by a matrix of indices", counting([2, 3, 4]), by([2, 2], [0, 2, 1, 1]), -2),
    one("blocks longer than the loop copies", counting([3, 67]), by([4], [2, 1, 0, 2]), 0),
    one("blocks of whole vectors", counting([3, 2, 4]), by([5], [2, 1, 0, 2, 1]), 0),
    one("indices beyond both ends", counting([4, 2]), by([6], [-1, -(2 ** 31), 4, 2 ** 31 - 1, 0, 3]), 0),
    one("special values", special, by([6], [4, 3, 2, 1, 0, 0]), 0),
    one("no indices", counting([3, 2]), by([0], []), 0),
    one("no indices into an empty axis", counting([2, 0]), by([0], []), 1),
    one("nothing behind an index", counting([3, 0]), by([2], [0, 1]), 0),
    one("a single element", counting([1]), by([1], [0]), 0),
    one("more elements than one thread takes", counting([3, 40]), many, 1),
    one("more blocks than one thread takes", counting([2, 40, 2]), many, 1),
  ];
}
