import { apply, type Primitive } from "../../differentiation/primitive.ts";
import type { DType } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { complex, imag, real } from "../complex-parts/index.ts";
import { realView } from "../complex-parts/views.ts";
import { atan2, divide, multiply } from "../map/binary.ts";
import { equal, notEqual } from "../map/comparison.ts";
import { isNaN as isNotNumber } from "../map/unary.ts";
import { max, min } from "../reduce/index.ts";
import { complexMapKernel } from "./index.ts";
import {
  absoluteValue,
  absoluteValueCotangents,
  absoluteValueTangent,
  exponential,
  logarithmOfSize,
  squaredAbsoluteValue,
  squareRoot,
} from "./values.ts";

/**
 * Squared absolute values |x|², without the square root that `abs` takes.
 *
 * @param x complex64 or complex128 of any shape, or real.
 * @returns a real tensor of the same shape.
 * @throws InvalidInputError unless the dtype is a float or complex.
 */
export function absSquare(x: Tensor): Tensor {
  return x.device.scope(() => squaredAbsoluteValue(real(x), imag(x)));
}

/**
 * Angles in (−π, π] with the positive real axis, those of `atan2`: 0 for 0, and for numbers on the negative real axis π or −π by the sign of the imaginary zero.
 *
 * @param x complex64 or complex128 of any shape, or real.
 * @returns a real tensor of the same shape.
 * @throws InvalidInputError unless the dtype is a float or complex.
 */
export function angle(x: Tensor): Tensor {
  return x.device.scope(() => atan2(imag(x), real(x)));
}

/** A function with a complex derivative f′: the tangent times f′, and its adjoint, the cotangent times conj(f′). */
function holomorphic(
  name: string,
  values: (re: Tensor, im: Tensor) => readonly [re: Tensor, im: Tensor],
  derivative: (x: Tensor, y: Tensor) => Tensor,
): (x: Tensor) => Tensor {
  const primitive: Primitive<null> = {
    name,
    evaluate: ([x]) => [x.device.scope(() => complex(...values(real(x), imag(x))))],
    batch: ({ inputs, options }) => apply(primitive, inputs, options),
    derivatives: { structure: "elementwise", derivative },
  };
  return (x) => apply(primitive, [x], null)[0];
}

const absPrimitive: Primitive<null> = {
  name: "abs",
  evaluate: ([x]) => [x.device.scope(() => absoluteValue(real(x), imag(x)))],
  batch: ({ inputs, options }) => apply(absPrimitive, inputs, options),
  derivatives: {
    structure: "nonlinear",
    reverse: ([cotangent], { inputs: [x], outputs: [y] }) => {
      const [re, im] = absoluteValueCotangents(cotangent!, real(x), imag(x), y);
      return [complex(re, im)];
    },
    forward: ([tangent], { inputs: [x], outputs: [y] }) => [
      absoluteValueTangent(real(tangent!), imag(tangent!), real(x), imag(x), y),
    ],
  },
};

const expOf = holomorphic(
  "exp",
  (re, im) => exponential(re, im) as [Tensor, Tensor],
  (_, y) => y,
);
const logOf = holomorphic(
  "log",
  (re, im) => [logarithmOfSize(re, im), atan2(im, re)],
  (x) => divide(1, x),
);
const sqrtOf = holomorphic(
  "sqrt",
  (re, im) => squareRoot(re, im) as [Tensor, Tensor],
  (_, y) => divide(0.5, y),
);

/** The complex functions by the names of the real ones. */
const FUNCTIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  neg: (x) => complexMapKernel.run([x], { operation: "neg" })[0],
  abs: (x) => apply(absPrimitive, [x], null)[0],
  square: (x) => multiply(x, x),
  reciprocal: (x) => divide(1, x),
  exp: expOf,
  log: logOf,
  sqrt: sqrtOf,
  isNaN: (x) => max(isNotNumber(realView(x)), { axes: -1 }),
};

/** A function of a complex tensor by its name. @throws InvalidInputError for one that complex numbers do not have here. */
export function complexFunction(name: string, x: Tensor): Tensor {
  const run = FUNCTIONS[name];
  if (!run) throw new InvalidInputError(`${name}: x`, "a real tensor", x.dtype);
  return x.device.scope(() => run(x));
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
        return min(equal(...partsOf(name, tensors, dtype)), { axes: -1 });
      case "notEqual":
        return max(notEqual(...partsOf(name, tensors, dtype)), { axes: -1 });
      default:
        throw new InvalidInputError(`${name}: a`, "real tensors", dtype);
    }
  });
}

function partsOf(name: string, tensors: readonly Tensor[], dtype: DType): [a: Tensor, b: Tensor] {
  const other = tensors.find((tensor) => tensor.dtype !== dtype);
  if (other) throw new InvalidInputError(`${name}: b`, `tensors of ${dtype} (use cast)`, other.dtype);
  return [realView(tensors[0]), realView(tensors[1])];
}
