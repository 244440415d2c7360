import { constant } from "./constant";
import { multiplyAdd, negatedMultiplyAdd } from "./multiply-add";
import { joinHalves, lowerHalf, upperHalf } from "./narrow";
import { quarterTurnsModulo4 } from "./quarter-turns";

// The method: |x| = n π/2 + y with |y| ≤ π/4; sin or cos of y by polynomials, or their quotient, chosen with its sign by n mod 4. Up to |x| = 2²², n times a 31-bit part
// of π/2 is exact; lanes beyond take a scalar path, which reduces by as many bits of 2/π as the argument needs.

// @ts-ignore: decorator
@inline
const SINE = 0;
// @ts-ignore: decorator
@inline
const COSINE = 1;
// @ts-ignore: decorator
@inline
const TANGENT = 2;

/** sin x in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function sin<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? circular_f32x4(x, SINE) : circular_f64x2(x, SINE);
}

/** cos x in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function cos<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? circular_f32x4(x, COSINE) : circular_f64x2(x, COSINE);
}

/** tan x in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function tan<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? circular_f32x4(x, TANGENT) : circular_f64x2(x, TANGENT);
}

// @ts-ignore: decorator
@inline
const REDUCTION = memory.data<f64>([
  4194304, // 2²²
  6.36619772367581382433e-1, 6755399441055744, // 2/π; 1.5 · 2⁵²
  1.5707963267341256, 6.07710050359346e-11, 2.9127320548227e-20, 1.2706558760139879e-29, // π/2 in 31-bit parts and a rest
  6.077100506506192e-11, // π/2 minus its first part
  Infinity,
]);

/** A function of two float64: sin and cos within 1 ulp everywhere, tan within 3; NaN for ±∞ and NaN, ±0 for sin and tan of ±0. */
// @ts-ignore: decorator
@inline
function circular_f64x2(x: v128, kind: i32): v128 {
  const magnitude = f64x2.abs(x);
  const shifted = multiplyAdd<f64>(magnitude, constant<f64>(REDUCTION, 1), constant<f64>(REDUCTION, 2));
  const n = f64x2.sub(shifted, constant<f64>(REDUCTION, 2));
  // Subtract the parts of n π/2 one by one, exactly; `lost1` and `lost2` are what rounding took from the differences.
  const r0 = f64x2.sub(magnitude, f64x2.mul(n, constant<f64>(REDUCTION, 3)));
  const part2 = f64x2.mul(n, constant<f64>(REDUCTION, 4));
  const r1 = f64x2.sub(r0, part2);
  const lost1 = roundoffOfDifference(r0, part2, r1);
  const part3 = f64x2.mul(n, constant<f64>(REDUCTION, 5));
  const r2 = f64x2.sub(r1, part3);
  const lost2 = roundoffOfDifference(r1, part3, r2);
  const rest = negatedMultiplyAdd<f64>(n, constant<f64>(REDUCTION, 6), f64x2.add(lost1, lost2));
  const y = f64x2.add(r2, rest);
  const tail = f64x2.add(f64x2.sub(r2, y), rest);
  const near = inQuadrant(sineOfRemainder(y, tail), cosineOfRemainder(y, tail), shifted, x, kind);
  return withFarLanes(x, magnitude, near, kind);
}

/** A function of four float32, in float64: within 1 ulp everywhere; NaN for ±∞ and NaN, ±0 for sin and tan of ±0. */
// @ts-ignore: decorator
@inline
function circular_f32x4(x: v128, kind: i32): v128 {
  return joinHalves(narrowCircular_f64x2(lowerHalf(x), kind), narrowCircular_f64x2(upperHalf(x), kind));
}

// @ts-ignore: decorator
@inline
const NARROW = memory.data<f64>([
  1,
  -0.166666666416265235595, 0.0083333293858894631756, -0.000198393348360966317347, 0.0000027183114939898219064,
  -0.499999997251031003120, 0.0416666233237390631894, -0.00138867637746099294692, 0.0000243904487962774090654,
]);

