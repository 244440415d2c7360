import { constant } from "./constant";
import {
  highRemainder_f32x4, highRemainder_f64x2, lowRemainder_f32x4, lowRemainder_f64x2, shiftedQuotient_f32x4, shiftedQuotient_f64x2,
} from "./exp";
import { log1pOfSum_f64x2, log_f64x2 } from "./log";
import { multiplyAdd } from "./multiply-add";
import { joinHalves, lowerHalf, upperHalf } from "./narrow";
import { polynomial } from "./polynomial";

// The method of sinh and cosh: |x| = n ln 2 + r with |r| ≤ ln 2 / 2, cosh r = 1 + C, sinh r = S with polynomials for both; with A = 2ⁿ⁻¹ and B = 2⁻ⁿ⁻¹,
// sinh |x| = (A − B)(1 + C) + (A + B) S and cosh x = (A + B)(1 + C) + (A − B) S. A and B are halved, as A may not exist.

/** sinh x in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function sinh<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? sinh_f32x4(x) : sinh_f64x2(x);
}

/** cosh x in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function cosh<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? cosh_f32x4(x) : cosh_f64x2(x);
}

// @ts-ignore: decorator
@inline
const F32 = memory.data<f32>([
  89.5, 12582912 + 40, 0.25, // Beyond 89.5 the result is infinite; 1.5 · 2²³ + 40, from where on B is nothing
  0.1666666716, 0.008333177306, 0.000199719274,
  0.5, 0.04166645929, 0.001393544953,
  1.220703125e-4, // Below, x is the result.
]);

/** sinh x of four float32: within 2 ulp everywhere; sinh(±0) = ±0, sinh(±∞) = ±∞, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function sinh_f32x4(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const bounded = f32x4.pmin(magnitude, constant<f32>(F32, 0));
  const shifted = shiftedQuotient_f32x4(bounded);
  const A = growing_f32x4(shifted);
  const B = shrinking_f32x4(shifted);
  const even = f32x4.sub(A, B);
  const value = combination<f32>(even, f32x4.sub(f32x4.sub(A, even), B), f32x4.add(A, B), highRemainder_f32x4(bounded, shifted), lowRemainder_f32x4(shifted));
  return withTinyAndSign<f32>(f32x4.add(value, value), x, magnitude, i32x4.splat(0x80000000));
}

/** cosh x of four float32: within 1.5 ulp everywhere; cosh(±0) = 1, cosh(±∞) = +∞, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function cosh_f32x4(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.abs(x), constant<f32>(F32, 0));
  const shifted = shiftedQuotient_f32x4(bounded);
  const A = growing_f32x4(shifted);
  const B = shrinking_f32x4(shifted);
  const even = f32x4.add(A, B);
  const value = combination<f32>(even, f32x4.add(f32x4.sub(A, even), B), f32x4.sub(A, B), highRemainder_f32x4(bounded, shifted), lowRemainder_f32x4(shifted));
  return f32x4.add(value, value);
}

/** A / 2, n being in the low bits of `shifted`. */
// @ts-ignore: decorator
@inline
function growing_f32x4(shifted: v128): v128 {
  return i32x4.add(i32x4.shl(shifted, 23), constant<f32>(F32, 2));
}

/** B / 2. */
// @ts-ignore: decorator
@inline
function shrinking_f32x4(shifted: v128): v128 {
  return i32x4.sub(constant<f32>(F32, 2), i32x4.shl(f32x4.pmin(shifted, constant<f32>(F32, 1)), 23));
}

// @ts-ignore: decorator
@inline
const F64 = memory.data<f64>([
  710.6, 6755399441055744 + 64, 0.25,
  0.16666666666666666, 0.008333333333333333, 0.0001984126984126322, 2.755731924742989e-06, 2.505207086864797e-08, 1.6086711308915347e-10,
  0.5, 0.04166666666666668, 0.0013888888888878956, 2.4801587336759044e-05, 2.7557262940545835e-07, 2.091826279349642e-09,
  1.4901161193847656e-8,
]);

