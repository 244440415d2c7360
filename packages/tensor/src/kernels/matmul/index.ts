import { alignedExamples } from "../../differentiation/examples.ts";
import { bytesPerElement, type DType, isComplex, isDifferentiable, partDType } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type TensorSpec, type Tolerance } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { matmulCases, randomMatmulCase } from "./cases.ts";
import { matmulCpu } from "./cpu.ts";
import { matmulDerivatives } from "./derivatives.ts";
import type { MatmulOptions } from "./options.ts";
import { matmulShape, productOf } from "./product.ts";
import { matmulReference } from "./reference.ts";
import { matmulTensorFlow } from "./tensorflow.ts";
import { matmulWebGpu } from "./webgpu.ts";

export type { MatmulOptions } from "./options.ts";

/** Batched matrix product, see `matmul`. */
export const matmulKernel = defineKernel<MatmulOptions>({
  name: "matmul",
  summary: "Matrix product over the last two axes, batched with broadcasting over the others.",
  infer: (inputs, options) => {
    const [a, b] = inputs;
    if (!isDifferentiable(a.dtype)) throw new InvalidInputError("matmul: a", "float32, float64 or complex", a.dtype);
    if (b.dtype !== a.dtype) throw new InvalidInputError("matmul: b", `dtype ${a.dtype}, like a`, b.dtype);
    return [{ shape: matmulShape(inputs, options), dtype: a.dtype }];
  },
  cost: (inputs, options) => {
    const [a, b] = inputs;
    const { rows, columns, depth, batches } = productOf(inputs, options);
    const elements = sizeOf(a.shape) + sizeOf(b.shape) + batches * rows * columns;
    return {
      flops: (isComplex(a.dtype) ? 8 : 2) * batches * rows * columns * depth,
      bytes: elements * bytesPerElement(a.dtype),
    };
  },
  reference: (inputs, options) => [matmulReference(inputs, matmulShape(inputs, options), options)],
  cpu: matmulCpu,
  webgpu: matmulWebGpu,
  tensorflow: matmulTensorFlow,
  batch: (context) => context.run(alignedExamples(context), context.options),
  derivatives: matmulDerivatives,
  cases: matmulCases,
  randomCase: randomMatmulCase,
  tolerance: matmulTolerance,
});

/**
 * Matrix product a b, as in NumPy: the last two axes multiply, [rows, depth] by [depth, columns]; the axes before them are batches and broadcast.
 * Complex matrices multiply without conjugation; for the adjoint pass `conj(a)` with transposeA. Both operands have at least two axes: reshape a vector to one row or one column.
 *
 * Sums are in the dtype of the operands: with u half an ulp of 1, |error| ≤ (depth + 1) u Σ|a||b|, in practice about u √depth times that of one term.
 * NaN and infinities propagate as in IEEE arithmetic, zeros are not skipped. An empty depth gives zeros.
 *
 * @param options transposeA, transposeB (default false): multiply with the transpose, without forming it.
 * @throws InvalidInputError when an operand has less than two axes or is neither float nor complex, dtypes differ, the inner extents differ, or batch axes do not broadcast.
 */
export function matmul<D extends DType>(a: Tensor<D>, b: Tensor<D>, options: Partial<MatmulOptions> = {}): Tensor<D> {
  const { transposeA = false, transposeB = false } = options;
  return matmulKernel.run([a, b], { transposeA, transposeB })[0] as Tensor<D>;
}

function matmulTolerance(dtype: DType, inputs: readonly TensorSpec[], options: MatmulOptions): Tolerance {
  // A part of a complex term is two products.
  const depth = productOf(inputs, options).depth * (isComplex(dtype) ? 2 : 1);
  const u = (isComplex(dtype) ? partDType(dtype) : dtype) === "float32" ? 2 ** -24 : 2 ** -53;
  // Each addition errs by at most u times the partial sum. Partial sums of k products of standard normals grow as √k, and independent errors of this size
  // add up to 0.4 · depth · u: ten times that is out of reach of chance, and of the difference between orders of summation. One more u for the result's rounding.
  return { relative: u, absolute: 4 * depth * u };
}
