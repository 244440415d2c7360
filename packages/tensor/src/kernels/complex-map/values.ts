import type { Tensor } from "../../tensor.ts";
import { fuse } from "../fused/index.ts";
import { add, divide, maximum, minimum, multiply, subtract } from "../map/binary.ts";
import { equal, greater, greaterEqual, less, logicalAnd, logicalOr } from "../map/comparison.ts";
import { abs, cos, exp, log, log1p, neg, sin, sqrt, square } from "../map/unary.ts";
import { where } from "../map/where.ts";

// Complex functions by real and imaginary parts, each one kernel. Those that compare the parts are never differentiated: where the parts are equal, their second derivatives would be wrong.

const INFINITY = Number.POSITIVE_INFINITY;

/** |re + i im| = L √(1 + (S/L)²), L and S being the larger and the smaller part: nothing overflows, or vanishes, on the way. */
export const absoluteValue = fuse((re: Tensor, im: Tensor) => {
  const [a, b] = [abs(re), abs(im)];
  const [small, large] = [minimum(a, b), maximum(a, b)];
  const length = multiply(large, sqrt(add(square(divide(small, large)), 1)));
  const isInfinite = logicalOr(equal(a, INFINITY), equal(b, INFINITY));
  // Of nothing, and of infinities, the quotient is NaN.
  return where(isInfinite, INFINITY, where(equal(large, 0), 0, length));
});

/** Tangent of the absolute value, `size`, from that of the parts. */
export const absoluteValueTangent = fuse((dRe: Tensor, dIm: Tensor, re: Tensor, im: Tensor, size: Tensor) =>
  add(multiply(dRe, relativeTo(size, re)), multiply(dIm, relativeTo(size, im))),
);

/** Cotangents of the parts from that of the absolute value. */
export const absoluteValueCotangents = fuse((cotangent: Tensor, re: Tensor, im: Tensor, size: Tensor) => [
  multiply(cotangent, relativeTo(size, re)),
  multiply(cotangent, relativeTo(size, im)),
]);

/** 0 where the size is, so that there the derivative of the absolute value is 0. */
function relativeTo(size: Tensor, part: Tensor): Tensor {
  return divide(part, where(equal(size, 0), 1, size));
}

export const squaredAbsoluteValue = fuse((re: Tensor, im: Tensor) => add(square(re), square(im)));

export const exponential = fuse((re: Tensor, im: Tensor) => {
  const size = exp(re);
  const part = (direction: Tensor) => where(equal(size, 0), 0, multiply(size, direction));
  return [part(cos(im)), where(equal(im, 0), im, part(sin(im)))];
});

/**
 * The real part of the logarithm, log |re + i im|: log L + ½ log(1 + (S/L)²), or near the unit circle, where these cancel, ½ log(1 + (L − 1)(L + 1) + S²).
 */
export const logarithmOfSize = fuse((re: Tensor, im: Tensor) => {
  const [a, b] = [abs(re), abs(im)];
  const [small, large] = [minimum(a, b), maximum(a, b)];
  const isNear = logicalAnd(greater(large, 0.5), less(large, 2));
  const beyondOne = add(multiply(subtract(large, 1), add(large, 1)), square(small));
  const beyondLarge = where(logicalOr(equal(large, 0), equal(large, INFINITY)), 0, square(divide(small, large)));
  return add(where(isNear, 0, log(large)), multiply(log1p(where(isNear, beyondOne, beyondLarge)), 0.5));
});

/** The root with a real part ≥ 0; on the negative real axis the sign of the imaginary part's zero decides. */
export const squareRoot = fuse((re: Tensor, im: Tensor) => {
  const [a, b] = [abs(re), abs(im)];
  const scale = maximum(a, b);
  const relative = (part: Tensor) => where(equal(part, INFINITY), 1, divide(part, scale));
  const [x, y] = [relative(a), relative(b)];
  const root = sqrt(multiply(add(x, sqrt(add(square(x), square(y)))), 0.5));
  const large = where(equal(scale, 0), 0, multiply(root, sqrt(scale)));
  const small = where(equal(y, 0), 0, multiply(divide(multiply(y, 0.5), root), sqrt(scale)));
  const isRight = greaterEqual(re, 0);
  const imaginary = where(equal(scale, 0), 0, where(isRight, small, large));
  const isBelow = logicalOr(less(im, 0), less(divide(1, im), 0));
  return [where(equal(scale, 0), 0, where(isRight, large, small)), where(isBelow, neg(imaginary), imaginary)];
});
