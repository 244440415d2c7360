import { exp_f64x2 } from "./exp";
import { log_f64x2 } from "./log";
import { joinHalves, lowerHalf, upperHalf } from "./narrow";

/** xʸ in every lane of vectors of T, f32 or f64. Special values as in IEEE 754-2019's `pow`: x⁰ = 1 and 1ʸ = 1 even for NaN, (−1)^±∞ = 1. */
// @ts-ignore: decorator
@inline
export function power<T extends number>(x: v128, y: v128): v128 {
  return sizeof<T>() == 4 ? power_f32x4(x, y) : power_f64x2(x, y);
}

/** xʸ of four float32, in float64: within 1 ulp everywhere. */
function power_f32x4(x: v128, y: v128): v128 {
  return joinHalves(narrowPower_f64x2(lowerHalf(x), lowerHalf(y)), narrowPower_f64x2(upperHalf(x), upperHalf(y)));
}

/** exp(y ln |x|), whose relative error is below 2⁻⁴⁴ where the result is a finite float32, with the sign and the special values of xʸ. */
// @ts-ignore: decorator
@inline
function narrowPower_f64x2(x: v128, y: v128): v128 {
  const one = f64x2.splat(1);
  const infinity = f64x2.splat(Infinity);
  const magnitude = f64x2.abs(x);
  const unsigned = exp_f64x2(f64x2.mul(y, log_f64x2(magnitude)));
  const half = f64x2.mul(y, f64x2.splat(0.5));
  const isInteger = f64x2.eq(f64x2.nearest(y), y);
  const isOdd = v128.and(isInteger, f64x2.ne(f64x2.nearest(half), half));
  const signed = v128.or(unsigned, v128.and(v128.and(x, i64x2.splat(0x8000000000000000)), isOdd));
  const isFiniteNegative = v128.and(f64x2.lt(x, f64x2.splat(0)), f64x2.lt(magnitude, infinity));
  // All bits set is NaN.
  const real = v128.or(signed, v128.andnot(isFiniteNegative, isInteger));
  const unitToInfinity = v128.and(f64x2.eq(magnitude, one), f64x2.eq(f64x2.abs(y), infinity));
  const isOne = v128.or(v128.or(f64x2.eq(y, f64x2.splat(0)), f64x2.eq(x, one)), unitToInfinity);
  return v128.bitselect(one, real, isOne);
}

/** xʸ of two float64: within 1 ulp everywhere. Lane by lane, by the table-driven algorithm of AssemblyScript's `Math.pow` (ARM optimized routines). */
function power_f64x2(x: v128, y: v128): v128 {
  const first = power_f64(f64x2.extract_lane(x, 0), f64x2.extract_lane(y, 0));
  return f64x2.replace_lane(f64x2.splat(first), 1, power_f64(f64x2.extract_lane(x, 1), f64x2.extract_lane(y, 1)));
}

function power_f64(x: f64, y: f64): f64 {
  // Here JavaScript, which `Math.pow` follows, says NaN.
  if (x == 1 || (x == -1 && abs(y) == Infinity)) return 1;
  return NativeMath.pow(x, y);
}
