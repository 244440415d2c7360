import { constant } from "./constant";
import { multiplyAdd } from "./multiply-add";
import { polynomial } from "./polynomial";

/** arcsin x in every lane of a vector of T, f32 or f64: within 2 ulp everywhere; asin(±0) = ±0, NaN beyond ±1 and for NaN. */
// @ts-ignore: decorator
@inline
export function asin<T extends number>(x: v128): v128 {
  const magnitude = v128.abs<T>(x);
  const isLarge = v128.gt<T>(magnitude, arcConstant<T>(0));
  const v = v128.bitselect(twiceRoot<T>(magnitude), v128.neg<T>(magnitude), isLarge);
  const high = v128.and(isLarge, arcConstant<T>(2));
  const low = v128.and(isLarge, arcConstant<T>(3));
  return v128.or(arcFrom<T>(v, magnitude, isLarge, high, low), v128.and(x, arcConstant<T>(6)));
}

/** arccos x in every lane of a vector of T, f32 or f64: within 1.5 ulp everywhere; acos(1) = 0, NaN beyond ±1 and for NaN. */
// @ts-ignore: decorator
@inline
export function acos<T extends number>(x: v128): v128 {
  const magnitude = v128.abs<T>(x);
  const isLarge = v128.gt<T>(magnitude, arcConstant<T>(0));
  const isNegative = v128.lt<T>(x, v128.splat<T>(0 as T));
  const towardsZero = v128.xor(v128.and(x, arcConstant<T>(6)), arcConstant<T>(6));
  const v = v128.bitselect(v128.xor(twiceRoot<T>(magnitude), towardsZero), x, isLarge);
  const high = v128.bitselect(v128.and(isNegative, arcConstant<T>(4)), arcConstant<T>(2), isLarge);
  const low = v128.bitselect(v128.and(isNegative, arcConstant<T>(5)), arcConstant<T>(3), isLarge);
  return arcFrom<T>(v, magnitude, isLarge, high, low);
}

// ½, 1, π/2 and π in two parts; −0, the sign bit; then the coefficients of (arcsin t / t − 1) / t² in powers of t² ≤ ¼ (own fits; relative error of arcsin t 2⁻²⁷ and 2⁻⁵⁹).
// @ts-ignore: decorator
@inline
const ARC_F32 = memory.data<f32>([
  0.5, 1, 1.57079637, -4.37113883e-8, 3.14159274, -8.74227766e-8, -0.0,
  0.1666675359, 0.07495251298, 0.04547625408, 0.02415044233, 0.04221559316,
]);
// @ts-ignore: decorator
@inline
const ARC_F64 = memory.data<f64>([
  0.5, 1, 1.5707963267948966, 6.123233995736766e-17, 3.141592653589793, 1.2246467991473532e-16, -0.0,
  0.16666666666666666, 0.07500000000000119, 0.04464285714255019, 0.030381944475693704, 0.022372157435623815, 0.017352816768546473,
  0.013963775787848137, 0.011566511821890942, 0.00962140274734483, 0.009322101501082774, 0.0030350071727267623, 0.019579201619744684,
  -0.019277545928584557, 0.02963502626354855,
]);

// @ts-ignore: decorator
@inline
function arcConstant<T extends number>(index: usize): v128 {
  return constant<T>(sizeof<T>() == 4 ? ARC_F32 : ARC_F64, index);
}

/** 2 √((1 − |x|) / 2), twice the sine of half the angle between x and 1. */
// @ts-ignore: decorator
@inline
function twiceRoot<T extends number>(magnitude: v128): v128 {
  const root = v128.sqrt<T>(halfDistance<T>(magnitude));
  return v128.add<T>(root, root);
}

// @ts-ignore: decorator
@inline
function halfDistance<T extends number>(magnitude: v128): v128 {
  return v128.mul<T>(v128.sub<T>(arcConstant<T>(1), magnitude), arcConstant<T>(0));
}

/** high + low − v arcsin(t) / t, where t² is (1 − |x|) / 2 for large x and x² otherwise, and v is a multiple of t. */
// @ts-ignore: decorator
@inline
function arcFrom<T extends number>(v: v128, magnitude: v128, isLarge: v128, high: v128, low: v128): v128 {
  const z = v128.bitselect(halfDistance<T>(magnitude), v128.mul<T>(magnitude, magnitude), isLarge);
  const p = v128.mul<T>(z, sizeof<T>() == 4 ? polynomial<f32>(ARC_F32, 7, 5, z) : polynomial<f64>(ARC_F64, 7, 14, z));
  return v128.sub<T>(high, v128.add<T>(v, v128.sub<T>(v128.mul<T>(v, p), low)));
}

/** arctan x in every lane of a vector of T, f32 or f64: within 1.5 ulp everywhere; atan(±0) = ±0, atan(±∞) = ±π/2, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function atan<T extends number>(x: v128): v128 {
  return angle<T>(x, angleConstant<T>(ONE));
}

/**
 * The angle of the point (x, y) in (−π, π], in every lane of vectors of T, f32 or f64: within 2 ulp everywhere. Special values as in IEEE 754-2019's `atan2`:
 * of zeros and of infinities the signs count.
 */
