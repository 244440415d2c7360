import { alignedExamples } from "../../differentiation/examples.ts";
import { bytesPerElement, type ComplexDType, isComplex } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type ReferenceArray, referenceArray, type TensorSpec } from "../../kernel.ts";
import { broadcastShapes, type Shape, sameShape, sizeOf, stridesOf } from "../../shape.ts";
import { complexMapCases, randomComplexMapCase } from "./cases.ts";
import { complexMapCpu } from "./cpu.ts";
import { complexMapDerivatives } from "./derivatives.ts";
import { ARGUMENTS, DEFINITIONS, type Pair } from "./operations.ts";
import type { ComplexMapOptions } from "./options.ts";
import { complexMapWebGpu } from "./webgpu.ts";

export type { ComplexOperation } from "./operations.ts";
export type { ComplexMapOptions } from "./options.ts";

/** Arithmetic of complex numbers: what `map` is for real ones. The functions of `map` choose by the dtype. */
export const complexMapKernel = defineKernel<ComplexMapOptions>({
  name: "complex-map",
  summary: "One operation on complex numbers, or on corresponding ones of tensors that are broadcast.",
  infer,
  cost: (inputs, options) => {
    const [result] = infer(inputs, options);
    const flops = { neg: 2, add: 2, subtract: 2, multiply: 6, divide: 11, where: 0 }[options.operation];
    const bytes = [...inputs, result].reduce(
      (total, spec) => total + sizeOf(spec.shape) * bytesPerElement(spec.dtype),
      0,
    );
    return { flops: flops * sizeOf(result.shape), bytes };
  },
  reference,
  cpu: complexMapCpu,
  webgpu: complexMapWebGpu,
  tensorflow: "the tensorflow device holds no complex numbers",
  batch: (context) => context.run(alignedExamples(context), context.options),
  derivatives: complexMapDerivatives,
  cases: complexMapCases,
  randomCase: randomComplexMapCase,
  // A product or quotient errs by a few roundings of |a||b|, not of each part: the numbers of the cases are below 16, and none of their divisors is below ½.
  tolerance: (dtype) => {
    const u = dtype === "complex64" ? 2 ** -24 : 2 ** -53;
    return { relative: 4 * u, absolute: 2048 * u };
  },
});

function infer(inputs: readonly TensorSpec[], { operation }: ComplexMapOptions): readonly TensorSpec[] {
  const names = ARGUMENTS[operation];
  if (inputs.length !== names.length)
    throw new InvalidInputError(`${operation}: inputs`, `${names.length} tensors`, inputs.length);
  const dtype = inputs.at(-1)!.dtype;
  for (const [index, input] of inputs.entries()) {
    const isCondition = operation === "where" && index === 0;
    const fits = isCondition ? input.dtype === "bool" : isComplex(input.dtype) && input.dtype === dtype;
    if (!fits)
      throw new InvalidInputError(
        `${operation}: ${names[index]}`,
        isCondition
          ? "a tensor of bool"
          : `a tensor of ${isComplex(dtype) ? dtype : "complex64 or complex128"} (use cast)`,
        input.dtype,
      );
  }
  const shape = broadcastShapes(
    operation,
    inputs.map((input) => input.shape),
  );
  return [{ shape, dtype }];
}

function reference(inputs: readonly ReferenceArray[], options: ComplexMapOptions): readonly ReferenceArray[] {
  const [{ shape, dtype }] = infer(inputs, options);
  const { operation } = options;
  const values = new Float64Array(2 * sizeOf(shape));
  const placeIn = inputs.map((input) => placesOf(shape, input.shape));
  for (let position = 0; position < sizeOf(shape); position++) {
    const places = placeIn.map((placeOf) => placeOf(position));
    const pairAt = (index: number): Pair => {
      const { data } = inputs[index] ?? inputs[0];
      const place = places[index] ?? places[0];
      return [data[2 * place], data[2 * place + 1]];
    };
    const result =
      operation === "where"
        ? pairAt(inputs[0].data[places[0]] !== 0 ? 1 : 2)
        : DEFINITIONS[operation](pairAt(0), pairAt(1));
    values.set(result, 2 * position);
  }
  return [referenceArray(dtype as ComplexDType, shape, values)];
}

/** Where an argument's element is for a position of the result. */
function placesOf(result: Shape, own: Shape): (position: number) => number {
  if (sameShape(result, own)) return (position) => position;
  const strides = stridesOf(result);
  const ownStrides = stridesOf(own);
  const skipped = result.length - own.length;
  return (position) =>
    own.reduce((place, extent, axis) => {
      const coordinate = Math.floor(position / strides[skipped + axis]) % result[skipped + axis];
      return extent === 1 ? place : place + coordinate * ownStrides[axis];
    }, 0);
}
