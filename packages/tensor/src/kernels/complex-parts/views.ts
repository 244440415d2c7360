import { apply, type Primitive } from "../../differentiation/primitive.ts";
import { type ComplexDType, complexDType, type FloatDType, isComplex, isFloat, partDType } from "../../dtype.ts";
import { DisposedError, InvalidInputError } from "../../errors.ts";
import { Tensor } from "../../tensor.ts";

const realViewPrimitive: Primitive<null> = {
  name: "realView",
  evaluate: ([x]) => [new Tensor(x.device, [...x.shape, 2], partDType(x.dtype as ComplexDType), x.storage)],
  batch: ({ inputs: [x] }) => [realView(x)],
  derivatives: { structure: "linear", reverse: ([cotangent]) => [complexView(cotangent!)] },
};

const complexViewPrimitive: Primitive<null> = {
  name: "complexView",
  evaluate: ([x]) => [new Tensor(x.device, x.shape.slice(0, -1), complexDType(x.dtype as FloatDType), x.storage)],
  batch: ({ inputs: [x] }) => [complexView(x)],
  derivatives: { structure: "linear", reverse: ([cotangent]) => [realView(cotangent!)] },
};

/**
 * Complex numbers as pairs of real ones, without a copy: for whatever acts on both parts alike (sums, products with real numbers, optimisers).
 *
 * @param x complex64 or complex128 of any shape.
 * @returns float32 or float64 with one more axis, the last: real part, imaginary part.
 * @throws InvalidInputError unless the dtype is complex; DisposedError.
 */
export function realView(x: Tensor): Tensor<FloatDType> {
  if (!isComplex(x.dtype)) throw new InvalidInputError("realView: x", "a complex tensor", x.dtype);
  return viewed(realViewPrimitive, x) as Tensor<FloatDType>;
}

/**
 * Pairs of real numbers as complex ones, without a copy: undoes `realView`.
 *
 * @param x float32 or float64 with a last axis of extent 2.
 * @returns complex64 or complex128 without that axis.
 * @throws InvalidInputError for another dtype or shape; DisposedError.
 */
export function complexView(x: Tensor): Tensor<ComplexDType> {
  if (!isFloat(x.dtype) || x.shape.at(-1) !== 2)
    throw new InvalidInputError("complexView: x", "floats with a last axis of extent 2", `${x.dtype} [${x.shape}]`);
  return viewed(complexViewPrimitive, x) as Tensor<ComplexDType>;
}

function viewed(primitive: Primitive<null>, x: Tensor): Tensor {
  if (x.disposed) throw new DisposedError(`${primitive.name}: the tensor of shape [${x.shape}]`);
  return apply(primitive, [x], null)[0];
}
