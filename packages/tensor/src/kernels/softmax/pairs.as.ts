import { biasedExponentOfExp, exponentOf, mantissaOfExp } from "../../../assembly/extended-exponent";
import { multiplyAdd } from "../../../assembly/multiply-add";
import { EXTENDED_SUM, merge, STATE_BYTES } from "./state.as";

// What pairs.test.ts calls: the arithmetic of mantissas and exponents by itself.

/** Mantissas and exponents of `count` exponentials, a multiple of 4. */
export function split(x: usize, mantissas: usize, exponents: usize, count: i32): void {
  for (let offset: usize = 0; offset < <usize>count << 2; offset += 16) {
    const value = v128.load(x + offset);
    const n = exponentOf<f32>(biasedExponentOfExp<f32>(value));
    v128.store(mantissas + offset, mantissaOfExp<f32>(value, n));
    v128.store(exponents + offset, n);
  }
}

/** The state at `state` plus that at `other`. */
export function add(state: usize, other: usize): void {
  merge<f32>(EXTENDED_SUM, state, other);
}

/** Bytes from a state's exponent to its mantissa, and from there to the mantissa's rounding error. */
export function distance(): usize {
  return STATE_BYTES;
}

/** Whether multiplyAdd rounds once here. */
export function isFused(x: f32): f32 {
  const factors = f32x4.splat(1 + x);
  return f32x4.extract_lane(multiplyAdd<f32>(factors, factors, f32x4.splat(-1 - 2 * x)), 0);
}
