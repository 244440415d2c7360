import { axisOfExamples, withExamples } from "../../differentiation/examples.ts";
import { bytesPerElement, componentsPerElement, DTYPES, type DType } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { type CaseRandom, defineKernel, type KernelCase, referenceArray, type TensorSpec } from "../../kernel.ts";
import { checkShape, normalizeAxes, type Shape, sizeOf, stridesOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { counting, dtypesFor, stridedView } from "../strided-view/index.ts";
import { concatenateCpu } from "./cpu.ts";
import type { ConcatenateOptions } from "./options.ts";
import { concatenateTensorFlow } from "./tensorflow.ts";
import { concatenateWebGpu } from "./webgpu.ts";

export type { ConcatenateOptions } from "./options.ts";

/** Tensors one after the other, see `concatenate`. */
export const concatenateKernel = defineKernel<ConcatenateOptions>({
  name: "concatenate",
  summary: "Joins tensors along an axis.",
  infer,
  cost: (inputs, options) => {
    const [{ shape, dtype }] = infer(inputs, options);
    return { flops: 0, bytes: 2 * sizeOf(shape) * bytesPerElement(dtype) };
  },
  reference: (inputs, options) => {
    const [{ shape, dtype }] = infer(inputs, options);
    const [axis] = normalizeAxes("concatenate", shape.length, options.axis);
    const rows = sizeOf(shape.slice(0, axis));
    const widths = inputs.map(({ shape: own }) => sizeOf(own.slice(axis)) * componentsPerElement(dtype));
    const values: number[] = [];
    for (let row = 0; row < rows; row++)
      for (const [index, { data }] of inputs.entries())
        for (let k = 0; k < widths[index]; k++) values.push(data[row * widths[index] + k]);
    return [referenceArray(dtype, shape, values)];
  },
  cpu: concatenateCpu,
  webgpu: concatenateWebGpu,
  tensorflow: concatenateTensorFlow,
  batch: (context) => context.run(withExamples(context), { axis: axisOfExamples(context.options.axis) }),
  derivatives: {
    structure: "linear",
    reverse: ([cotangent], { inputs, options, needed }) => {
      const [axis] = normalizeAxes("concatenate", inputs[0].rank, options.axis);
      const strides = stridesOf(cotangent!.shape);
      let start = 0;
      return inputs.map(({ shape }, index) => {
        const offset = start * strides[axis];
        start += shape[axis];
        return needed[index] ? stridedView(cotangent!, { shape, offset, strides }) : null;
      });
    },
  },
  cases,
  randomCase,
  // Values are moved, not computed.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

/**
 * Tensors one after the other along an existing axis.
 *
 * @param tensors of one dtype, at least one, with equal extents along all other axes.
 * @param options.axis negative ones count from the end. Default: 0.
 * @throws InvalidInputError when there is no tensor, dtypes, ranks or other extents differ, or the axis does not exist.
 */
export function concatenate<D extends DType>(
  tensors: readonly Tensor<D>[],
  { axis = 0 }: Partial<ConcatenateOptions> = {},
): Tensor<D> {
  return concatenateKernel.run(tensors, { axis })[0] as Tensor<D>;
}

/**
 * Tensors of one shape side by side along a new axis.
 *
 * @param tensors of one dtype and shape, at least one.
 * @param options.axis where the new axis is in the result, negative ones count from its end. Default: 0.
 * @throws InvalidInputError when there is no tensor, dtypes or shapes differ, or the axis does not exist.
 */
export function stack<D extends DType>(
  tensors: readonly Tensor<D>[],
  { axis = 0 }: Partial<ConcatenateOptions> = {},
): Tensor<D> {
  if (tensors.length === 0) throw new InvalidInputError("stack: tensors", "at least one", tensors);
  const [{ shape, device }] = tensors;
  const different = tensors.find((tensor) => tensor.rank !== shape.length || `${tensor.shape}` !== `${shape}`);
  if (different) throw new InvalidInputError("stack: tensors", `shape [${shape}] for all`, `[${different.shape}]`);
  const [position] = normalizeAxes("stack", shape.length + 1, axis);
  const expanded = [...shape.slice(0, position), 1, ...shape.slice(position)];
  return device.scope(() =>
    concatenate(
      tensors.map((tensor) => tensor.reshape(expanded)),
      { axis: position },
    ),
  );
}

function infer(inputs: readonly TensorSpec[], options: ConcatenateOptions): readonly TensorSpec[] {
  const [{ shape, dtype }] = inputs;
  if (shape.length === 0) throw new InvalidInputError("concatenate: tensors", "rank 1 or more", "scalars");
  const [axis] = normalizeAxes("concatenate", shape.length, options.axis);
  let extent = 0;
  for (const [index, input] of inputs.entries()) {
    if (input.dtype !== dtype)
      throw new InvalidInputError(`concatenate: tensors[${index}]`, `${dtype}, like the first`, input.dtype);
    const fits = input.shape.length === shape.length && input.shape.every((each, k) => k === axis || each === shape[k]);
    if (!fits)
      throw new InvalidInputError(
        `concatenate: tensors[${index}]`,
        `the extents of [${shape}] but for axis ${axis}`,
        `[${input.shape}]`,
      );
    extent += input.shape[axis];
  }
  const result = shape.with(axis, extent);
  checkShape(result, "concatenate: shape of the result");
  return [{ shape: result, dtype }];
}

function cases(): KernelCase<ConcatenateOptions>[] {
  const LISTS: Readonly<Record<string, readonly [axis: number, shapes: readonly Shape[]]>> = {
    rows: [
      0,
      [
        [2, 3],
        [1, 3],
        [4, 3],
      ],
    ],
    columns: [
      1,
      [
        [3, 2],
        [3, 5],
        [3, 1],
      ],
    ],
    "a middle axis": [
      -2,
      [
        [2, 3, 5],
        [2, 1, 5],
      ],
    ],
    "one alone": [0, [[4]]],
    "with nothing between": [0, [[2], [0], [3]]],
    nothing: [
      1,
      [
        [0, 2],
        [0, 3],
      ],
    ],
    "more than one thread takes": [
      1,
      [
        [3, 70_000],
        [3, 70_001],
      ],
    ],
    "more than a GPU binds": [0, Array.from({ length: 20 }, (_, k) => [k % 3, 2])],
  };
  return Object.entries(LISTS).flatMap(([name, [axis, shapes]]) =>
    dtypesFor(name).map((dtype) => ({
      name: `${dtype}, ${name}`,
      inputs: shapes.map((shape) => counting({ shape, dtype })),
      options: { axis },
    })),
  );
}

function randomCase(random: CaseRandom): KernelCase<ConcatenateOptions> {
  const shape = Array.from({ length: random.integer(1, 4) }, () => random.integer(0, 6));
  const axis = random.integer(-shape.length, shape.length - 1);
  const dtype = random.pick(DTYPES);
  const shapes = Array.from({ length: random.integer(1, 5) }, () => shape.with(axis, random.integer(0, 6)));
  return {
    name: `${dtype} ${shapes.map((each) => `[${each}]`)} along ${axis}`,
    inputs: shapes.map((each) => random.array(each, dtype)),
    options: { axis },
  };
}
