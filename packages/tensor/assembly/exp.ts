import { constant } from "./constant";
import { multiplyAdd, negatedMultiplyAdd } from "./multiply-add";

// The method of all functions and both precisions: x = n ln 2 + r with |r| ≤ ln 2 / 2, r = high + low in two parts, eʳ = 1 + r + r² q(r)
// with a minimax polynomial q (own fits; relative error of eʳ 2⁻²⁸ in float32, 2⁻⁵⁷ in float64), and scaling by 2ⁿ.

/** eˣ in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function exp<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? exp_f32x4(x) : exp_f64x2(x);
}

/** eˣ − 1 in every lane of a vector of T, f32 or f64, accurate near 0 too. */
// @ts-ignore: decorator
@inline
export function expm1<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? expm1_f32x4(x) : expm1_f64x2(x);
}

/** 2ˣ in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function exp2<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? exp2_f32x4(x) : exp2_f64x2(x);
}

// @ts-ignore: decorator
@inline
const F32 = memory.data<f32>([
  100, -120, // Beyond these eˣ is +∞ or 0; inside, both halves of the scaling are powers of two that exist.
  1.44269504, 12582912, // 1 / ln 2; 1.5 · 2²³
  0.693359375, 2.12194440e-4, // ln 2 in two parts, the first short enough for an exact product with n, the second negated
  0.001386340708, 0.008367434144, 0.0416672416, 0.1666653454, 0.5, 1,
  -20, // below this eˣ − 1 rounds to −1
  12582912 + 64,
  130, -160, // Beyond these 2ˣ is +∞ or 0.
  0.693147181, // ln 2
]);

/** eˣ of four float32: within 1 ulp everywhere, subnormal results included; exp(−∞) = 0, exp(+∞) = +∞, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exp_f32x4(x: v128): v128 {
  // `pmin` and `pmax` pass NaN on when it is their first argument.
  const bounded = f32x4.pmax(f32x4.pmin(x, constant<f32>(F32, 0)), constant<f32>(F32, 1));
  const shifted = shiftedQuotient_f32x4(bounded);
  const high = highRemainder_f32x4(bounded, shifted);
  const eToRMinus1 = f32x4.add(high, tail_f32x4(high, lowRemainder_f32x4(shifted)));
  const power = firstPower_f32x4(shifted);
  // Adding 1 after the exact multiplication instead of before it is one instruction less.
  return f32x4.mul(multiplyAdd<f32>(eToRMinus1, power, power), secondPower_f32x4(shifted));
}

/** 2ˣ of four float32: within 1.5 ulp everywhere, exact for integers, subnormal results included; exp2(−∞) = 0, exp2(+∞) = +∞, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exp2_f32x4(x: v128): v128 {
  const bounded = f32x4.pmax(f32x4.pmin(x, constant<f32>(F32, 14)), constant<f32>(F32, 15));
  const shifted = f32x4.add(bounded, constant<f32>(F32, 3));
  const remainder = f32x4.sub(bounded, f32x4.sub(shifted, constant<f32>(F32, 3)));
  const r = f32x4.mul(remainder, constant<f32>(F32, 16));
  const power = firstPower_f32x4(shifted);
  const eToRMinus1 = f32x4.add(r, tail_f32x4(r, i32x4.splat(0)));
  return f32x4.mul(multiplyAdd<f32>(eToRMinus1, power, power), secondPower_f32x4(shifted));
}

/** eˣ − 1 of four float32: within 1.5 ulp everywhere; expm1(±0) = ±0, expm1(−∞) = −1, expm1(+∞) = +∞, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function expm1_f32x4(x: v128): v128 {
  const bounded = f32x4.pmax(f32x4.pmin(x, constant<f32>(F32, 0)), constant<f32>(F32, 12));
  const shifted = shiftedQuotient_f32x4(bounded);
  const high = highRemainder_f32x4(bounded, shifted);
  const one = constant<f32>(F32, 11);
  // 2ⁿ ((1 − 2⁻ⁿ) + (eʳ − 1)); 2⁻⁶⁴ stands for all smaller powers, which 1 absorbs.
  const inversePower = i32x4.sub(one, i32x4.shl(f32x4.pmin(shifted, constant<f32>(F32, 13)), 23));
  const offset = f32x4.sub(one, inversePower);
  const sum = f32x4.add(offset, high);
  const roundoff = f32x4.add(f32x4.sub(offset, sum), high);
  const unscaled = f32x4.add(sum, f32x4.add(roundoff, tail_f32x4(high, lowRemainder_f32x4(shifted))));
  const scaled = f32x4.mul(f32x4.mul(unscaled, firstPower_f32x4(shifted)), secondPower_f32x4(shifted));
  return withSignOf(scaled, x, i32x4.splat(0x80000000));
}

/** round(x / ln 2) + 1.5 · 2²³: adding the large number rounds to an integer n, and leaves n in the low bits. */
// @ts-ignore: decorator
@inline
export function shiftedQuotient_f32x4(x: v128): v128 {
  return multiplyAdd<f32>(x, constant<f32>(F32, 2), constant<f32>(F32, 3));
}

