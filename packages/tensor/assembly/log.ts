import { constant } from "./constant";
import { multiplyAdd } from "./multiply-add";

// The method of both functions and both precisions: x = 2ᵏ (1 + f) with √½ ≤ 1 + f < √2, s = f / (2 + f) and
// ln(1 + f) = f − f²/2 + s (f²/2 + R(s²)). Coefficients of R: FreeBSD e_logf.c and e_log.c.

/** Natural logarithm in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function log<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? log_f32x4(x) : log_f64x2(x);
}

/** ln(1 + x) in every lane of a vector of T, f32 or f64, accurate near 0 too. */
// @ts-ignore: decorator
@inline
export function log1p<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? log1p_f32x4(x) : log1p_f64x2(x);
}

/** Base-2 logarithm in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function log2<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? logInBase_f32x4(x, LOG2_F32) : logInBase_f64x2(x, LOG2_F64);
}

/** Base-10 logarithm in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function log10<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? logInBase_f32x4(x, LOG10_F32) : logInBase_f64x2(x, LOG10_F64);
}

// @ts-ignore: decorator
@inline
const F32 = memory.data<f32>([
  1.17549435e-38, 33554432, // smallest normal number; 2²⁵
  1, 2, 0.5,
  0.24279078841, 0.28498786688, 0.40000972152, 0.66666662693,
  6.9313812256e-1, 9.0580006145e-6, // ln 2 in two parts, the first short enough for an exact product with k
]);

// @ts-ignore: decorator
@inline
const I32 = memory.data<i32>([0x3f800000 - 0x3f3504f3, 127, 127 + 25, 0x007fffff, 0x3f3504f3, 0x7f800000, 0xff800000]);

/** ln x of four float32: within 1 ulp everywhere, subnormal arguments included; ln 0 = −∞, ln(+∞) = +∞, NaN for negative numbers and NaN. */
// @ts-ignore: decorator
@inline
export function log_f32x4(x: v128): v128 {
  const subnormal = f32x4.lt(x, constant<f32>(F32, 0));
  const normal = v128.bitselect(f32x4.mul(x, constant<f32>(F32, 1)), x, subnormal);
  const bias = v128.bitselect(constant<f32>(I32, 2), constant<f32>(I32, 1), subnormal);
  return withSpecialValues<f32>(x, logOfNormal_f32x4(normal, bias, i32x4.splat(0)), constant<f32>(I32, 5), constant<f32>(I32, 6));
}

/** ln(1 + x) of four float32: within 1 ulp everywhere; log1p(±0) = ±0, log1p(−1) = −∞, log1p(+∞) = +∞, NaN below −1 and for NaN. */
// @ts-ignore: decorator
@inline
export function log1p_f32x4(x: v128): v128 {
  const one = constant<f32>(F32, 2);
  const u = f32x4.add(one, x);
  const correction = f32x4.div(roundoffOfOnePlus<f32>(one, x, u), u);
  const finite = logOfNormal_f32x4(u, constant<f32>(I32, 1), correction);
  const result = withSpecialValues<f32>(u, finite, constant<f32>(I32, 5), constant<f32>(I32, 6));
  return v128.or(result, v128.and(x, i32x4.splat(0x80000000)));
}

/** ln x + correction, x normal; `bias` is what to take from its biased exponent. */
// @ts-ignore: decorator
@inline
function logOfNormal_f32x4(x: v128, bias: v128, correction: v128): v128 {
  const shifted = shifted_f32x4(x);
  const k = exponent_f32x4(shifted, bias);
  const f = significand_f32x4(shifted);
  const halfSquare = f32x4.mul(f32x4.mul(constant<f32>(F32, 4), f), f);
  const low = multiplyAdd<f32>(k, constant<f32>(F32, 10), correction);
  const tail = f32x4.sub(series_f32x4(f, halfSquare, low), halfSquare);
  return multiplyAdd<f32>(k, constant<f32>(F32, 9), f32x4.add(tail, f));
}

