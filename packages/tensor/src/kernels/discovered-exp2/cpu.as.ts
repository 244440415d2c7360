import { exp2OfFraction } from "./program.as";

/** Beyond these, results are 0 or infinite whatever the fraction is. Both halves of such an exponent are those of normal numbers. */
const LOWEST: f32 = -252;
const HIGHEST: f32 = 252;
const BIAS = 127;
const SIGNIFICAND_BITS = 23;

/** 2^n as float32, n in [−126, 127]. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(BIAS)), SIGNIFICAND_BITS);
}

/** y[i] = 2^x[i] for vectors [begin, end) of four; the last one may be part of one, its neighbours are padding of the arrays. */
export function discovered_exp2_f32(x: usize, y: usize, begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) {
    const at = <usize>i << 4;
    // Minimum and maximum keep NaN.
    const value = f32x4.max(f32x4.min(v128.load(x + at), f32x4.splat(HIGHEST)), f32x4.splat(LOWEST));
    const whole = f32x4.floor(value);
    const n = i32x4.trunc_sat_f32x4_s(whole);
    // In two halves, so that neither over- nor underflows before the result does.
    const half = i32x4.shr_s(n, 1);
    const fraction = exp2OfFraction(f32x4.sub(value, whole));
    const scaled = f32x4.mul(fraction, powerOfTwo(half));
    v128.store(y + at, f32x4.mul(scaled, powerOfTwo(i32x4.sub(n, half))));
  }
}
