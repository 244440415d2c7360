import { bytesPerElement, componentsPerElement, DTYPES, type DType, isDifferentiable } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { type CaseRandom, defineKernel, type KernelCase, referenceArray, type TensorSpec } from "../../kernel.ts";
import { checkShape, type Shape, sizeOf, stridesOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { sum } from "../reduce/index.ts";
import { stridedEmbed } from "../strided-embed/index.ts";
import { stridedViewCpu } from "./cpu.ts";
import type { StridedViewOptions } from "./options.ts";
import { viewPositions } from "./positions.ts";
import { stridedViewTensorFlow } from "./tensorflow.ts";
import { stridedViewWebGpu } from "./webgpu.ts";

export type { StridedViewOptions } from "./options.ts";

/** Copies a strided view of a tensor: what transposing, slicing, flipping, repeating come down to. */
export const stridedViewKernel = defineKernel<StridedViewOptions>({
  name: "strided-view",
  summary: "Copies elements at regular distances: another order of axes, every k-th element, backwards, repeated.",
  infer: ([x], options) => {
    checkView("strided-view", x.shape, options);
    return [{ shape: options.shape, dtype: x.dtype }];
  },
  cost: ([x], { shape }) => ({ flops: 0, bytes: 2 * sizeOf(shape) * bytesPerElement(x.dtype) }),
  reference: ([x], options) => {
    const components = componentsPerElement(x.dtype);
    const positions = viewPositions(options.shape, options);
    const values = new Float64Array(positions.length * components);
    for (const [index, position] of positions.entries())
      for (let k = 0; k < components; k++) values[index * components + k] = x.data[position * components + k];
    return [referenceArray(x.dtype, options.shape, values)];
  },
  cpu: stridedViewCpu,
  webgpu: stridedViewWebGpu,
  tensorflow: stridedViewTensorFlow,
  batch: ({ inputs: [x], count, options, run }) => {
    const { shape, offset, strides } = options;
    return run([x], { shape: [count, ...shape], offset, strides: [x.size / count, ...strides] });
  },
  derivatives: {
    structure: "linear",
    reverse: ([cotangent], { inputs: [x], options: { shape, offset, strides } }) => {
      // What was repeated is added up; then no two elements come from the same place.
      const repeated = strides.map((_, axis) => axis).filter((axis) => strides[axis] === 0 && shape[axis] !== 1);
      const once = repeated.length > 0 ? sum(cotangent!, { axes: repeated }) : cotangent!;
      const kept = strides.filter((_, axis) => !repeated.includes(axis));
      return [stridedEmbed(once, { shape: x.shape, offset, strides: kept })];
    },
  },
  cases,
  randomCase,
  // Values are moved, not computed.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

/**
 * A strided view of a tensor, copied: any dtype, element i of the result is element offset + Σ iₐ stridesₐ of `x`.
 *
 * Views that take an element more than once in another way than by a stride of 0 (overlapping windows) have no derivative.
 *
 * @throws InvalidInputError when the view reaches beyond the tensor, or there is not one stride per axis.
 */
export function stridedView<T extends Tensor>(x: T, options: StridedViewOptions): T {
  return stridedViewKernel.run([x], options)[0] as T;
}

/** @throws InvalidInputError when the view does not lie within an array of this shape. */
export function checkView(operation: string, whole: Shape, { shape, offset, strides }: StridedViewOptions): void {
  checkShape(shape, `${operation}: shape`);
  if (strides.length !== shape.length)
    throw new InvalidInputError(`${operation}: strides`, `${shape.length}, one per axis of [${shape}]`, strides);
  if (sizeOf(shape) === 0) return;
  const reach = shape.map((extent, axis) => (extent - 1) * strides[axis]);
  const first = offset + reach.reduce((total, each) => total + Math.min(0, each), 0);
  const last = offset + reach.reduce((total, each) => total + Math.max(0, each), 0);
  if (!(first >= 0 && last < sizeOf(whole)))
    throw new InvalidInputError(
      `${operation}: strides`,
      `a view within the ${sizeOf(whole)} elements of [${whole}]`,
      `elements ${first} to ${last}`,
    );
}

function cases(): KernelCase<StridedViewOptions>[] {
  const VIEWS: Readonly<Record<string, readonly [whole: Shape, options: StridedViewOptions]>> = {
    transposed: [[5, 7], { shape: [7, 5], offset: 0, strides: [1, 7] }],
    "transposed, whole vectors": [[8, 32], { shape: [32, 8], offset: 0, strides: [1, 32] }],
    "whole tiles and parts of tiles transposed": [[33, 515], { shape: [515, 33], offset: 0, strides: [1, 515] }],
    "three long rows transposed": [[3, 270], { shape: [270, 3], offset: 0, strides: [1, 270] }],
    "three long columns transposed": [[70, 3], { shape: [3, 70], offset: 0, strides: [1, 3] }],
    "planes transposed": [[3, 18, 21], { shape: [3, 21, 18], offset: 0, strides: [378, 1, 21] }],
    "axes reversed": [[3, 4, 5], { shape: [5, 4, 3], offset: 0, strides: [1, 5, 20] }],
    "inner axis kept": [[3, 4, 67], { shape: [4, 3, 67], offset: 0, strides: [67, 268, 1] }],
    backwards: [[4, 5], { shape: [4, 5], offset: 19, strides: [-5, -1] }],
    "backwards and transposed": [[18, 20], { shape: [20, 18], offset: 340, strides: [1, -20] }],
    "every third": [[20], { shape: [6], offset: 2, strides: [3] }],
    repeated: [[3], { shape: [4, 3], offset: 0, strides: [0, 1] }],
    "each repeated": [[3], { shape: [3, 4], offset: 0, strides: [1, 0] }],
    "each repeated, whole vectors": [[37], { shape: [37, 21], offset: 0, strides: [1, 0] }],
    "a scalar": [[], { shape: [], offset: 0, strides: [] }],
    "a scalar repeated": [[1], { shape: [300], offset: 0, strides: [0] }],
    nothing: [[0, 3], { shape: [3, 0], offset: 0, strides: [1, 3] }],
    "more than one thread takes": [[530, 301], { shape: [301, 530], offset: 0, strides: [1, 301] }],
    "rows for several threads": [[4, 90_000], { shape: [2, 90_000], offset: 90_000, strides: [180_000, 1] }],
  };
  return Object.entries(VIEWS).flatMap(([name, [whole, options]]) =>
    dtypesFor(name).map((dtype) => ({
      name: `${dtype}, ${name}`,
      inputs: [counting({ shape: whole, dtype })],
      options,
    })),
  );
}

/** Every dtype, but for what takes long: one of each size there. */
export function dtypesFor(name: string): readonly DType[] {
  return name.includes("thread") ? ["bool", "float32", "float64", "complex128"] : DTYPES;
}

/** Values of which no two neighbours are equal, special ones among them. */
export function counting({ shape, dtype }: TensorSpec) {
  const special = [Number.NaN, Number.POSITIVE_INFINITY, -0, Number.NEGATIVE_INFINITY];
  const value = (index: number) => {
    if (dtype === "bool") return (index >> 1) % 2;
    return isDifferentiable(dtype) && index % 97 < special.length ? special[index % 97] : index;
  };
  const size = sizeOf(shape) * componentsPerElement(dtype);
  return referenceArray(
    dtype,
    shape,
    Array.from({ length: size }, (_, index) => value(index)),
  );
}

function randomCase(random: CaseRandom): KernelCase<StridedViewOptions> {
  const whole = Array.from({ length: random.integer(1, 4) }, () => random.integer(1, 9));
  const { shape, offset, strides } = randomView(random, whole);
  const dtype = random.pick(DTYPES);
  const repeats = random.integer(0, 3) === 0;
  return {
    name: `${dtype} [${shape}] of [${whole}]`,
    inputs: [random.array(whole, dtype)],
    options: repeats ? { shape: [3, ...shape], offset, strides: [0, ...strides] } : { shape, offset, strides },
  };
}

/** Axes in any order, each from somewhere to somewhere in steps, some backwards. */
export function randomView(random: CaseRandom, whole: Shape): StridedViewOptions {
  const own = stridesOf(whole);
  let offset = 0;
  const axes = whole.map((extent, axis) => {
    const step = random.integer(1, Math.min(3, extent)) * (random.integer(0, 1) === 0 ? 1 : -1);
    const count = random.integer(1, Math.ceil(extent / Math.abs(step)));
    const reach = (count - 1) * Math.abs(step);
    const start = random.integer(0, extent - 1 - reach);
    offset += (step > 0 ? start : start + reach) * own[axis];
    return { extent: count, stride: step * own[axis], order: random.integer(0, 99) };
  });
  axes.sort((a, b) => a.order - b.order);
  return { shape: axes.map(({ extent }) => extent), offset, strides: axes.map(({ stride }) => stride) };
}