/** Makes exponents change at √½ (0x3f3504f3) rather than at 1. */
// @ts-ignore: decorator
@inline
function shifted_f32x4(x: v128): v128 {
  return i32x4.add(x, constant<f32>(I32, 0));
}

// @ts-ignore: decorator
@inline
function exponent_f32x4(shifted: v128, bias: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(shifted, 23), bias));
}

// @ts-ignore: decorator
@inline
function significand_f32x4(shifted: v128): v128 {
  const m = i32x4.add(v128.and(shifted, constant<f32>(I32, 3)), constant<f32>(I32, 4));
  return f32x4.sub(m, constant<f32>(F32, 2));
}

/** s (f²/2 + R(s²)) + low. */
// @ts-ignore: decorator
@inline
function series_f32x4(f: v128, halfSquare: v128, low: v128): v128 {
  const s = f32x4.div(f, f32x4.add(constant<f32>(F32, 3), f));
  const z = f32x4.mul(s, s);
  let R = multiplyAdd<f32>(z, constant<f32>(F32, 5), constant<f32>(F32, 6));
  R = multiplyAdd<f32>(z, R, constant<f32>(F32, 7));
  R = f32x4.mul(z, multiplyAdd<f32>(z, R, constant<f32>(F32, 8)));
  return multiplyAdd<f32>(s, f32x4.add(halfSquare, R), low);
}

// 1 / ln b in two parts, the first short enough for exact products; the logarithm of 2 in two parts. Source: FreeBSD e_log2f.c, e_log10f.c, e_log2.c and e_log10.c,
// where the method is from too: ln(1 + f) in two parts times 1 / ln b, plus the multiple of log 2.
// @ts-ignore: decorator
@inline
const LOG2_F32 = memory.data<f32>([1.4428710938, -1.7605285393e-04, 1, 0]);
// @ts-ignore: decorator
@inline
const LOG10_F32 = memory.data<f32>([4.3432617188e-01, -3.1689971365e-05, 3.0102920532e-01, 7.9034151668e-07]);
// @ts-ignore: decorator
@inline
const LOG2_F64 = memory.data<f64>([1.44269504072144627571e+00, 1.67517131648865118353e-10, 1, 0]);
// @ts-ignore: decorator
@inline
const LOG10_F64 = memory.data<f64>([
  4.34294481878168880939e-01, 2.50829467116452752298e-11, 3.01029995663611771306e-01, 3.69423907715893078616e-13,
]);

/** Logarithm of four float32: within 1 ulp everywhere, subnormal arguments included; special values as of `log`. */
// @ts-ignore: decorator
@inline
function logInBase_f32x4(x: v128, base: usize): v128 {
  const subnormal = f32x4.lt(x, constant<f32>(F32, 0));
  const normal = v128.bitselect(f32x4.mul(x, constant<f32>(F32, 1)), x, subnormal);
  const bias = v128.bitselect(constant<f32>(I32, 2), constant<f32>(I32, 1), subnormal);
  const shifted = shifted_f32x4(normal);
  const k = exponent_f32x4(shifted, bias);
  const f = significand_f32x4(shifted);
  const halfSquare = f32x4.mul(f32x4.mul(constant<f32>(F32, 4), f), f);
  const high = v128.and(f32x4.sub(f, halfSquare), i32x4.splat(0xfffff000));
  const low = series_f32x4(f, halfSquare, f32x4.sub(f32x4.sub(f, high), halfSquare));
  return withSpecialValues<f32>(x, inBase<f32>(k, high, low, base), constant<f32>(I32, 5), constant<f32>(I32, 6));
}

