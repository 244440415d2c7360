import {
  type CaseRandom,
  defineKernel,
  InvalidInputError,
  type KernelCase,
  multiply,
  referenceArray,
  sizeOf,
  slice,
  stack,
  sum,
  type Tensor,
  type TensorSpec,
} from "@ansatz/tensor";
import { dimensionCombinationCpu } from "./cpu.ts";
import { linearCombination, roundingOf } from "./index.ts";
import { MOST_TERMS } from "./options.ts";
import { dimensionCombinationTensorFlow } from "./tensorflow.ts";
import { checkTerms } from "./terms.ts";
import { dimensionCombinationWebGpu } from "./webgpu.ts";

/**
 * A linear combination with coefficients of its own for each dimension of the data, see `linearCombination`.
 *
 * Inputs: coefficients `[terms, D]`; then the tensors. An output may be one of the tensors.
 */
export const dimensionCombinationKernel = defineKernel<null>({
  name: "dimension-combination",
  summary: "Weighted sums of up to eight tensors in one pass, with a coefficient for each dimension of the data.",
  infer([coefficients, ...tensors]) {
    const { shape, dtype } = checkTerms("linearCombination", tensors);
    if (coefficients.dtype !== dtype)
      throw new InvalidInputError("linearCombination: coefficients", `${dtype}, like the tensors`, coefficients.dtype);
    const [terms, dimensions] = coefficients.shape;
    if (coefficients.shape.length !== 2 || terms !== tensors.length || !isSuffix(shape, dimensions))
      throw new InvalidInputError(
        "linearCombination: coefficients",
        `shape [${tensors.length}, D], D a product of the last extents of [${shape}]`,
        `[${coefficients.shape}]`,
      );
    return [{ shape, dtype }];
  },
  cost([coefficients, ...tensors]) {
    const elements = sizeOf(tensors[0].shape);
    return {
      flops: (2 * tensors.length - 1) * elements,
      bytes:
        ((tensors.length + 1) * elements + sizeOf(coefficients.shape)) * (coefficients.dtype === "float32" ? 4 : 8),
    };
  },
  reference([coefficients, ...tensors]) {
    const [{ shape, dtype, data }] = tensors;
    const dimensions = coefficients.shape[1];
    const at = (index: number) =>
      tensors.reduce(
        (total, tensor, term) =>
          total + coefficients.data[term * dimensions + (index % dimensions)] * tensor.data[index],
        0,
      );
    return [
      referenceArray(
        dtype,
        shape,
        Float64Array.from(data, (_, index) => at(index)),
      ),
    ];
  },
  cpu: dimensionCombinationCpu,
  webgpu: dimensionCombinationWebGpu,
  tensorflow: dimensionCombinationTensorFlow,
  batch({ inputs, batched, count, run }) {
    const together = batched.slice(1).every(Boolean) && !batched[0];
    return together && count > 0 ? run(inputs, null) : undefined;
  },
  derivatives: {
    structure: "nonlinear",
    reverse([cotangent], { inputs: [coefficients, ...tensors], needed }) {
      if (!cotangent) return needed.map(() => null);
      return [
        needed[0] ? coefficientGradient(cotangent, tensors, coefficients.shape[1]) : null,
        ...tensors.map((_, term) =>
          needed[term + 1] ? combineByDimension(slice(coefficients, [[term, term + 1]]), [cotangent]) : null,
        ),
      ];
    },
    forward([change, ...tangents], { inputs: [coefficients, ...tensors] }) {
      const moving = tangents.flatMap((tangent, term) => (tangent ? [{ tangent, term }] : []));
      const parts = [
        ...(change ? [combineByDimension(change, tensors)] : []),
        ...moving.map(({ tangent, term }) => combineByDimension(slice(coefficients, [[term, term + 1]]), [tangent])),
      ];
      // Nine parts at most, one more than a combination takes.
      const [first, ...rest] = parts;
      if (rest.length === 0) return [first];
      const others = linearCombination(new Array<number>(rest.length).fill(1), rest);
      return [linearCombination([1, 1], [first, others])];
    },
  },
  cases,
  randomCase,
  // Coefficients are below 8 in size, like the values.
  tolerance: (dtype, inputs) => roundingOf(dtype, inputs.length - 1, 8),
});

/** See `linearCombination`. */
export function combineByDimension(coefficients: Tensor, tensors: readonly Tensor[]): Tensor {
  return dimensionCombinationKernel.run([coefficients, ...tensors], null)[0];
}

/** Row j: the cotangent times tensor j, summed over all but the dimensions. */
function coefficientGradient(cotangent: Tensor, tensors: readonly Tensor[], dimensions: number): Tensor {
  return stack(tensors.map((tensor) => sum(multiply(cotangent, tensor).reshape([-1, dimensions]), { axes: 0 })));
}

/** Whether some of the last extents, all or none, multiply to `dimensions`. */
function isSuffix(shape: readonly number[], dimensions: number): boolean {
  let product = 1;
  for (let axis = shape.length; axis >= 0; axis--) {
    if (product === dimensions) return dimensions > 0;
    product *= shape[axis - 1];
  }
  return false;
}

function caseOf(
  dtype: TensorSpec["dtype"],
  terms: number,
  shape: readonly number[],
  dimensions: number,
): KernelCase<null> {
  const values = (size: number, of: (index: number) => number) =>
    Float64Array.from({ length: size }, (_, index) => Math.fround(of(index)));
  return {
    name: `${dtype} ${terms} tensors [${shape}], ${dimensions} dimensions`,
    inputs: [
      referenceArray(
        dtype,
        [terms, dimensions],
        values(terms * dimensions, (index) => 2 * Math.cos(index)),
      ),
      ...Array.from({ length: terms }, (_, term) =>
        referenceArray(
          dtype,
          shape,
          values(sizeOf(shape), (index) => Math.sin(index * (term + 1) + term)),
        ),
      ),
    ],
    options: null,
  };
}

function cases(): KernelCase<null>[] {
  return (["float32", "float64"] as const).flatMap((dtype) => [
    caseOf(dtype, 1, [1], 1),
    caseOf(dtype, 2, [0, 3], 3),
    caseOf(dtype, 3, [5, 2], 2),
    caseOf(dtype, 4, [7, 3, 11], 33),
    caseOf(dtype, 2, [5, 3], 1),
    caseOf(dtype, 3, [2, 67], 67),
    caseOf(dtype, 3, [3, 100_001], 100_001),
    ...Array.from({ length: MOST_TERMS }, (_, last) => caseOf(dtype, last + 1, [3, 70], 70)),
  ]);
}

function randomCase(random: CaseRandom): KernelCase<null> {
  const dtype = random.pick(["float32", "float64"] as const);
  const shape = [random.integer(0, 9), random.integer(1, 12), random.integer(1, 12)];
  const dimensions = random.pick([1, shape[2], shape[1] * shape[2]]);
  const terms = random.integer(1, MOST_TERMS);
  return {
    name: `${dtype} ${terms} tensors [${shape}], ${dimensions} dimensions`,
    inputs: [
      random.array([terms, dimensions], dtype),
      ...Array.from({ length: terms }, () => random.array(shape, dtype)),
    ],
    options: null,
  };
}
