import { InvalidInputError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { complex, imag, real } from "../complex-parts/index.ts";
import { fuse } from "../fused/index.ts";
import { add, divide, maximum, minimum, multiply } from "../map/binary.ts";
import { equal, greaterEqual, less, logicalAnd, logicalOr } from "../map/comparison.ts";
import { abs, cos, exp, isNaN as isNotNumber, logicalNot, neg, sin, sqrt, square } from "../map/unary.ts";
import { where } from "../map/where.ts";
import { complexMapKernel } from "./index.ts";

// Functions of complex numbers as functions of their parts, each one kernel.

/** √(a² + b²) without overflow in between. */
const hypotenuse = fuse((re: Tensor, im: Tensor) => {
  const [a, b] = [abs(re), abs(im)];
  const [small, large] = [minimum(a, b), maximum(a, b)];
  const length = multiply(large, sqrt(add(square(divide(small, large)), 1)));
  // Of nothing, and of infinities, the quotient is NaN.
  return where(equal(large, 0), 0, where(equal(small, Number.POSITIVE_INFINITY), small, length));
});

const squares = fuse((re: Tensor, im: Tensor) => add(square(re), square(im)));

const exponential = fuse((re: Tensor, im: Tensor) => {
  const size = exp(re);
  return [multiply(size, cos(im)), multiply(size, sin(im))];
});

/** The root with a real part ≥ 0, from the number and its absolute value. */
const squareRoot = fuse((re: Tensor, im: Tensor, size: Tensor) => {
  const large = sqrt(multiply(add(abs(re), size), 0.5));
  const small = where(equal(large, 0), 0, divide(multiply(abs(im), 0.5), large));
  const isRight = greaterEqual(re, 0);
  const imaginary = where(isRight, small, large);
  return [where(isRight, large, small), where(less(im, 0), neg(imaginary), imaginary)];
});

/**
 * Squared absolute values |x|², without the square root that `abs` takes.
 *
 * @param x complex64 or complex128 of any shape, or real.
 * @returns a real tensor of the same shape.
 */
export function absSquare(x: Tensor): Tensor {
  return x.device.scope(() => squares(real(x), imag(x)));
}

/** The complex functions by the names of the real ones. */
export const COMPLEX_FUNCTIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  neg: (x) => complexMapKernel.run([x], { operation: "neg" })[0],
  abs: (x) => hypotenuse(real(x), imag(x)),
  square: (x) => multiply(x, x),
  reciprocal: (x) => divide(1, x),
  exp: (x) => {
    const [re, im] = exponential(real(x), imag(x));
    return complex(re, im);
  },
  isNaN: (x) => logicalOr(isNotNumber(real(x)), isNotNumber(imag(x))),
  sqrt: (x) => {
    const [a, b] = [real(x), imag(x)];
    const [re, im] = squareRoot(a, b, hypotenuse(a, b));
    return complex(re, im);
  },
};

/** A function of a complex tensor by its name. @throws InvalidInputError for one that complex numbers do not have here. */
export function complexFunction(name: string, x: Tensor): Tensor {
  const apply = COMPLEX_FUNCTIONS[name];
  if (!apply) throw new InvalidInputError(`${name}: x`, "a real tensor", x.dtype);
  return x.device.scope(() => apply(x));
}

/** An operation on two operands, of which one may be a number. @throws InvalidInputError for one that complex numbers do not have. */
export function complexOperation(name: string, operands: readonly (Tensor | number)[], like: Tensor): Tensor {
  const { device, dtype } = like;
  return device.scope(() => {
    const tensors = operands.map((operand) =>
      typeof operand === "number" ? device.full([], operand, dtype) : operand,
    );
    switch (name) {
      case "add":
      case "subtract":
      case "multiply":
      case "divide":
      case "where":
        return complexMapKernel.run(tensors, { operation: name })[0];
      case "equal":
        return logicalAnd(equal(real(tensors[0]), real(tensors[1])), equal(imag(tensors[0]), imag(tensors[1])));
      case "notEqual":
        return logicalNot(complexOperation("equal", tensors, like));
      default:
        throw new InvalidInputError(`${name}: a`, "real tensors", dtype);
    }
  });
}