/** sinh x of two float64: within 2 ulp everywhere; sinh(±0) = ±0, sinh(±∞) = ±∞, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function sinh_f64x2(x: v128): v128 {
  const magnitude = f64x2.abs(x);
  const bounded = f64x2.pmin(magnitude, constant<f64>(F64, 0));
  const shifted = shiftedQuotient_f64x2(bounded);
  const A = growing_f64x2(shifted);
  const B = shrinking_f64x2(shifted);
  const even = f64x2.sub(A, B);
  const value = combination<f64>(even, f64x2.sub(f64x2.sub(A, even), B), f64x2.add(A, B), highRemainder_f64x2(bounded, shifted), lowRemainder_f64x2(shifted));
  return withTinyAndSign<f64>(f64x2.add(value, value), x, magnitude, i64x2.splat(0x8000000000000000));
}

/** cosh x of two float64: within 1.5 ulp everywhere; cosh(±0) = 1, cosh(±∞) = +∞, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function cosh_f64x2(x: v128): v128 {
  const bounded = f64x2.pmin(f64x2.abs(x), constant<f64>(F64, 0));
  const shifted = shiftedQuotient_f64x2(bounded);
  const A = growing_f64x2(shifted);
  const B = shrinking_f64x2(shifted);
  const even = f64x2.add(A, B);
  const value = combination<f64>(even, f64x2.add(f64x2.sub(A, even), B), f64x2.sub(A, B), highRemainder_f64x2(bounded, shifted), lowRemainder_f64x2(shifted));
  return f64x2.add(value, value);
}

// @ts-ignore: decorator
@inline
function growing_f64x2(shifted: v128): v128 {
  return i64x2.add(i64x2.shl(shifted, 52), constant<f64>(F64, 2));
}

// @ts-ignore: decorator
@inline
function shrinking_f64x2(shifted: v128): v128 {
  return i64x2.sub(constant<f64>(F64, 2), i64x2.shl(f64x2.pmin(shifted, constant<f64>(F64, 1)), 52));
}

/** even · cosh(high + low) + odd · sinh(high + low); `rest` is what rounding took from `even`. */
// @ts-ignore: decorator
@inline
function combination<T extends number>(even: v128, rest: v128, odd: v128, high: v128, low: v128): v128 {
  const r = v128.add<T>(high, low);
  const z = v128.mul<T>(r, r);
  const S = sizeof<T>() == 4 ? polynomial<f32>(F32, 3, 3, z) : polynomial<f64>(F64, 3, 6, z);
  const C = sizeof<T>() == 4 ? polynomial<f32>(F32, 6, 3, z) : polynomial<f64>(F64, 9, 6, z);
  const sineTail = multiplyAdd<T>(v128.mul<T>(r, z), S, low);
  const tail = multiplyAdd<T>(odd, sineTail, multiplyAdd<T>(even, v128.mul<T>(z, C), rest));
  return v128.add<T>(even, multiplyAdd<T>(odd, high, tail));
}

/** `value` with the sign of x; x itself where it is so small that halving might have cost it bits. */
// @ts-ignore: decorator
@inline
function withTinyAndSign<T extends number>(value: v128, x: v128, magnitude: v128, signBit: v128): v128 {
  const limit = sizeof<T>() == 4 ? constant<f32>(F32, 9) : constant<f64>(F64, 15);
  return v128.bitselect(x, v128.or(value, v128.and(x, signBit)), v128.lt<T>(magnitude, limit));
}

/** arsinh x in every lane of a vector of T, f32 or f64: within 2 ulp everywhere; asinh(±0) = ±0, asinh(±∞) = ±∞, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function asinh<T extends number>(x: v128): v128 {
  if (sizeof<T>() == 8) return asinh_f64x2(x);
  return joinHalves(narrowAsinh(lowerHalf(x)), narrowAsinh(upperHalf(x)));
}

/** arcosh x in every lane of a vector of T, f32 or f64: within 2.5 ulp everywhere; acosh(1) = 0, acosh(+∞) = +∞, NaN below 1 and for NaN. */
// @ts-ignore: decorator
@inline
export function acosh<T extends number>(x: v128): v128 {
  if (sizeof<T>() == 8) return acosh_f64x2(x);
  return joinHalves(narrowAcosh(lowerHalf(x)), narrowAcosh(upperHalf(x)));
}

/** artanh x in every lane of a vector of T, f32 or f64: within 2.5 ulp everywhere; atanh(±0) = ±0, atanh(±1) = ±∞, NaN beyond and for NaN. */
// @ts-ignore: decorator
@inline
export function atanh<T extends number>(x: v128): v128 {
  if (sizeof<T>() == 8) return atanh_f64x2(x);
  return joinHalves(narrowAtanh(lowerHalf(x)), narrowAtanh(upperHalf(x)));
}