/** (k ln 2 + high + low) / ln b. */
// @ts-ignore: decorator
@inline
function inBase<T extends number>(k: v128, high: v128, low: v128, base: usize): v128 {
  const leading = v128.mul<T>(high, constant<T>(base, 0));
  let rest = v128.mul<T>(v128.add<T>(low, high), constant<T>(base, 1));
  rest = multiplyAdd<T>(low, constant<T>(base, 0), rest);
  rest = multiplyAdd<T>(k, constant<T>(base, 3), rest);
  const multiple = v128.mul<T>(k, constant<T>(base, 2));
  const sum = v128.add<T>(multiple, leading);
  const roundoff = v128.add<T>(v128.sub<T>(multiple, sum), leading);
  return v128.add<T>(sum, v128.add<T>(roundoff, rest));
}

// @ts-ignore: decorator
@inline
const F64 = memory.data<f64>([
  2.2250738585072014e-308, 18014398509481984, // smallest normal number; 2⁵⁴
  4503599627370496 + 1023, 4503599627370496 + 1023 + 54, // 2⁵² + bias
  1, 2, 0.5,
  1.479819860511658591e-1, 1.531383769920937332e-1, 1.818357216161805012e-1, 2.222219843214978396e-1, 2.857142874366239149e-1,
  3.999999999940941908e-1, 6.666666666666735130e-1,
  6.93147180369123816490e-01, 1.90821492927058770002e-10,
]);

// @ts-ignore: decorator
@inline
const I64 = memory.data<i64>([
  0x3ff0000000000000 - 0x3fe6a09e667f3bcd, 0x4330000000000000, 0x000fffffffffffff, 0x3fe6a09e667f3bcd,
  0x7ff0000000000000, 0xfff0000000000000,
]);

/** ln x of two float64: within 1 ulp everywhere, subnormal arguments included; ln 0 = −∞, ln(+∞) = +∞, NaN for negative numbers and NaN. */
// @ts-ignore: decorator
@inline
export function log_f64x2(x: v128): v128 {
  const subnormal = f64x2.lt(x, constant<f64>(F64, 0));
  const normal = v128.bitselect(f64x2.mul(x, constant<f64>(F64, 1)), x, subnormal);
  const bias = v128.bitselect(constant<f64>(F64, 3), constant<f64>(F64, 2), subnormal);
  return withSpecialValues<f64>(x, logOfNormal_f64x2(normal, bias, i64x2.splat(0)), constant<f64>(I64, 4), constant<f64>(I64, 5));
}

/** ln(1 + x) of two float64: within 1 ulp everywhere; log1p(±0) = ±0, log1p(−1) = −∞, log1p(+∞) = +∞, NaN below −1 and for NaN. */
// @ts-ignore: decorator
@inline
export function log1p_f64x2(x: v128): v128 {
  return v128.or(log1pOfSum_f64x2(x, i64x2.splat(0)), v128.and(x, i64x2.splat(0x8000000000000000)));
}

/** ln(1 + x + rest), where |rest| is at most a few ulp of x: as accurate as `log1p`. */
// @ts-ignore: decorator
@inline
export function log1pOfSum_f64x2(x: v128, rest: v128): v128 {
  const one = constant<f64>(F64, 4);
  const u = f64x2.add(one, x);
  const correction = f64x2.div(f64x2.add(roundoffOfOnePlus<f64>(one, x, u), rest), u);
  const finite = logOfNormal_f64x2(u, constant<f64>(F64, 2), correction);
  return withSpecialValues<f64>(u, finite, constant<f64>(I64, 4), constant<f64>(I64, 5));
}

/** ln x + correction, x normal; `bias` is 2⁵² plus what to take from its biased exponent. */
// @ts-ignore: decorator
@inline
function logOfNormal_f64x2(x: v128, bias: v128, correction: v128): v128 {
  const shifted = shifted_f64x2(x);
  const k = exponent_f64x2(shifted, bias);
  const f = significand_f64x2(shifted);
  const halfSquare = f64x2.mul(f64x2.mul(constant<f64>(F64, 6), f), f);
  const low = multiplyAdd<f64>(k, constant<f64>(F64, 15), correction);
  const tail = f64x2.sub(series_f64x2(f, halfSquare, low), halfSquare);
  return multiplyAdd<f64>(k, constant<f64>(F64, 14), f64x2.add(tail, f));
}