/** A function of two float32 values held as float64, accurate enough for float32. Coefficients: FreeBSD k_sinf.c and k_cosf.c. */
// @ts-ignore: decorator
@inline
function narrowCircular_f64x2(x: v128, kind: i32): v128 {
  const magnitude = f64x2.abs(x);
  const shifted = multiplyAdd<f64>(magnitude, constant<f64>(REDUCTION, 1), constant<f64>(REDUCTION, 2));
  const n = f64x2.sub(shifted, constant<f64>(REDUCTION, 2));
  const r0 = f64x2.sub(magnitude, f64x2.mul(n, constant<f64>(REDUCTION, 3)));
  const y = negatedMultiplyAdd<f64>(n, constant<f64>(REDUCTION, 7), r0);
  const z = f64x2.mul(y, y);
  const w = f64x2.mul(z, z);
  const s34 = multiplyAdd<f64>(z, constant<f64>(NARROW, 4), constant<f64>(NARROW, 3));
  const s12 = multiplyAdd<f64>(z, constant<f64>(NARROW, 2), constant<f64>(NARROW, 1));
  const sine = multiplyAdd<f64>(f64x2.mul(y, z), multiplyAdd<f64>(w, s34, s12), y);
  const c23 = multiplyAdd<f64>(z, constant<f64>(NARROW, 8), constant<f64>(NARROW, 7));
  const c01 = multiplyAdd<f64>(z, constant<f64>(NARROW, 6), constant<f64>(NARROW, 5));
  const cosine = multiplyAdd<f64>(z, multiplyAdd<f64>(w, c23, c01), constant<f64>(NARROW, 0));
  return withFarLanes(x, magnitude, inQuadrant(sine, cosine, shifted, x, kind), kind);
}

// @ts-ignore: decorator
@inline
const POLYNOMIALS = memory.data<f64>([
  1, 0.5,
  -1.66666666666666324348e-1, 8.33333333332248946124e-3, -1.98412698298579493134e-4, 2.75573137070700676789e-6,
  -2.50507602534068634195e-8, 1.58969099521155010221e-10,
  4.16666666666666019037e-2, -1.38888888888741095749e-3, 2.48015872894767294178e-5, -2.75573143513906633035e-7,
  2.08757232129817482790e-9, -1.13596475577881948265e-11,
]);

/** sin(y + tail) of two float64, |y| ≤ π/4 and tail below its last bit. Coefficients: FreeBSD k_sin.c. */
// @ts-ignore: decorator
@inline
export function sineOfRemainder(y: v128, tail: v128): v128 {
  const z = f64x2.mul(y, y);
  const w = f64x2.mul(z, z);
  let s = multiplyAdd<f64>(z, constant<f64>(POLYNOMIALS, 5), constant<f64>(POLYNOMIALS, 4));
  s = multiplyAdd<f64>(z, s, constant<f64>(POLYNOMIALS, 3));
  s = multiplyAdd<f64>(f64x2.mul(z, w), multiplyAdd<f64>(z, constant<f64>(POLYNOMIALS, 7), constant<f64>(POLYNOMIALS, 6)), s);
  const cube = f64x2.mul(z, y);
  const inner = f64x2.sub(f64x2.mul(constant<f64>(POLYNOMIALS, 1), tail), f64x2.mul(cube, s));
  return f64x2.sub(y, negatedMultiplyAdd<f64>(cube, constant<f64>(POLYNOMIALS, 2), f64x2.sub(f64x2.mul(z, inner), tail)));
}

/** cos(y + tail) of two float64, |y| ≤ π/4 and tail below its last bit. Coefficients: FreeBSD k_cos.c. */
// @ts-ignore: decorator
@inline
export function cosineOfRemainder(y: v128, tail: v128): v128 {
  const z = f64x2.mul(y, y);
  const w = f64x2.mul(z, z);
  let low = multiplyAdd<f64>(z, constant<f64>(POLYNOMIALS, 10), constant<f64>(POLYNOMIALS, 9));
  low = f64x2.mul(z, multiplyAdd<f64>(z, low, constant<f64>(POLYNOMIALS, 8)));
  let high = multiplyAdd<f64>(z, constant<f64>(POLYNOMIALS, 13), constant<f64>(POLYNOMIALS, 12));
  high = multiplyAdd<f64>(z, high, constant<f64>(POLYNOMIALS, 11));
  const c = multiplyAdd<f64>(f64x2.mul(w, w), high, low);
  const one = constant<f64>(POLYNOMIALS, 0);
  const halfSquare = f64x2.mul(constant<f64>(POLYNOMIALS, 1), z);
  const rounded = f64x2.sub(one, halfSquare);
  const roundoff = f64x2.sub(f64x2.sub(one, rounded), halfSquare);
  return f64x2.add(rounded, f64x2.add(roundoff, f64x2.sub(f64x2.mul(z, c), f64x2.mul(y, tail))));
}

/** What a − b = difference lost by rounding, exactly (Knuth's two-sum). */
// @ts-ignore: decorator
@inline
function roundoffOfDifference(a: v128, b: v128, difference: v128): v128 {
  const subtrahend = f64x2.sub(a, difference);
  return f64x2.add(f64x2.sub(a, f64x2.add(difference, subtrahend)), f64x2.sub(subtrahend, b));
}