// @ts-ignore: decorator
@inline
const AREA = memory.data<f64>([
  1, 2, 0.5,
  1152921504606846976, 0.6931471805599453, // 2⁶⁰, from where on squares leave 1 without a trace; ln 2
  0.00390625, // 2⁻⁸, below which a logarithm near 1 would lose too many bits
  -0.16666666666666666, 0.075,
  0.3333333333333333, 0.2,
]);

/** ln(1 + w) with w = |x| + x² / (1 + √(1 + x²)), what the sum loses by rounding being kept; ln 2|x| for large x. */
// @ts-ignore: decorator
@inline
function asinh_f64x2(x: v128): v128 {
  const magnitude = f64x2.abs(x);
  const one = constant<f64>(AREA, 0);
  const square = f64x2.mul(magnitude, magnitude);
  const rest = f64x2.div(square, f64x2.add(one, f64x2.sqrt(f64x2.add(one, square))));
  const value = logOfOnePlusSum(magnitude, rest, magnitude);
  return v128.or(value, v128.and(x, i64x2.splat(0x8000000000000000)));
}

/** ln(1 + w) with t = x − 1 and w = t + √(t (2 + t)). */
// @ts-ignore: decorator
@inline
function acosh_f64x2(x: v128): v128 {
  const t = f64x2.sub(x, constant<f64>(AREA, 0));
  const root = f64x2.sqrt(f64x2.mul(t, f64x2.add(constant<f64>(AREA, 1), t)));
  // The root is the larger up to x = ∞.
  const value = logOfOnePlusSum(root, t, x);
  // All bits set is NaN.
  return v128.or(value, f64x2.lt(x, constant<f64>(AREA, 0)));
}

/** ln(1 + larger + smaller), or ln 2x where x is large. */
// @ts-ignore: decorator
@inline
function logOfOnePlusSum(larger: v128, smaller: v128, x: v128): v128 {
  const isLarge = f64x2.gt(x, constant<f64>(AREA, 3));
  const sum = f64x2.add(larger, smaller);
  const roundoff = f64x2.add(f64x2.sub(larger, sum), smaller);
  const value = log1pOfSum_f64x2(v128.bitselect(x, sum, isLarge), v128.andnot(roundoff, isLarge));
  return f64x2.add(value, v128.and(isLarge, constant<f64>(AREA, 4)));
}

/** ln(1 + 2|x| / (1 − |x|)) / 2. */
// @ts-ignore: decorator
@inline
function atanh_f64x2(x: v128): v128 {
  const magnitude = f64x2.abs(x);
  const w = f64x2.div(f64x2.add(magnitude, magnitude), f64x2.sub(constant<f64>(AREA, 0), magnitude));
  const value = f64x2.mul(constant<f64>(AREA, 2), log1pOfSum_f64x2(w, i64x2.splat(0)));
  return v128.or(value, v128.and(x, i64x2.splat(0x8000000000000000)));
}

// @ts-ignore: decorator
@inline
function narrowAsinh(x: v128): v128 {
  const magnitude = f64x2.abs(x);
  const z = f64x2.mul(x, x);
  const far = log_f64x2(f64x2.add(magnitude, f64x2.sqrt(f64x2.add(z, constant<f64>(AREA, 0)))));
  return nearOrFar(x, magnitude, f64x2.mul(z, polynomial<f64>(AREA, 6, 2, z)), far);
}

// @ts-ignore: decorator
@inline
function narrowAcosh(x: v128): v128 {
  const one = constant<f64>(AREA, 0);
  const value = log_f64x2(f64x2.add(x, f64x2.sqrt(f64x2.sub(f64x2.mul(x, x), one))));
  return v128.or(value, f64x2.lt(x, one));
}

// @ts-ignore: decorator
@inline
function narrowAtanh(x: v128): v128 {
  const magnitude = f64x2.abs(x);
  const one = constant<f64>(AREA, 0);
  const z = f64x2.mul(x, x);
  const far = log_f64x2(f64x2.div(f64x2.add(one, magnitude), f64x2.sub(one, magnitude)));
  return nearOrFar(x, magnitude, f64x2.mul(z, polynomial<f64>(AREA, 8, 2, z)), f64x2.mul(constant<f64>(AREA, 2), far));
}

/** x + x · relative near 0, otherwise `far` with the sign of x. */
// @ts-ignore: decorator
@inline
function nearOrFar(x: v128, magnitude: v128, relative: v128, far: v128): v128 {
  const value = v128.bitselect(multiplyAdd<f64>(x, relative, x), far, f64x2.lt(magnitude, constant<f64>(AREA, 5)));
  return v128.or(value, v128.and(x, i64x2.splat(0x8000000000000000)));
}
