import { constant } from "./constant";
import { multiplyAdd, negatedMultiplyAdd } from "./multiply-add";

// Functions of float32 that are easiest to make accurate by computing them in float64, two vectors of two for one of four.

/** The first two of four float32 as float64. */
// @ts-ignore: decorator
@inline
export function lowerHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The last two of four float32 as float64. */
// @ts-ignore: decorator
@inline
export function upperHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
}

/** Four float32 from their halves as float64, rounded. */
// @ts-ignore: decorator
@inline
export function joinHalves(lower: v128, upper: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(lower), f32x4.demote_f64x2_zero(upper), 0, 2);
}

// @ts-ignore: decorator
@inline
const EXP = memory.data<f64>([
  200, -200, // Beyond these eˣ is +∞ or 0 in float32, and so is its product with any argument for which functions use it.
  1.4426950408889634, 6755399441055744, 0.6931471805599453, // 1 / ln 2; 1.5 · 2⁵²; ln 2
  0.5, 0.1666653454, 0.0416672416, 0.008367434144, 0.001386340708,
  1,
]);

/** eˣ for |x| ≤ 200, what is beyond being taken for ±200, with a relative error of 2⁻²⁸. The method is that of `exp`. */
// @ts-ignore: decorator
@inline
export function narrowExp(x: v128): v128 {
  const bounded = f64x2.pmax(f64x2.pmin(x, constant<f64>(EXP, 0)), constant<f64>(EXP, 1));
  const shifted = multiplyAdd<f64>(bounded, constant<f64>(EXP, 2), constant<f64>(EXP, 3));
  const power = narrowPowerOfTwo(shifted);
  return multiplyAdd<f64>(narrowExpOfRemainder(bounded, shifted), power, power);
}

/** eˣ − 1 for −200 ≤ x ≤ 0, what is below being taken for −200, with a relative error of 2⁻²⁷. */
// @ts-ignore: decorator
@inline
export function narrowExpm1(x: v128): v128 {
  const bounded = f64x2.pmax(x, constant<f64>(EXP, 1));
  const shifted = multiplyAdd<f64>(bounded, constant<f64>(EXP, 2), constant<f64>(EXP, 3));
  const power = narrowPowerOfTwo(shifted);
  return multiplyAdd<f64>(narrowExpOfRemainder(bounded, shifted), power, f64x2.sub(power, constant<f64>(EXP, 10)));
}

/** eʳ − 1, where r is x less a multiple of ln 2. */
// @ts-ignore: decorator
@inline
function narrowExpOfRemainder(x: v128, shifted: v128): v128 {
  const r = negatedMultiplyAdd<f64>(f64x2.sub(shifted, constant<f64>(EXP, 3)), constant<f64>(EXP, 4), x);
  const r2 = f64x2.mul(r, r);
  const q23 = multiplyAdd<f64>(r, constant<f64>(EXP, 8), constant<f64>(EXP, 7));
  const q01 = multiplyAdd<f64>(r, constant<f64>(EXP, 6), constant<f64>(EXP, 5));
  const q = multiplyAdd<f64>(r2, multiplyAdd<f64>(r2, constant<f64>(EXP, 9), q23), q01);
  return multiplyAdd<f64>(r2, q, r);
}

/** 2ⁿ, where n is in the low bits of `shifted`. */
// @ts-ignore: decorator
@inline
function narrowPowerOfTwo(shifted: v128): v128 {
  return i64x2.add(i64x2.shl(shifted, 52), constant<f64>(EXP, 10));
}
