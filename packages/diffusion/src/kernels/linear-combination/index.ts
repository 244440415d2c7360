import {
  type CaseRandom,
  defineKernel,
  InvalidInputError,
  type Kernel,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  sizeOf,
  Tensor,
  type TensorSpec,
  type Tolerance,
  withExamples,
} from "@ansatz/tensor";
import { linearCombinationCpu } from "./cpu.ts";
import { combineByDimension } from "./dimensions.ts";
import { type LinearCombinationOptions, MOST_OUTPUTS, MOST_TERMS } from "./options.ts";
import { linearCombinationTensorFlow } from "./tensorflow.ts";
import { checkTerms } from "./terms.ts";
import { linearCombinationWebGpu } from "./webgpu.ts";

export type { LinearCombinationOptions } from "./options.ts";

/**
 * What a step of a sampler is: Σⱼ cⱼ Hⱼ over the state and its history, in one pass. One or two results of up to eight tensors of one shape.
 *
 * An output may be one of the inputs.
 */
export const linearCombinationKernel: Kernel<LinearCombinationOptions> = defineKernel<LinearCombinationOptions>({
  name: "linear-combination",
  summary: "Weighted sums of up to eight tensors in one pass: a step of a sampler.",
  infer(inputs, { coefficients }) {
    const { shape, dtype } = checkTerms("linearCombination", inputs);
    if (coefficients.length < 1 || coefficients.length > MOST_OUTPUTS)
      throw new InvalidInputError("linearCombination: coefficients", "one or two lists", coefficients.length);
    for (const list of coefficients) {
      if (list.length !== inputs.length)
        throw new InvalidInputError(
          "linearCombination: coefficients",
          `${inputs.length} numbers, one per tensor`,
          list.length,
        );
      const wrong = list.findIndex((each) => !Number.isFinite(each));
      if (wrong >= 0)
        throw new InvalidInputError(`linearCombination: coefficients[${wrong}]`, "a finite number", list[wrong]);
    }
    return coefficients.map(() => ({ shape, dtype }));
  },
  cost(inputs, { coefficients }) {
    const elements = sizeOf(inputs[0].shape);
    return {
      flops: coefficients.length * (2 * inputs.length - 1) * elements,
      bytes: (inputs.length + coefficients.length) * elements * (inputs[0].dtype === "float32" ? 4 : 8),
    };
  },
  reference: (inputs, { coefficients }) =>
    coefficients.map((list) => {
      const [{ shape, dtype, data }] = inputs;
      return referenceArray(
        dtype,
        shape,
        Float64Array.from(data, (_, index) =>
          inputs.reduce((sum, input, term) => sum + list[term] * input.data[index], 0),
        ),
      );
    }),
  cpu: linearCombinationCpu,
  webgpu: linearCombinationWebGpu,
  tensorflow: linearCombinationTensorFlow,
  batch: (context) => context.run(withExamples(context), context.options),
  derivatives: {
    structure: "linear",
    reverse: (cotangents, { inputs, options, needed }) =>
      inputs.map((_, term) => {
        const seen = cotangents.flatMap((cotangent, output) => (cotangent ? [{ cotangent, output }] : []));
        if (!needed[term] || seen.length === 0) return null;
        return linearCombination(
          seen.map(({ output }) => options.coefficients[output][term]),
          seen.map(({ cotangent }) => cotangent),
        );
      }),
    forward: (tangents, { options }) => {
      const moving = tangents.flatMap((tangent, term) => (tangent ? [{ tangent, term }] : []));
      return linearCombinationKernel.run(
        moving.map(({ tangent }) => tangent),
        { coefficients: options.coefficients.map((list) => moving.map(({ term }) => list[term])) },
      );
    },
  },
  cases,
  randomCase,
  tolerance: (dtype, inputs, { coefficients }) =>
    roundingOf(dtype, inputs.length, Math.max(0, ...coefficients.flat().map(Math.abs))),
});

