import {
  bytesPerElement,
  type ComplexDType,
  complexDType,
  type FloatDType,
  isComplex,
  isFloat,
  partDType,
} from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type KernelCase, type ReferenceArray, referenceArray, type TensorSpec } from "../../kernel.ts";
import { sameShape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { complexPartsCpu } from "./cpu.ts";
import { complexPartsDerivatives } from "./derivatives.ts";
import type { ComplexPartsOperation, ComplexPartsOptions } from "./options.ts";
import { complexPartsWebGpu } from "./webgpu.ts";

export type { ComplexPartsOperation, ComplexPartsOptions } from "./options.ts";

/** Takes complex numbers apart and puts them together, see `real`, `imag`, `conj` and `complex`. */
export const complexPartsKernel = defineKernel<ComplexPartsOptions>({
  name: "complex-parts",
  summary: "Real part, imaginary part, complex conjugate, and complex numbers from two parts.",
  infer,
  cost(inputs, options) {
    const specs = [...inputs, ...infer(inputs, options)];
    return {
      flops: 0,
      bytes: specs.reduce((total, { shape, dtype }) => total + sizeOf(shape) * bytesPerElement(dtype), 0),
    };
  },
  reference,
  cpu: complexPartsCpu,
  webgpu: complexPartsWebGpu,
  tensorflow: "the tensorflow device holds no complex numbers",
  batch: ({ inputs, options, run }) => run(inputs, options),
  derivatives: complexPartsDerivatives,
  cases: () =>
    OPERATIONS.flatMap((operation) =>
      [0, 1, 2, 3, 7, 300_001].map((size): KernelCase<ComplexPartsOptions> => {
        const data = Array.from({ length: 2 * size }, (_, index) => SPECIAL[index % SPECIAL.length]);
        const dtype = operation === "complex" ? "float32" : "complex64";
        const wide = operation === "complex" ? "float64" : "complex128";
        const inputs = size % 2 === 0 ? arrays(operation, dtype, data) : arrays(operation, wide, data);
        return { name: `${operation} of ${size}`, inputs, options: { operation } };
      }),
    ),
  randomCase(random) {
    const operation = random.pick(OPERATIONS);
    const shape = Array.from({ length: random.integer(0, 3) }, () => random.integer(0, 9));
    const part = random.pick<FloatDType>(["float32", "float64"]);
    const inputs =
      operation === "complex"
        ? [random.array(shape, part), random.array(shape, part)]
        : [random.array(shape, complexDType(part))];
    return { name: `${operation} of ${part} [${shape}]`, inputs, options: { operation } };
  },
  // Values are moved, not computed.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

/**
 * Real parts; of a real tensor the tensor itself.
 *
 * @param x complex of any shape, or real.
 * @returns a tensor of the same shape: complex64 becomes float32, complex128 becomes float64.
 * @throws InvalidInputError unless the dtype is a float or complex.
 */
export function real(x: Tensor): Tensor<FloatDType> {
  if (isFloat(x.dtype)) return x.alias() as Tensor<FloatDType>;
  return complexPartsKernel.run([x], { operation: "real" })[0] as Tensor<FloatDType>;
}

/**
 * Imaginary parts, see `real`; of a real tensor zeros.
 *
 * @throws InvalidInputError unless the dtype is a float or complex.
 */
export function imag(x: Tensor): Tensor<FloatDType> {
  if (isFloat(x.dtype)) return x.device.zeros(x.shape, x.dtype);
  return complexPartsKernel.run([x], { operation: "imag" })[0] as Tensor<FloatDType>;
}

/**
 * Complex conjugates; of a real tensor the tensor itself.
 *
 * @throws InvalidInputError unless the dtype is a float or complex.
 */
export function conj<D extends FloatDType | ComplexDType>(x: Tensor<D>): Tensor<D>;
export function conj(x: Tensor): Tensor;
export function conj(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x.alias() : complexPartsKernel.run([x], { operation: "conj" })[0];
}

/** For derivative rules: complex conjugates; of a real tensor itself, not a second handle. */
export function conjugateOf(x: Tensor): Tensor {
  return isComplex(x.dtype) ? conj(x) : x;
}

/**
 * Complex numbers from their parts.
 *
 * @param re float32 or float64 of any shape.
 * @param im of the same shape and dtype.
 * @returns complex64 from float32, complex128 from float64.
 * @throws InvalidInputError when the parts differ in shape or dtype, or are no floats.
 */
export function complex(re: Tensor, im: Tensor): Tensor<ComplexDType> {
  return complexPartsKernel.run([re, im], { operation: "complex" })[0] as Tensor<ComplexDType>;
}

const OPERATIONS: readonly ComplexPartsOperation[] = ["real", "imag", "conj", "complex"];
const SPECIAL = [1, -0, Number.NaN, 2.5, Number.POSITIVE_INFINITY, 0, -3, Number.NEGATIVE_INFINITY, 0.1];

function arrays(
  operation: ComplexPartsOperation,
  dtype: FloatDType | ComplexDType,
  data: readonly number[],
): ReferenceArray[] {
  const size = data.length / 2;
  const rounded = data.map((value) => (dtype === "float32" || dtype === "complex64" ? Math.fround(value) : value));
  if (operation !== "complex") return [referenceArray(dtype, [size], rounded)];
  return [rounded.slice(0, size), rounded.slice(size)].map((part) => referenceArray(dtype, [size], part));
}

function infer(inputs: readonly TensorSpec[], { operation }: ComplexPartsOptions): readonly TensorSpec[] {
  const [x, second] = inputs;
  if (operation === "complex") {
    if (!isFloat(x.dtype)) throw new InvalidInputError("complex: re", "float32 or float64", x.dtype);
    if (second.dtype !== x.dtype || !sameShape(second.shape, x.shape))
      throw new InvalidInputError("complex: im", `${x.dtype} [${x.shape}]`, `${second.dtype} [${second.shape}]`);
    return [{ shape: x.shape, dtype: complexDType(x.dtype) }];
  }
  if (!isComplex(x.dtype)) throw new InvalidInputError(`${operation}: x`, "a float or complex tensor", x.dtype);
  return [{ shape: x.shape, dtype: operation === "conj" ? x.dtype : partDType(x.dtype) }];
}

function reference(inputs: readonly ReferenceArray[], options: ComplexPartsOptions): readonly ReferenceArray[] {
  const [{ shape, dtype }] = infer(inputs, options);
  const [x, second] = inputs;
  const { operation } = options;
  const { data } = x;
  if (operation === "complex")
    return [
      referenceArray(
        dtype,
        shape,
        Array.from(data).flatMap((re, index) => [re, second.data[index]]),
      ),
    ];
  const parts = Array.from(data);
  if (operation === "conj")
    return [
      referenceArray(
        dtype,
        shape,
        parts.map((part, index) => (index % 2 ? -part : part)),
      ),
    ];
  return [
    referenceArray(
      dtype,
      shape,
      parts.filter((_, index) => index % 2 === (operation === "real" ? 0 : 1)),
    ),
  ];
}