// @ts-ignore: decorator
@inline
export function highRemainder_f32x4(x: v128, shifted: v128): v128 {
  return negatedMultiplyAdd<f32>(f32x4.sub(shifted, constant<f32>(F32, 3)), constant<f32>(F32, 4), x);
}

// @ts-ignore: decorator
@inline
export function lowRemainder_f32x4(shifted: v128): v128 {
  return f32x4.mul(f32x4.sub(shifted, constant<f32>(F32, 3)), constant<f32>(F32, 5));
}

/** eʳ − 1 − high = low + r² q(r). */
// @ts-ignore: decorator
@inline
function tail_f32x4(high: v128, low: v128): v128 {
  const r = f32x4.add(high, low);
  const r2 = f32x4.mul(r, r);
  const q23 = multiplyAdd<f32>(r, constant<f32>(F32, 7), constant<f32>(F32, 8));
  const q01 = multiplyAdd<f32>(r, constant<f32>(F32, 9), constant<f32>(F32, 10));
  const q = multiplyAdd<f32>(r2, multiplyAdd<f32>(r2, constant<f32>(F32, 6), q23), q01);
  return multiplyAdd<f32>(r2, q, low);
}

// 2ⁿ as a product of two powers of two that exist: a multiplication by the first is exact, that by the second rounds (to a subnormal, or to +∞) where it must.

// @ts-ignore: decorator
@inline
function firstPower_f32x4(shifted: v128): v128 {
  return i32x4.add(i32x4.shl(i32x4.shr_s(shifted, 1), 23), constant<f32>(F32, 11));
}

// @ts-ignore: decorator
@inline
function secondPower_f32x4(shifted: v128): v128 {
  return i32x4.add(i32x4.shl(i32x4.sub(shifted, i32x4.shr_s(shifted, 1)), 23), constant<f32>(F32, 11));
}

// @ts-ignore: decorator
@inline
const F64 = memory.data<f64>([
  720, -760,
  1.4426950408889634, 6755399441055744, // 1 / ln 2; 1.5 · 2⁵²
  6.93147180369123816490e-01, -1.90821492927058770002e-10,
  2.4978101966115013e-08, 2.7625223547800685e-07, 2.755764167873063e-06, 2.480150858938637e-05, 0.00019841269465377276,
  0.0013888888926871928, 0.008333333333500422, 0.04166666666660376, 0.16666666666666433, 0.5, 1,
  -40,
  6755399441055744 + 64,
  1030, -1080, // Beyond these 2ˣ is +∞ or 0.
  0.6931471805599453, // ln 2
]);

/** eˣ of two float64: within 1 ulp everywhere, subnormal results included; exp(−∞) = 0, exp(+∞) = +∞, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exp_f64x2(x: v128): v128 {
  const bounded = f64x2.pmax(f64x2.pmin(x, constant<f64>(F64, 0)), constant<f64>(F64, 1));
  const shifted = shiftedQuotient_f64x2(bounded);
  const leading = firstFactor_f64x2(highRemainder_f64x2(bounded, shifted), lowRemainder_f64x2(shifted), shifted);
  return f64x2.mul(leading, secondPower_f64x2(shifted));
}

/** 2ˣ of two float64: within 1.5 ulp everywhere, exact for integers, subnormal results included; exp2(−∞) = 0, exp2(+∞) = +∞, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exp2_f64x2(x: v128): v128 {
  const bounded = f64x2.pmax(f64x2.pmin(x, constant<f64>(F64, 19)), constant<f64>(F64, 20));
  const shifted = f64x2.add(bounded, constant<f64>(F64, 3));
  const remainder = f64x2.sub(bounded, f64x2.sub(shifted, constant<f64>(F64, 3)));
  const leading = firstFactor_f64x2(f64x2.mul(remainder, constant<f64>(F64, 21)), i64x2.splat(0), shifted);
  return f64x2.mul(leading, secondPower_f64x2(shifted));
}

// eˣ of two float64 in steps, for functions of it that must not lose its last bits: `shifted` is `shiftedQuotient_f64x2(x)`, `high` is `highRemainder_f64x2(x, shifted)`
// and `low` is `lowRemainder_f64x2(shifted)`, to which what x lost by rounding may be added; then eˣ is `firstFactor_f64x2(high, low, shifted)`, which is neither
// tiny nor huge, times `secondPower_f64x2(shifted)`. For x in [−800, 720].

/** eʳ times the first of two powers of two. */
// @ts-ignore: decorator
@inline
export function firstFactor_f64x2(high: v128, low: v128, shifted: v128): v128 {
  const eToRMinus1 = f64x2.add(high, tail_f64x2(high, low));
  const power = firstPower_f64x2(shifted);
  // Adding 1 after the exact multiplication instead of before it is one instruction less.
  return multiplyAdd<f64>(eToRMinus1, power, power);
}

