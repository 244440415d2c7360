import { bytesPerElement, componentsPerElement, DTYPES } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { type CaseRandom, defineKernel, type KernelCase, referenceArray } from "../../kernel.ts";
import { checkShape, type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkView, counting, dtypesFor, randomView, stridedView } from "../strided-view/index.ts";
import { viewPositions } from "../strided-view/positions.ts";
import { stridedEmbedCpu } from "./cpu.ts";
import type { StridedEmbedOptions } from "./options.ts";
import { stridedEmbedTensorFlow } from "./tensorflow.ts";
import { stridedEmbedWebGpu } from "./webgpu.ts";

export type { StridedEmbedOptions } from "./options.ts";

/** Puts a tensor at regular distances among zeros: the adjoint of a strided view. */
export const stridedEmbedKernel = defineKernel<StridedEmbedOptions>({
  name: "strided-embed",
  summary: "Puts elements at regular distances into a tensor of zeros.",
  infer: ([x], { shape, offset, strides }) => {
    checkShape(shape, "strided-embed: shape");
    checkView("strided-embed", shape, { shape: x.shape, offset, strides });
    checkDistinct(x.shape, strides);
    return [{ shape, dtype: x.dtype }];
  },
  cost: ([x], { shape }) => ({ flops: 0, bytes: (sizeOf(x.shape) + sizeOf(shape)) * bytesPerElement(x.dtype) }),
  reference: ([x], { shape, offset, strides }) => {
    const components = componentsPerElement(x.dtype);
    const values = new Array<number>(sizeOf(shape) * components).fill(0);
    for (const [index, position] of viewPositions(x.shape, { offset, strides }).entries())
      for (let k = 0; k < components; k++) values[position * components + k] = x.data[index * components + k];
    return [referenceArray(x.dtype, shape, values)];
  },
  cpu: stridedEmbedCpu,
  webgpu: stridedEmbedWebGpu,
  tensorflow: stridedEmbedTensorFlow,
  batch: ({ inputs: [x], count, options: { shape, offset, strides }, run }) =>
    run([x], { shape: [count, ...shape], offset, strides: [sizeOf(shape), ...strides] }),
  derivatives: {
    structure: "linear",
    reverse: ([cotangent], { inputs: [x], options: { offset, strides } }) => [
      stridedView(cotangent!, { shape: x.shape, offset, strides }),
    ],
  },
  cases,
  randomCase,
  // Values are moved, not computed.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

/** Puts a tensor among zeros. @throws InvalidInputError when an element would go beyond the result, or two to the same place. */
export function stridedEmbed<T extends Tensor>(x: T, options: StridedEmbedOptions): T {
  return stridedEmbedKernel.run([x], options)[0] as T;
}

/** Sufficient, and necessary for what views are made of: each step goes beyond everything the smaller ones reach. */
function checkDistinct(shape: Shape, strides: readonly number[]): void {
  const axes = shape
    .map((extent, axis) => ({ extent, stride: Math.abs(strides[axis]) }))
    .filter(({ extent }) => extent > 1)
    .sort((a, b) => a.stride - b.stride);
  let reach = 0;
  for (const { extent, stride } of axes) {
    if (stride <= reach)
      throw new InvalidInputError(
        "strided-embed: strides",
        "strides that take no two elements to the same place",
        strides,
      );
    reach += (extent - 1) * stride;
  }
}

function cases(): KernelCase<StridedEmbedOptions>[] {
  const PLACES: Readonly<Record<string, readonly [own: Shape, options: StridedEmbedOptions]>> = {
    "in the middle": [[2, 3], { shape: [4, 6], offset: 7, strides: [6, 1] }],
    transposed: [[5, 7], { shape: [9, 8], offset: 9, strides: [1, 8] }],
    apart: [[4], { shape: [12], offset: 1, strides: [3] }],
    backwards: [[4], { shape: [4], offset: 3, strides: [-1] }],
    "a scalar": [[], { shape: [3], offset: 1, strides: [] }],
    nothing: [[0], { shape: [3], offset: 0, strides: [1] }],
    "nothing into nothing": [[2, 0], { shape: [0], offset: 0, strides: [1, 1] }],
    "more than one thread takes": [[300, 501], { shape: [320, 510], offset: 650, strides: [510, 1] }],
  };
  return Object.entries(PLACES).flatMap(([name, [own, options]]) =>
    dtypesFor(name).map((dtype) => ({ name: `${dtype}, ${name}`, inputs: [counting({ shape: own, dtype })], options })),
  );
}

function randomCase(random: CaseRandom): KernelCase<StridedEmbedOptions> {
  const whole = Array.from({ length: random.integer(1, 4) }, () => random.integer(1, 9));
  const { shape, offset, strides } = randomView(random, whole);
  const dtype = random.pick(DTYPES);
  return {
    name: `${dtype} [${shape}] into [${whole}]`,
    inputs: [random.array(shape, dtype)],
    options: { shape: whole, offset, strides },
  };
}