/** Picks ±sine or ±cosine for the quadrant in the low bits of `quadrant`, or divides them; sine and tangent are odd in x, cosine even. */
// @ts-ignore: decorator
@inline
function inQuadrant(sine: v128, cosine: v128, quadrant: v128, x: v128, kind: i32): v128 {
  const turned = kind == COSINE ? i64x2.add(quadrant, i64x2.splat(1)) : quadrant;
  const oddBit = v128.and(turned, i64x2.splat(1));
  const odd = i64x2.sub(i64x2.splat(0), oddBit);
  const chosen = v128.bitselect(cosine, sine, odd);
  const value = kind == TANGENT ? f64x2.div(chosen, v128.bitselect(sine, cosine, odd)) : chosen;
  const sign = kind == TANGENT ? i64x2.shl(oddBit, 63) : i64x2.shl(v128.and(turned, i64x2.splat(2)), 62);
  const flip = kind == COSINE ? sign : v128.xor(sign, v128.and(x, i64x2.splat(0x8000000000000000)));
  return v128.xor(value, flip);
}

/** `near` with the lanes of large finite x replaced by the scalar path. */
// @ts-ignore: decorator
@inline
function withFarLanes(x: v128, magnitude: v128, near: v128, kind: i32): v128 {
  const far = v128.and(f64x2.gt(magnitude, constant<f64>(REDUCTION, 0)), f64x2.lt(magnitude, constant<f64>(REDUCTION, 8)));
  return v128.any_true(far) ? replaceFarLanes(x, far, near, kind) : near;
}

// π/2 rounded, what that lost, and the rounded value in two halves of at most 27 bits.
// @ts-ignore: decorator
@inline
const HALF_PI: f64 = 1.5707963267948966;
// @ts-ignore: decorator
@inline
const HALF_PI_REST: f64 = 6.123233995736766e-17;
// @ts-ignore: decorator
@inline
const HALF_PI_UPPER: f64 = 1.5707963407039642;
// @ts-ignore: decorator
@inline
const HALF_PI_LOWER: f64 = -1.3909067675399456e-08;

function replaceFarLanes(x: v128, far: v128, near: v128, kind: i32): v128 {
  let result = near;
  if (i64x2.extract_lane(far, 0)) result = f64x2.replace_lane(result, 0, farCircular(f64x2.extract_lane(x, 0), kind));
  if (i64x2.extract_lane(far, 1)) result = f64x2.replace_lane(result, 1, farCircular(f64x2.extract_lane(x, 1), kind));
  return result;
}

function farCircular(x: f64, kind: i32): f64 {
  const turns = quarterTurnsModulo4(abs(x));
  let high = <u64>i64x2.extract_lane(turns, 1);
  let low = <u64>i64x2.extract_lane(turns, 0);
  // The fraction to the nearest quarter turn, two's complement, then its magnitude.
  const quadrant = ((high >> 61) + 1) >> 1;
  high = (high << 2) | (low >> 62);
  low <<= 2;
  const negative = <i64>high < 0;
  if (negative) {
    high = ~high;
    low = ~low;
  }
  // At least 2⁻⁶² remains for every double, so `high` is not 0; its top bit is.
  const zeros = clz(high);
  high = (high << zeros) | (low >> (64 - zeros));
  low <<= zeros;
  const scale = reinterpret<f64>((1023 - 53 - zeros) << 52) * (negative ? -1 : 1);
  const leading = <f64>(high >> 11) * scale;
  const trailing = <f64>((high << 53) | (low >> 11)) * (scale * 5.421010862427522e-20);
  // (leading + trailing) π/2 in two parts; the product of the leading parts is exact by Veltkamp's splitting.
  const product = leading * HALF_PI;
  const split = leading * 134217729;
  const upper = split - (split - leading);
  const lower = leading - upper;
  const roundoff = ((upper * HALF_PI_UPPER - product) + upper * HALF_PI_LOWER + lower * HALF_PI_UPPER) + lower * HALF_PI_LOWER;
  const tail = roundoff + (leading * HALF_PI_REST + trailing * HALF_PI);
  const y = f64x2.splat(product + tail);
  const rest = f64x2.splat((product - (product + tail)) + tail);
  const sine = inQuadrant(sineOfRemainder(y, rest), cosineOfRemainder(y, rest), i64x2.splat(quadrant), f64x2.splat(x), kind);
  return f64x2.extract_lane(sine, 0);
}
