import { withExamples } from "../../differentiation/examples.ts";
import type { BatchContext } from "../../differentiation/primitive.ts";
import { bytesPerElement, componentsPerElement, DTYPES, type DType, isDifferentiable } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type TensorSpec, type Tolerance } from "../../kernel.ts";
import { normalizeAxes, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { jointIndices } from "../gather/examples.ts";
import { randomScatterCase, scatterCases } from "./cases.ts";
import { scatterCpu } from "./cpu.ts";
import { scatterDerivatives } from "./derivatives.ts";
import { type ScatterOptions, scatterShape } from "./geometry.ts";
import { scatterReference } from "./reference.ts";
import { scatterTensorFlow } from "./tensorflow.ts";
import { scatterWebGpu } from "./webgpu.ts";

export type { ScatterOptions } from "./geometry.ts";

/** Dtypes that add up. */
const SUMMABLE: readonly DType[] = DTYPES.filter((dtype) => dtype !== "bool");

/** Updates that go to indexed places of a tensor or of zeros, see `scatterAdd`, `scatter` and `scatterAlongAxis`. Inputs: updates, indices and, unless the result starts as zeros, x. */
export const scatterKernel = defineKernel<ScatterOptions>({
  name: "scatter",
  summary: "Adds updates to indexed places along an axis, or sets them.",
  infer(inputs, options) {
    const operation = operationOf(options);
    const [{ dtype }] = inputs;
    if (options.mode !== "add" && options.mode !== "set")
      throw new InvalidInputError(`${operation}: mode`, '"add" or "set"', options.mode);
    if (options.mode === "add" && !SUMMABLE.includes(dtype))
      throw new InvalidInputError(`${operation}: updates`, `a tensor of ${SUMMABLE.join(", ")}`, dtype);
    return [{ shape: scatterShape(operation, inputs, options), dtype }];
  },
  cost(inputs, options) {
    const [updates, indices, x] = inputs;
    const bytesOf = ({ shape, dtype }: TensorSpec) => sizeOf(shape) * bytesPerElement(dtype);
    const result = { shape: scatterShape("scatter", inputs, options), dtype: updates.dtype };
    return {
      flops: options.mode === "add" ? sizeOf(updates.shape) * componentsPerElement(updates.dtype) : 0,
      bytes: bytesOf(updates) + bytesOf(indices) + (x ? bytesOf(x) : 0) + bytesOf(result),
    };
  },
  reference: (inputs, options) => [scatterReference(inputs, options)],
  cpu: scatterCpu,
  webgpu: scatterWebGpu,
  tensorflow: scatterTensorFlow,
  batch,
  derivatives: scatterDerivatives,
  cases: scatterCases,
  randomCase: randomScatterCase,
  tolerance: toleranceOf,
});

function batch(context: BatchContext<ScatterOptions>): readonly Tensor[] | undefined {
  const { inputs, batched, count, options, run } = context;
  const axis = options.axis + 1;
  if (options.along) return run(withExamples(context), { ...options, axis });
  if (!batched[1]) {
    const indices = inputs[1];
    return run(withExamples(context).with(1, indices), { ...options, axis });
  }
  if (options.axis !== 0) return undefined;
  // All examples' places one after the other are the places of one large result.
  const [updates, indices, x] = withExamples(context);
  const extent = x?.shape[1] ?? options.extent!;
  const joint = [updates, jointIndices(indices, extent)];
  if (x) joint.push(x.reshape([count * extent, ...x.shape.slice(2)]));
  const [result] = run(joint, { ...options, extent: count * extent });
  return [result.reshape([count, extent, ...result.shape.slice(1)])];
}

/** Sums of so many terms, added up one after the other: half an ulp of the sum of their magnitudes for each. Values that are set are moved. */
function toleranceOf(
  dtype: DType,
  [, indices]: readonly TensorSpec[],
  { mode, along, axis }: ScatterOptions,
): Tolerance {
  if (mode === "set" || !isDifferentiable(dtype)) return { relative: 0, absolute: 0 };
  const u = dtype === "float32" || dtype === "complex64" ? 2 ** -24 : 2 ** -53;
  const terms = 1 + (along ? indices.shape[axis] : sizeOf(indices.shape));
  // Standard normal terms, all of them in one place at worst; partial sums are far below the sum of magnitudes.
  return { relative: u, absolute: terms * 4 * u };
}

function operationOf({ mode, along }: ScatterOptions): string {
  if (along) return "scatterAlongAxis";
  return mode === "add" ? "scatterAdd" : "scatter";
}

export interface ScatterAxisOptions {
  /** Axis of `x` that the indices run along; negative ones count from the end. Default: 0. */
  readonly axis?: number;
}

/**
 * `x` with slices added to it at indexed places: `result[a…, indices[i…], b…] += updates[a…, i…, b…]` for every index, however often it occurs; PyTorch's `index_add`. The adjoint of `gather`.
 *
 * An index outside of the axis is moved to its nearest end, as in `gather`; so each is exactly the other's transpose. Negative indices do not count from the end.
 *
 * Floats are added in the order of the indices on cpu, where the result does not depend on the number of threads; on webgpu updates are sorted by destination, and each destination's
 * are added in an order that depends on the shapes only. Both give the same bits at every run. On tensorflow the engine decides.
 *
 * @param x any dtype but bool, rank ≥ 1.
 * @param indices int32 of any shape.
 * @param updates of the dtype of `x` and the shape `[...x.shape before axis, ...indices.shape, ...x.shape after axis]`.
 * @throws InvalidInputError when dtypes or shapes do not fit, the axis does not exist, or there are indices but nothing along the axis.
 */
export function scatterAdd<D extends DType>(
  x: Tensor<D>,
  indices: Tensor,
  updates: Tensor<D>,
  { axis = 0 }: ScatterAxisOptions = {},
): Tensor<D> {
  return scattered(x, indices, updates, { axis, mode: "add", along: false });
}

/**
 * `x` with slices replaced at indexed places: `result[a…, indices[i…], b…] = updates[a…, i…, b…]`. Where an index occurs again, the last of its updates stays, on every device.
 * Indices outside of the axis are moved to its nearest end, as in `gather`.
 *
 * The derivative follows what is in the result: that of an update which did not stay is 0, and so is that of what was replaced.
 *
 * @param x any dtype, rank ≥ 1.
 * @param indices int32 of any shape.
 * @param updates of the dtype of `x` and the shape `[...x.shape before axis, ...indices.shape, ...x.shape after axis]`.
 * @throws InvalidInputError when dtypes or shapes do not fit, the axis does not exist, or there are indices but nothing along the axis.
 */
export function scatter<D extends DType>(
  x: Tensor<D>,
  indices: Tensor,
  updates: Tensor<D>,
  { axis = 0 }: ScatterAxisOptions = {},
): Tensor<D> {
  return scattered(x, indices, updates, { axis, mode: "set", along: false });
}

export interface ScatterAlongAxisOptions {
  /** Axis of `x` that the indices run along; negative ones count from the end. Default: −1, the last. */
  readonly axis?: number;
  /** Whether updates replace what they meet (the last one stays) or are added to it. Default: `"set"`. */
  readonly mode?: "set" | "add";
}

/**
 * `x` with elements replaced or added to along an axis, with an index for each: `result[a…, indices[a…, k, b…], b…] = updates[a…, k, b…]`, or `+=`; NumPy's `put_along_axis`, PyTorch's `scatter_add`.
 * Adding is the adjoint of `takeAlongAxis`. Indices outside of the axis are moved to its nearest end; order and derivatives as for `scatterAdd` and `scatter`.
 *
 * @param x any dtype (to add: any but bool), rank ≥ 1.
 * @param indices int32, of the shape of `x` but for the axis, where any extent will do.
 * @param updates of the dtype of `x` and the shape of `indices`.
 * @throws InvalidInputError when dtypes or shapes do not fit, the axis does not exist, or there are indices but nothing along the axis.
 */
export function scatterAlongAxis<D extends DType>(
  x: Tensor<D>,
  indices: Tensor,
  updates: Tensor<D>,
  { axis = -1, mode = "set" }: ScatterAlongAxisOptions = {},
): Tensor<D> {
  return scattered(x, indices, updates, { axis, mode, along: true });
}

function scattered<D extends DType>(
  x: Tensor<D>,
  indices: Tensor,
  updates: Tensor<D>,
  options: ScatterOptions,
): Tensor<D> {
  const [axis] = normalizeAxes(operationOf(options), x.rank, options.axis);
  return scatterKernel.run([updates, indices, x], { ...options, axis })[0] as Tensor<D>;
}

/** Sums of slices by index, the adjoint of `gather`: an axis of the given extent takes the place of the axes of `indices`. */
export function scatterSum<D extends DType>(
  updates: Tensor<D>,
  indices: Tensor,
  extent: number,
  axis: number,
  sorted = false,
): Tensor<D> {
  return scatterKernel.run([updates, indices], { axis, mode: "add", along: false, extent, sorted })[0] as Tensor<D>;
}

/** Sums of elements by an index for each, the adjoint of `takeAlongAxis`. */
export function scatterAlongAxisSum<D extends DType>(
  updates: Tensor<D>,
  indices: Tensor,
  extent: number,
  axis: number,
): Tensor<D> {
  const [position] = normalizeAxes("scatterAlongAxis", updates.rank, axis);
  return scatterKernel.run([updates, indices], { axis: position, mode: "add", along: true, extent })[0] as Tensor<D>;
}