/**
 * Σⱼ cⱼ Hⱼ in one pass over memory: the update of every sampler of this package.
 *
 * @param coefficients a finite number per tensor; or a tensor `[terms, D]` of their dtype with a coefficient for each of the last D elements (D is the product of
 *   the tensors' last extents: one example of a batch, or a part of it), which is differentiated as well.
 * @param tensors one to eight, of one shape, float32 or float64 alike.
 * @throws InvalidInputError on another number of coefficients, coefficients that are not finite, tensors of different shapes or dtypes.
 */
export function linearCombination(coefficients: readonly number[] | Tensor, tensors: readonly Tensor[]): Tensor {
  if (coefficients instanceof Tensor) return combineByDimension(coefficients, tensors);
  return linearCombinationKernel.run(tensors, { coefficients: [coefficients] })[0];
}

/**
 * Two weighted sums of the same tensors in one pass, as a method with momentum needs them: the new velocity and the new state.
 *
 * @param first a finite number per tensor, for the first result.
 * @param second the same for the second.
 * @param tensors one to eight, of one shape, float32 or float64 alike.
 * @throws InvalidInputError as `linearCombination`.
 */
export function linearCombinationPair(
  first: readonly number[],
  second: readonly number[],
  tensors: readonly Tensor[],
): [Tensor, Tensor] {
  return linearCombinationKernel.run(tensors, { coefficients: [first, second] }) as [Tensor, Tensor];
}

/** Rounding of each product and sum: of numbers below 8 in size, times the largest coefficient. */
export function roundingOf(dtype: string, terms: number, largest: number): Tolerance {
  const epsilon = dtype === "float32" ? 2 ** -23 : 2 ** -52;
  return { relative: epsilon, absolute: epsilon * 8 * terms * largest + (dtype === "float32" ? 2 ** -126 : 0) };
}

const SIZES = [[0], [1], [3], [4], [5, 7], [2, 3, 4, 4], [300_001]] as const;

function cases(): KernelCase<LinearCombinationOptions>[] {
  return (["float32", "float64"] as const).flatMap((dtype) => [
    ...SIZES.map((shape) => ({
      name: `${dtype} [${shape}]`,
      inputs: [0, 1, 2].map((term) => wave(dtype, shape, term)),
      options: { coefficients: [[0.5, -1.25, 3]] },
    })),
    ...Array.from({ length: MOST_TERMS }, (_, last) => ({
      name: `${dtype}, ${last + 1} tensors, two results`,
      inputs: Array.from({ length: last + 1 }, (_, term) => wave(dtype, [3, 7], term)),
      options: {
        coefficients: [
          Array.from({ length: last + 1 }, (_, term) => Math.cos(term)),
          Array.from({ length: last + 1 }, (_, term) => Math.sin(1 + term)),
        ],
      },
    })),
    {
      name: `${dtype}, special values`,
      inputs: [
        referenceArray(dtype, [6], [Number.NaN, Number.POSITIVE_INFINITY, 1, Number.NEGATIVE_INFINITY, -0, 1e30]),
        referenceArray(dtype, [6], [1, 2, Number.NaN, Number.POSITIVE_INFINITY, 0, 1e30]),
      ],
      options: { coefficients: [[1, -1]] },
    },
  ]);
}

function wave(dtype: TensorSpec["dtype"], shape: readonly number[], term: number): ReferenceArray {
  return referenceArray(
    dtype,
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, index) => Math.fround(Math.sin(index * (term + 1) + term))),
  );
}

function randomCase(random: CaseRandom): KernelCase<LinearCombinationOptions> {
  const dtype = random.pick(["float32", "float64"] as const);
  const shape = Array.from({ length: random.integer(0, 3) }, () => random.integer(0, 20));
  const terms = random.integer(1, MOST_TERMS);
  const list = () => Array.from(random.array([terms], "float64", { scale: 2 }).data);
  return {
    name: `${dtype} ${terms} tensors [${shape}]`,
    inputs: Array.from({ length: terms }, () => random.array(shape, dtype)),
    options: { coefficients: random.pick([1, 2]) === 1 ? [list()] : [list(), list()] },
  };
}
