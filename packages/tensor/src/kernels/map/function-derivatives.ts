import { sumTo } from "../../differentiation/broadcasting.ts";
import type { Derivatives } from "../../differentiation/primitive.ts";
import { broadcastTo } from "../../movement/axes.ts";
import type { Tensor } from "../../tensor.ts";
import { cast } from "../cast/index.ts";
import type { MapOptions } from "./arguments.ts";
import { add, divide, maximum, minimum, multiply, subtract } from "./binary.ts";
import { greater, greaterEqual, lessEqual, logicalAnd } from "./comparison.ts";
import { cosh, erfc, sinh } from "./functions.ts";
import type { MapOperation } from "./operations.ts";
import { exp, expm1, logicalNot, neg, reciprocal, rsqrt, sigmoid, square } from "./unary.ts";
import { where } from "./where.ts";

// Slopes of elementary functions and activations. They are compiled into one kernel each, so that the functions in them count, not the arithmetic.

type Slope = (x: Tensor, y: Tensor) => Tensor | number | null;

const ROOT_HALF = Math.SQRT1_2;
const INVERSE_ROOT_TWO_PI = 0.3989422804014327;
const TWO_OVER_ROOT_PI = 1.1283791670955126;
/** √(8/π), and that times 0.044715. */
const GELU_LINEAR = 1.5957691216057308;
const GELU_CUBIC = 0.07135481627260025;

/** f′ of functions of one argument. */
export const FUNCTION_SLOPES: Readonly<Partial<Record<MapOperation, Slope>>> = {
  exp2: (_, y) => multiply(y, Math.LN2),
  log2: (x) => divide(Math.LOG2E, x),
  log10: (x) => divide(Math.LOG10E, x),
  tan: (_, y) => add(square(y), 1),
  // As products of factors that are exact near the ends of the domain: there the slopes are infinite, and beyond NaN.
  asin: (x) => rsqrt(multiply(subtract(1, x), add(x, 1))),
  acos: (x) => neg(rsqrt(multiply(subtract(1, x), add(x, 1)))),
  acosh: (x) => multiply(rsqrt(subtract(x, 1)), rsqrt(add(x, 1))),
  atanh: (x) => reciprocal(multiply(subtract(1, x), add(x, 1))),
  atan: (x) => reciprocal(add(square(x), 1)),
  asinh: (x) => rsqrt(add(square(x), 1)),
  sinh: (x) => cosh(x),
  cosh: (x) => sinh(x),
  erf: (x) => multiply(exp(neg(square(x))), TWO_OVER_ROOT_PI),
  erfc: (x) => multiply(exp(neg(square(x))), -TWO_OVER_ROOT_PI),
  relu: (x) => cast(greater(x, 0), x.dtype),
  softplus: (x) => sigmoid(x),
  // σ + x σ (1 − σ)
  silu: (x, y) => {
    const s = sigmoid(x);
    return add(s, multiply(y, subtract(1, s)));
  },
  // Φ + x φ, with the exponential that the slope of erfc has too.
  gelu: (x) => {
    const u = multiply(x, -ROOT_HALF);
    const density = multiply(exp(neg(square(u))), INVERSE_ROOT_TWO_PI);
    return add(multiply(erfc(u), 0.5), multiply(x, density));
  },
  // σ(w) + x σ(w) (1 − σ(w)) w′
  geluTanh: (x, y) => {
    const z = square(x);
    const s = sigmoid(multiply(x, add(multiply(z, GELU_CUBIC), GELU_LINEAR)));
    return add(s, multiply(multiply(y, subtract(1, s)), add(multiply(z, 3 * GELU_CUBIC), GELU_LINEAR)));
  },
};

type PairSlope = (a: Tensor, b: Tensor, y: Tensor) => Tensor;

/** f′ in each argument of functions of two tensors. */
export const FUNCTION_PAIR_SLOPES: Readonly<
  Partial<Record<MapOperation, readonly [inFirst: PairSlope, inSecond: PairSlope]>>
> = {
  atan2: [(y, x) => divide(x, add(square(x), square(y))), (y, x) => neg(divide(y, add(square(x), square(y))))],
  leakyRelu: [(x, slope) => where(greater(x, 0), one(x), slope), (x) => where(greater(x, 0), 0, x)],
  elu: [(x, alpha, y) => where(greater(x, 0), one(x), add(y, alpha)), (x) => expm1(minimum(x, 0))],
};

/** f′ of functions of two arguments whose other argument is the number c: with the number second, and with the number first. */
export const FUNCTION_SLOPES_WITH_NUMBER: Readonly<
  Partial<Record<MapOperation, readonly [second: (c: number) => Slope, first: (c: number) => Slope]>>
> = {
  atan2: [(c) => (y) => divide(c, add(square(y), c * c)), (c) => (x) => divide(-c, add(square(x), c * c))],
  leakyRelu: [(c) => (x) => where(greater(x, 0), one(x), c), (c) => () => (c > 0 ? null : c)],
  elu: [(c) => (x, y) => where(greater(x, 0), one(x), add(y, c)), (c) => () => (c > 0 ? null : Math.expm1(c))],
};

function one(like: Tensor): Tensor {
  return like.device.full([], 1, like.dtype);
}

/** Of clamp, whose limits are mostly numbers. */
export function clampDerivatives(constants: readonly (number | undefined)[]): Derivatives<MapOptions> {
  const [lower, upper] = [constants[1], constants[2]];
  if (lower !== undefined && upper !== undefined)
    return {
      structure: "elementwise",
      derivative: (x) => cast(logicalAnd(greaterEqual(x, lower), lessEqual(x, upper)), x.dtype),
    };
  const positions = [0, 1, 2].filter((position) => constants[position] === undefined);
  /** Whether the argument at each tensor's position is the result. */
  const isTaken = (inputs: readonly Tensor[]): Tensor<"bool">[] => {
    const [x, least, most] = [0, 1, 2].map(
      (position) =>
        inputs[positions.indexOf(position)] ?? inputs[0].device.full([], constants[position]!, inputs[0].dtype),
    );
    const isAbove = greaterEqual(x, least);
    const isBelow = lessEqual(x, most);
    const taken = [
      () => logicalAnd(isAbove, isBelow),
      () => logicalAnd(logicalNot(isAbove), lessEqual(least, most)),
      () => greater(maximum(x, least), most),
    ];
    return positions.map((position) => taken[position]());
  };
  return {
    structure: "nonlinear",
    reverse: ([cotangent], { inputs, needed }) =>
      isTaken(inputs).map((taken, index) =>
        needed[index] ? sumTo(where(taken, cotangent!, 0), inputs[index].shape) : null,
      ),
    forward: (tangents, { inputs, outputs: [{ shape }] }) => {
      const terms = isTaken(inputs).flatMap((taken, index) => {
        const tangent = tangents[index];
        return tangent ? [where(taken, tangent, 0)] : [];
      });
      return [
        broadcastTo(
          terms.reduce((total, term) => add(total, term)),
          shape,
        ),
      ];
    },
  };
}
