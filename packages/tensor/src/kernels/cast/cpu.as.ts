import { storeTruth } from "../../../assembly/lanes";

// One function per pair of element types; `cpu.ts` finds them by name. int32 and uint32 have the same bits, and those of a bool are 0 or 1.

export function cast_f32_f64(x: usize, y: usize, begin: i32, end: i32): void { castRun<f32, f64>(x, y, begin, end); }
export function cast_f32_i32(x: usize, y: usize, begin: i32, end: i32): void { castRun<f32, i32>(x, y, begin, end); }
export function cast_f32_u32(x: usize, y: usize, begin: i32, end: i32): void { castRun<f32, u32>(x, y, begin, end); }
export function cast_f32_u8(x: usize, y: usize, begin: i32, end: i32): void { castRun<f32, u8>(x, y, begin, end); }
export function cast_f64_f32(x: usize, y: usize, begin: i32, end: i32): void { castRun<f64, f32>(x, y, begin, end); }
export function cast_f64_i32(x: usize, y: usize, begin: i32, end: i32): void { castRun<f64, i32>(x, y, begin, end); }
export function cast_f64_u32(x: usize, y: usize, begin: i32, end: i32): void { castRun<f64, u32>(x, y, begin, end); }
export function cast_f64_u8(x: usize, y: usize, begin: i32, end: i32): void { castRun<f64, u8>(x, y, begin, end); }
export function cast_i32_f32(x: usize, y: usize, begin: i32, end: i32): void { castRun<i32, f32>(x, y, begin, end); }
export function cast_i32_f64(x: usize, y: usize, begin: i32, end: i32): void { castRun<i32, f64>(x, y, begin, end); }
export function cast_i32_u8(x: usize, y: usize, begin: i32, end: i32): void { castRun<i32, u8>(x, y, begin, end); }
export function cast_u32_f32(x: usize, y: usize, begin: i32, end: i32): void { castRun<u32, f32>(x, y, begin, end); }
export function cast_u32_f64(x: usize, y: usize, begin: i32, end: i32): void { castRun<u32, f64>(x, y, begin, end); }
export function cast_u8_f32(x: usize, y: usize, begin: i32, end: i32): void { castRun<u8, f32>(x, y, begin, end); }
export function cast_u8_f64(x: usize, y: usize, begin: i32, end: i32): void { castRun<u8, f64>(x, y, begin, end); }
export function cast_u8_i32(x: usize, y: usize, begin: i32, end: i32): void { castRun<u8, i32>(x, y, begin, end); }

/** Copies bytes [begin, end). */
export function cast_copy(x: usize, y: usize, begin: i32, end: i32): void {
  memory.copy(y + begin, x + begin, end - begin);
}

/** y[i] = To(x[i]) for i in [begin, end); a `To` of u8 is a bool. */
// @ts-ignore: decorator
@inline
function castRun<From extends number, To extends number>(x: usize, y: usize, begin: i32, end: i32): void {
  let i = begin;
  for (; i + 4 <= end; i += 4) castFour<From, To>(x + <usize>i * sizeof<From>(), y + <usize>i * sizeof<To>());
  for (; i < end; i++) {
    const value = load<From>(x + <usize>i * sizeof<From>());
    // Conversions of floats to integers saturate.
    if (sizeof<To>() == 1) store<u8>(y + i, <u8>(value != <From>0));
    else store<To>(y + <usize>i * sizeof<To>(), <To>value);
  }
}

// @ts-ignore: decorator
@inline
function castFour<From extends number, To extends number>(x: usize, y: usize): void {
  if (sizeof<From>() == 8) {
    const low = v128.load(x);
    const high = v128.load(x, 16);
    if (sizeof<To>() == 1) storeTruth<i32>(y, v128.shuffle<i32>(f64x2.ne(low, f64x2.splat(0)), f64x2.ne(high, f64x2.splat(0)), 0, 2, 4, 6));
    else v128.store(y, v128.shuffle<i64>(narrow<To>(low), narrow<To>(high), 0, 2));
    return;
  }
  const four = sizeof<From>() == 1 ? i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x))) : v128.load(x);
  if (sizeof<To>() == 8) {
    v128.store(y, widen<From>(four));
    v128.store(y, widen<From>(v128.shuffle<i64>(four, four, 1, 0)), 16);
  } else if (sizeof<To>() == 1) storeTruth<i32>(y, isFloat<From>() ? f32x4.ne(four, f32x4.splat(0)) : i32x4.ne(four, i32x4.splat(0)));
  else if (isFloat<To>()) v128.store(y, isSigned<From>() ? f32x4.convert_i32x4_s(four) : f32x4.convert_i32x4_u(four));
  else if (isFloat<From>()) v128.store(y, isSigned<To>() ? i32x4.trunc_sat_f32x4_s(four) : i32x4.trunc_sat_f32x4_u(four));
  else v128.store(y, four);
}

/** Two float64 as 32-bit elements in lanes 0 and 1. */
// @ts-ignore: decorator
@inline
function narrow<To extends number>(two: v128): v128 {
  if (isFloat<To>()) return f32x4.demote_f64x2_zero(two);
  return isSigned<To>() ? i32x4.trunc_sat_f64x2_s_zero(two) : i32x4.trunc_sat_f64x2_u_zero(two);
}

/** Elements 0 and 1 as float64. */
// @ts-ignore: decorator
@inline
function widen<From extends number>(four: v128): v128 {
  if (isFloat<From>()) return f64x2.promote_low_f32x4(four);
  return isSigned<From>() ? f64x2.convert_low_i32x4_s(four) : f64x2.convert_low_i32x4_u(four);
}