// @ts-ignore: decorator
@inline
function shifted_f64x2(x: v128): v128 {
  return i64x2.add(x, constant<f64>(I64, 0));
}

// @ts-ignore: decorator
@inline
function exponent_f64x2(shifted: v128, bias: v128): v128 {
  // The biased exponent as the low bits of a double of 2⁵² makes it a double without a conversion.
  return f64x2.sub(v128.or(i64x2.shr_u(shifted, 52), constant<f64>(I64, 1)), bias);
}

// @ts-ignore: decorator
@inline
function significand_f64x2(shifted: v128): v128 {
  const m = i64x2.add(v128.and(shifted, constant<f64>(I64, 2)), constant<f64>(I64, 3));
  return f64x2.sub(m, constant<f64>(F64, 4));
}

/** s (f²/2 + R(s²)) + low. */
// @ts-ignore: decorator
@inline
function series_f64x2(f: v128, halfSquare: v128, low: v128): v128 {
  const s = f64x2.div(f, f64x2.add(constant<f64>(F64, 5), f));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  const R45 = multiplyAdd<f64>(z, constant<f64>(F64, 8), constant<f64>(F64, 9));
  const R23 = multiplyAdd<f64>(z, constant<f64>(F64, 10), constant<f64>(F64, 11));
  const R01 = multiplyAdd<f64>(z, constant<f64>(F64, 12), constant<f64>(F64, 13));
  const R46 = multiplyAdd<f64>(w, constant<f64>(F64, 7), R45);
  const R = f64x2.mul(z, multiplyAdd<f64>(w, multiplyAdd<f64>(w, R46, R23), R01));
  return multiplyAdd<f64>(s, f64x2.add(halfSquare, R), low);
}

/** Logarithm of two float64: within 1 ulp everywhere, subnormal arguments included; special values as of `log`. */
// @ts-ignore: decorator
@inline
function logInBase_f64x2(x: v128, base: usize): v128 {
  const subnormal = f64x2.lt(x, constant<f64>(F64, 0));
  const normal = v128.bitselect(f64x2.mul(x, constant<f64>(F64, 1)), x, subnormal);
  const bias = v128.bitselect(constant<f64>(F64, 3), constant<f64>(F64, 2), subnormal);
  const shifted = shifted_f64x2(normal);
  const k = exponent_f64x2(shifted, bias);
  const f = significand_f64x2(shifted);
  const halfSquare = f64x2.mul(f64x2.mul(constant<f64>(F64, 6), f), f);
  const high = v128.and(f64x2.sub(f, halfSquare), i64x2.splat(0xffffffff00000000));
  const low = series_f64x2(f, halfSquare, f64x2.sub(f64x2.sub(f, high), halfSquare));
  return withSpecialValues<f64>(x, inBase<f64>(k, high, low, base), constant<f64>(I64, 4), constant<f64>(I64, 5));
}

/** What u = 1 + x lost by rounding, exactly (Knuth's two-sum). */
// @ts-ignore: decorator
@inline
function roundoffOfOnePlus<T extends number>(one: v128, x: v128, u: v128): v128 {
  const addend = v128.sub<T>(u, one);
  return v128.add<T>(v128.sub<T>(one, v128.sub<T>(u, addend)), v128.sub<T>(x, addend));
}

/** `finite` where 0 < x < ∞; x itself where it is +∞ or NaN; −∞ for ±0; NaN (all bits set) for negative x. */
// @ts-ignore: decorator
@inline
function withSpecialValues<T extends number>(x: v128, finite: v128, infinity: v128, negativeInfinity: v128): v128 {
  const zero = i32x4.splat(0);
  const ordinary = v128.and(v128.lt<T>(zero, x), v128.lt<T>(x, infinity));
  const special = v128.or(v128.or(x, v128.lt<T>(x, zero)), v128.and(v128.eq<T>(x, zero), negativeInfinity));
  return v128.bitselect(finite, special, ordinary);
}