// @ts-ignore: decorator
@inline
export function atan2<T extends number>(y: v128, x: v128): v128 {
  const height = v128.abs<T>(y);
  const width = v128.abs<T>(x);
  // Scaled down where the sum of two large coordinates would overflow; infinite points with both coordinates infinite lie on the diagonals.
  const isLarge = v128.gt<T>(v128.max<T>(height, width), angleConstant<T>(LARGE));
  const scale = v128.bitselect(angleConstant<T>(SCALE), angleConstant<T>(ONE), isLarge);
  const infinity = v128.splat<T>(Infinity as T);
  const bothInfinite = v128.and(v128.eq<T>(height, infinity), v128.eq<T>(width, infinity));
  const unitY = v128.or(angleConstant<T>(ONE), v128.and(y, angleConstant<T>(SIGN)));
  const unitX = v128.or(angleConstant<T>(ONE), v128.and(x, angleConstant<T>(SIGN)));
  const scaledY = v128.bitselect(unitY, v128.mul<T>(y, scale), bothInfinite);
  const scaledX = v128.bitselect(unitX, v128.mul<T>(x, scale), bothInfinite);
  return angle<T>(scaledY, scaledX);
}

// π/4 in two parts, the first short enough for exact products with 2, 3 and 4; a large number and the scale that goes with it; 1, 2, 4; −0, the sign bit; then
// the coefficients of (arctan t / t − 1) / t² in powers of t² ≤ ¼ (own fits; relative error of arctan t 2⁻³² and 2⁻⁵⁸).
// @ts-ignore: decorator
@inline
const ANGLE_F32 = memory.data<f32>([
  0.785398006439209, 1.569582393e-7, 1.2676506e30, 7.888609052210118e-31, 1, 2, 4, -0.0,
  -0.3333332837, 0.1999955624, -0.1427315027, 0.1094883606, -0.08010810614, 0.03906729445,
]);
// @ts-ignore: decorator
@inline
const ANGLE_F64 = memory.data<f64>([
  0.7853981633974483, 3.061616997868383e-17, 1e300, 7.888609052210118e-31, 1, 2, 4, -0.0,
  -0.3333333333333333, 0.19999999999999485, -0.1428571428559874, 0.11111111100881761, -0.09090908618865388, 0.07692294677482635,
  -0.06666435144143137, 0.05879573107799684, -0.052400641544110685, 0.04627870086418654, -0.03806224794996687, 0.024999689507521367,
  -0.009211063504627926,
]);
// @ts-ignore: decorator
@inline
const LARGE = 2;
// @ts-ignore: decorator
@inline
const SCALE = 3;
// @ts-ignore: decorator
@inline
const ONE = 4;
// @ts-ignore: decorator
@inline
const TWO = 5;
// @ts-ignore: decorator
@inline
const FOUR = 6;
// @ts-ignore: decorator
@inline
const SIGN = 7;

// @ts-ignore: decorator
@inline
function angleConstant<T extends number>(index: usize): v128 {
  return constant<T>(sizeof<T>() == 4 ? ANGLE_F32 : ANGLE_F64, index);
}

/**
 * With the smaller and the larger of |x| and |y|: t is their quotient up to ½, and (smaller − larger) / (smaller + larger) beyond, which is the tangent of the angle
 * less π/4. The angle is k π/4 ± arctan t.
 */
// @ts-ignore: decorator
@inline
function angle<T extends number>(y: v128, x: v128): v128 {
  const height = v128.abs<T>(y);
  const width = v128.abs<T>(x);
  const isSteep = v128.gt<T>(height, width);
  const smaller = v128.min<T>(height, width);
  const larger = v128.max<T>(height, width);
  const isDiagonal = v128.gt<T>(v128.add<T>(smaller, smaller), larger);
  const top = v128.bitselect(v128.sub<T>(smaller, larger), smaller, isDiagonal);
  const bottom = v128.bitselect(v128.add<T>(smaller, larger), larger, isDiagonal);
  // 0 / 0 is 0.
  const one = angleConstant<T>(ONE);
  const t = v128.div<T>(top, v128.bitselect(one, bottom, v128.eq<T>(bottom, i64x2.splat(0))));
  const z = v128.mul<T>(t, t);
  const p = v128.mul<T>(z, sizeof<T>() == 4 ? polynomial<f32>(ANGLE_F32, 8, 6, z) : polynomial<f64>(ANGLE_F64, 8, 13, z));
  const isLeft = isNegative<T>(x);
  let k = v128.and(isDiagonal, one);
  k = v128.bitselect(v128.sub<T>(angleConstant<T>(TWO), k), k, isSteep);
  k = v128.bitselect(v128.sub<T>(angleConstant<T>(FOUR), k), k, isLeft);
  const signed = v128.xor(t, v128.and(v128.xor(isSteep, isLeft), angleConstant<T>(SIGN)));
  const tail = multiplyAdd<T>(signed, p, v128.mul<T>(k, angleConstant<T>(1)));
  const value = v128.add<T>(v128.mul<T>(k, angleConstant<T>(0)), v128.add<T>(signed, tail));
  return v128.or(value, v128.and(y, angleConstant<T>(SIGN)));
}

/** Whether the sign bit is set: of −0 too. */
// @ts-ignore: decorator
@inline
function isNegative<T extends number>(x: v128): v128 {
  const signs = i32x4.shr_s(x, 31);
  return sizeof<T>() == 4 ? signs : v128.shuffle<i32>(signs, signs, 1, 1, 3, 3);
}