/** eˣ − 1 of two float64: within 1.5 ulp everywhere; expm1(±0) = ±0, expm1(−∞) = −1, expm1(+∞) = +∞, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function expm1_f64x2(x: v128): v128 {
  const bounded = f64x2.pmax(f64x2.pmin(x, constant<f64>(F64, 0)), constant<f64>(F64, 17));
  const shifted = shiftedQuotient_f64x2(bounded);
  const high = highRemainder_f64x2(bounded, shifted);
  const one = constant<f64>(F64, 16);
  const inversePower = i64x2.sub(one, i64x2.shl(f64x2.pmin(shifted, constant<f64>(F64, 18)), 52));
  const offset = f64x2.sub(one, inversePower);
  const sum = f64x2.add(offset, high);
  const roundoff = f64x2.add(f64x2.sub(offset, sum), high);
  const unscaled = f64x2.add(sum, f64x2.add(roundoff, tail_f64x2(high, lowRemainder_f64x2(shifted))));
  const scaled = f64x2.mul(f64x2.mul(unscaled, firstPower_f64x2(shifted)), secondPower_f64x2(shifted));
  return withSignOf(scaled, x, i64x2.splat(0x8000000000000000));
}

// @ts-ignore: decorator
@inline
export function shiftedQuotient_f64x2(x: v128): v128 {
  return multiplyAdd<f64>(x, constant<f64>(F64, 2), constant<f64>(F64, 3));
}

// @ts-ignore: decorator
@inline
export function highRemainder_f64x2(x: v128, shifted: v128): v128 {
  return negatedMultiplyAdd<f64>(f64x2.sub(shifted, constant<f64>(F64, 3)), constant<f64>(F64, 4), x);
}

// @ts-ignore: decorator
@inline
export function lowRemainder_f64x2(shifted: v128): v128 {
  return f64x2.mul(f64x2.sub(shifted, constant<f64>(F64, 3)), constant<f64>(F64, 5));
}

// @ts-ignore: decorator
@inline
function tail_f64x2(high: v128, low: v128): v128 {
  const r = f64x2.add(high, low);
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const q89 = multiplyAdd<f64>(r, constant<f64>(F64, 6), constant<f64>(F64, 7));
  const q67 = multiplyAdd<f64>(r, constant<f64>(F64, 8), constant<f64>(F64, 9));
  const q45 = multiplyAdd<f64>(r, constant<f64>(F64, 10), constant<f64>(F64, 11));
  const q23 = multiplyAdd<f64>(r, constant<f64>(F64, 12), constant<f64>(F64, 13));
  const q01 = multiplyAdd<f64>(r, constant<f64>(F64, 14), constant<f64>(F64, 15));
  const q47 = multiplyAdd<f64>(r2, q67, q45);
  const q03 = multiplyAdd<f64>(r2, q23, q01);
  const q = multiplyAdd<f64>(r4, multiplyAdd<f64>(r4, q89, q47), q03);
  return multiplyAdd<f64>(r2, q, low);
}

// @ts-ignore: decorator
@inline
function firstPower_f64x2(shifted: v128): v128 {
  // Only the low 12 bits of the exponents matter, so 32-bit arithmetic does: there is no fast 64-bit signed shift.
  return i64x2.add(i64x2.shl(i32x4.shr_s(shifted, 1), 52), constant<f64>(F64, 16));
}

// @ts-ignore: decorator
@inline
export function secondPower_f64x2(shifted: v128): v128 {
  return i64x2.add(i64x2.shl(i32x4.sub(shifted, i32x4.shr_s(shifted, 1)), 52), constant<f64>(F64, 16));
}

/** `value`, whose sign is that of x wherever it is not 0, with the sign of x for 0 too. */
// @ts-ignore: decorator
@inline
function withSignOf(value: v128, x: v128, signBit: v128): v128 {
  return v128.or(value, v128.and(x, signBit));
}
