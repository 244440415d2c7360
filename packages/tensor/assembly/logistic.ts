import { constant } from "./constant";
import { exp, exp_f32x4, exp_f64x2 } from "./exp";
import { multiplyAdd, negatedMultiplyAdd } from "./multiply-add";

/** 1 / (1 + e⁻ˣ) in every lane of a vector of T, f32 or f64: within 2 ulp everywhere, subnormal results included. */
// @ts-ignore: decorator
@inline
export function sigmoid<T extends number>(x: v128): v128 {
  const one = v128.splat<T>(1 as T);
  const e = exp<T>(v128.or(x, signBit<T>()));
  const numerator = v128.bitselect(e, one, v128.lt<T>(x, v128.splat<T>(0 as T)));
  const denominator = v128.add<T>(one, e);
  const quotient = v128.div<T>(numerator, denominator);
  // What the denominator lost by rounding, divided by it: 1 / (1 + e) is 1 − e / 2 well enough for that.
  const roundoff = v128.add<T>(v128.sub<T>(one, denominator), e);
  const relative = v128.mul<T>(roundoff, negatedMultiplyAdd<T>(e, v128.splat<T>(0.5 as T), one));
  return negatedMultiplyAdd<T>(quotient, relative, quotient);
}

/** tanh x in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function tanh<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? tanh_f32x4(x) : tanh_f64x2(x);
}

// @ts-ignore: decorator
@inline
const F32 = memory.data<f32>([
  0.625, 1, 2,
  -0.005694860592, 0.02063006908, -0.0537369512, 0.133314088, -0.3333328068,
]);

/**
 * tanh x of four float32: within 2 ulp everywhere. From 0.625 on it is 1 − 2 / (e²ˣ + 1), which 1 absorbs in the end;
 * below, x + x³ p(x²) with a minimax polynomial p (own fit, relative error 2⁻²⁷).
 */
// @ts-ignore: decorator
@inline
export function tanh_f32x4(x: v128): v128 {
  const sign = v128.and(x, signBit<f32>());
  const magnitude = v128.xor(x, sign);
  const one = constant<f32>(F32, 1);
  const e = exp_f32x4(f32x4.add(magnitude, magnitude));
  const large = f32x4.sub(one, f32x4.div(constant<f32>(F32, 2), f32x4.add(e, one)));
  const z = f32x4.mul(x, x);
  let p = multiplyAdd<f32>(z, constant<f32>(F32, 3), constant<f32>(F32, 4));
  p = multiplyAdd<f32>(z, p, constant<f32>(F32, 5));
  p = multiplyAdd<f32>(z, p, constant<f32>(F32, 6));
  p = multiplyAdd<f32>(z, p, constant<f32>(F32, 7));
  const small = multiplyAdd<f32>(f32x4.mul(magnitude, z), p, magnitude);
  return v128.or(v128.bitselect(small, large, f32x4.lt(magnitude, constant<f32>(F32, 0))), sign);
}

// @ts-ignore: decorator
@inline
const F64 = memory.data<f64>([
  0.625, 1, -2,
  -9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3,
  1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3,
]);

/**
 * tanh x of two float64: within 2 ulp everywhere. From 0.625 on it is 1 − 2 / (e²ˣ + 1);
 * below, x + x³ P(x²) / Q(x²) with the rational approximation of Cephes' tanh.c. Both share one division.
 */
// @ts-ignore: decorator
@inline
export function tanh_f64x2(x: v128): v128 {
  const sign = v128.and(x, signBit<f64>());
  const magnitude = v128.xor(x, sign);
  const one = constant<f64>(F64, 1);
  const e = exp_f64x2(f64x2.add(magnitude, magnitude));
  const z = f64x2.mul(x, x);
  let p = multiplyAdd<f64>(z, constant<f64>(F64, 3), constant<f64>(F64, 4));
  p = multiplyAdd<f64>(z, p, constant<f64>(F64, 5));
  let q = f64x2.add(z, constant<f64>(F64, 6));
  q = multiplyAdd<f64>(z, q, constant<f64>(F64, 7));
  q = multiplyAdd<f64>(z, q, constant<f64>(F64, 8));
  const isSmall = f64x2.lt(magnitude, constant<f64>(F64, 0));
  const numerator = v128.bitselect(f64x2.mul(f64x2.mul(magnitude, z), p), constant<f64>(F64, 2), isSmall);
  const denominator = v128.bitselect(q, f64x2.add(e, one), isSmall);
  const base = v128.bitselect(magnitude, one, isSmall);
  return v128.or(f64x2.add(base, f64x2.div(numerator, denominator)), sign);
}

// @ts-ignore: decorator
@inline
function signBit<T extends number>(): v128 {
  return sizeof<T>() == 4 ? i32x4.splat(0x80000000) : i64x2.splat(0x8000000000000000);
}
