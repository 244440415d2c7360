import { exp } from "../../../assembly/exp";
import { log } from "../../../assembly/log";

/** Operations; constants, so that each exported function keeps the code of its own only. */
export const SUM = 0;
export const PRODUCT = 1;
export const MAXIMUM = 2;
export const MINIMUM = 3;
export const LOG_SUM_EXP = 4;

/** Columns that are reduced at the same time; mirrored in cpu.ts. */
export const COLUMNS = 512;

/**
 * Accumulators of `COLUMNS` columns lie side by side: the value (or the maximum a logarithm is taken relative to) first, then, this many bytes
 * on, a sum, then its rounding error. Two vectors more than the columns need, since vectors are read at any column. Mirrored in cpu.ts.
 */
export const STATE_BYTES: usize = COLUMNS * 8 + 128;

/** Rows that are combined as a tree before they meet the accumulator. */
export const GROUP: usize = 8;

// @ts-ignore: decorator
@inline
export function lanesOf<T>(): i32 {
  return 16 / <i32>sizeof<T>();
}

/** One vector of T from elements of I; bools (u8) widen to i32. */
// @ts-ignore: decorator
@inline
export function loadVector<I, T>(address: usize): v128 {
  if (sizeof<I>() == 1) return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(address)));
  return v128.load(address);
}

// @ts-ignore: decorator
@inline
export function identity<T>(operation: i32): v128 {
  if (operation == PRODUCT) return v128.splat<T>(<T>1);
  if (operation == MAXIMUM || operation == LOG_SUM_EXP) {
    if (isFloat<T>()) return v128.splat<T>(<T>-Infinity);
    return isSigned<T>() ? v128.splat<T>(<T>i32.MIN_VALUE) : v128.splat<T>(<T>0);
  }
  if (operation == MINIMUM) {
    if (isFloat<T>()) return v128.splat<T>(<T>Infinity);
    return isSigned<T>() ? v128.splat<T>(<T>i32.MAX_VALUE) : v128.splat<T>(<T>u32.MAX_VALUE);
  }
  return v128.splat<T>(<T>0);
}

// @ts-ignore: decorator
@inline
export function combine<T>(operation: i32, a: v128, b: v128): v128 {
  if (operation == PRODUCT) return v128.mul<T>(a, b);
  if (isFloat<T>()) {
    // A NaN in a survives pmax and pmin; one in b must be put back (all bits set are a NaN too). Engines take twice as long for max and min.
    if (operation == MAXIMUM) return v128.or(v128.pmax<T>(a, b), v128.ne<T>(b, b));
    if (operation == MINIMUM) return v128.or(v128.pmin<T>(a, b), v128.ne<T>(b, b));
    // Here it may be lost: it comes back with the sum of exponentials.
    if (operation == LOG_SUM_EXP) return v128.pmax<T>(a, b);
  } else {
    if (operation == MAXIMUM) return v128.max<T>(a, b);
    if (operation == MINIMUM) return v128.min<T>(a, b);
  }
  return v128.add<T>(a, b);
}

/** The first `count` lanes of x, the identity in the others. */
// @ts-ignore: decorator
@inline
export function firstLanes<T>(operation: i32, x: v128, count: i32): v128 {
  const mask =
    sizeof<T>() == 4
      ? i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3))
      : i64x2.gt_s(i64x2.splat(count), i64x2(0, 1));
  return v128.bitselect(x, identity<T>(operation), mask);
}

// @ts-ignore: decorator
@inline
function isFinite<T>(x: v128): v128 {
  return v128.lt<T>(v128.abs<T>(x), v128.splat<T>(<T>Infinity));
}

/** What rounding lost in total = a + b, exactly (Knuth's two-sum). */
// @ts-ignore: decorator
@inline
export function lostIn<T>(total: v128, a: v128, b: v128): v128 {
  const back = v128.sub<T>(total, a);
  return v128.add<T>(v128.sub<T>(a, v128.sub<T>(total, back)), v128.sub<T>(b, back));
}

/** sum ← sum + x, lost ← lost + its rounding error. */
// @ts-ignore: decorator
@inline
function addTo<T>(sum: usize, lost: usize, x: v128): void {
  const before = v128.load(sum);
  const after = v128.add<T>(before, x);
  v128.store(sum, after);
  v128.store(lost, v128.add<T>(v128.load(lost), lostIn<T>(after, before, x)));
}

/** sum + lost, or the sum alone where it is infinite or NaN, since then its rounding error is NaN. */
// @ts-ignore: decorator
@inline
export function compensated<T>(sum: v128, lost: v128): v128 {
  return v128.bitselect(v128.add<T>(sum, lost), sum, isFinite<T>(sum));
}

/** The maximum where finite, 0 otherwise: what exponents are taken relative to. */
// @ts-ignore: decorator
@inline
export function baseOf<T>(maximum: v128): v128 {
  return v128.and(maximum, isFinite<T>(maximum));
}

/**
 * exp(x − base), but never less than the smallest normal number: subnormal results cost several times as much, and next to exp(0), which is always among
 * the terms, both are nothing. `finish` takes care of rows that have no other terms, all −∞. NaN stays NaN, since `pmax` keeps its first argument then.
 */
// @ts-ignore: decorator
@inline
export function expFrom<T>(base: v128, x: v128): v128 {
  const difference = v128.sub<T>(x, base);
  return exp<T>(sizeof<T>() == 4 ? f32x4.pmax(difference, f32x4.splat(-87)) : f64x2.pmax(difference, f64x2.splat(-708)));
}

/** The same where it is rare: a function of its own, since every copy of exp is a kilobyte. */
function scaleOf<T>(maximum: v128, base: v128): v128 {
  return expFrom<T>(base, maximum);
}

/** log, once for each result. */
function logOf<T>(x: v128): v128 {
  return log<T>(x);
}

/**
 * Moves the maximum of an exponential sum up where `maximum` exceeds it by more than 1, and rescales what has been summed.
 * The slack keeps slowly rising data from rescaling, and rounding, at every step. Returns the base of the exponents.
 */
// @ts-ignore: decorator
@inline
function raise<T>(state: usize, maximum: v128): v128 {
  const before = v128.load(state);
  const higher = v128.gt<T>(maximum, v128.add<T>(before, v128.splat<T>(<T>1)));
  if (!v128.any_true(higher)) return baseOf<T>(before);
  const after = v128.bitselect(maximum, before, higher);
  const base = baseOf<T>(after);
  const scale = scaleOf<T>(before, base);
  v128.store(state, after);
  v128.store(state, v128.mul<T>(v128.load(state, STATE_BYTES), scale), STATE_BYTES);
  v128.store(state, v128.mul<T>(v128.load(state, 2 * STATE_BYTES), scale), 2 * STATE_BYTES);
  return base;
}

// @ts-ignore: decorator
@inline
export function isCompensated<T>(operation: i32): bool {
  return operation == LOG_SUM_EXP || (operation == SUM && isFloat<T>());
}

// @ts-ignore: decorator
@inline
export function reset<T>(operation: i32, state: usize): void {
  v128.store(state, identity<T>(operation));
  if (isCompensated<T>(operation)) v128.store(state, i64x2.splat(0), STATE_BYTES);
  if (operation == LOG_SUM_EXP) v128.store(state, i64x2.splat(0), 2 * STATE_BYTES);
}

// @ts-ignore: decorator
@inline
export function absorb<T>(operation: i32, state: usize, x: v128): void {
  if (operation == LOG_SUM_EXP) {
    const base = raise<T>(state, x);
    addTo<T>(state + STATE_BYTES, state + 2 * STATE_BYTES, expFrom<T>(base, x));
  } else if (isCompensated<T>(operation)) addTo<T>(state, state + STATE_BYTES, x);
  else v128.store(state, combine<T>(operation, v128.load(state), x));
}

/** Absorbs GROUP vectors that lie `stride` bytes apart. */
// @ts-ignore: decorator
@inline
export function absorbGroup<I, T>(operation: i32, state: usize, address: usize, stride: usize): void {
  const middle = address + 4 * stride;
  const x01 = combine<T>(operation, loadVector<I, T>(address), loadVector<I, T>(address + stride));
  const x23 = combine<T>(operation, loadVector<I, T>(address + 2 * stride), loadVector<I, T>(address + 3 * stride));
  const x45 = combine<T>(operation, loadVector<I, T>(middle), loadVector<I, T>(middle + stride));
  const x67 = combine<T>(operation, loadVector<I, T>(middle + 2 * stride), loadVector<I, T>(middle + 3 * stride));
  const combined = combine<T>(operation, combine<T>(operation, x01, x23), combine<T>(operation, x45, x67));
  if (operation != LOG_SUM_EXP) {
    absorb<T>(operation, state, combined);
    return;
  }
  const base = raise<T>(state, combined);
  let sum = i64x2.splat(0);
  for (let row: usize = 0; row < GROUP; row += 2) {
    const x = address + row * stride;
    const pair = v128.add<T>(
      expFrom<T>(base, loadVector<I, T>(x)),
      expFrom<T>(base, loadVector<I, T>(x + stride)),
    );
    sum = v128.add<T>(sum, pair);
  }
  addTo<T>(state + STATE_BYTES, state + 2 * STATE_BYTES, sum);
}

/** Merges the accumulators at `other`, which may overlap, into those at `state`. */
// @ts-ignore: decorator
@inline
export function merge<T>(operation: i32, state: usize, other: usize): void {
  const first = v128.load(other);
  if (!isCompensated<T>(operation)) {
    v128.store(state, combine<T>(operation, v128.load(state), first));
    return;
  }
  const second = v128.load(other, STATE_BYTES);
  if (operation == SUM) {
    addTo<T>(state, state + STATE_BYTES, first);
    v128.store(state, v128.add<T>(v128.load(state, STATE_BYTES), second), STATE_BYTES);
    return;
  }
  const third = v128.load(other, 2 * STATE_BYTES);
  const scale = scaleOf<T>(first, raise<T>(state, first));
  addTo<T>(state + STATE_BYTES, state + 2 * STATE_BYTES, v128.mul<T>(second, scale));
  const lost = v128.add<T>(v128.load(state, 2 * STATE_BYTES), v128.mul<T>(third, scale));
  v128.store(state, lost, 2 * STATE_BYTES);
}

/** x with its lanes moved down by `distance`, in a circle. */
// @ts-ignore: decorator
@inline
function rotate<T>(x: v128, distance: i32): v128 {
  if (sizeof<T>() == 8 || distance == 2) return i64x2.shuffle(x, x, 1, 0);
  return i32x4.shuffle(x, x, 1, 2, 3, 0);
}

/** Merges all lanes of the accumulators at `state` into its first lane. The vectors behind them are overwritten. */
// @ts-ignore: decorator
@inline
export function mergeLanes<T>(operation: i32, state: usize): void {
  let sum = state;
  if (operation == LOG_SUM_EXP) {
    // All lanes relative to one maximum first: then sums are left, which need no exponentials.
    const maximum = v128.load(state);
    let largest = maximum;
    for (let distance = lanesOf<T>() / 2; distance > 0; distance >>= 1)
      largest = combine<T>(operation, largest, rotate<T>(largest, distance));
    const scale = scaleOf<T>(maximum, baseOf<T>(largest));
    v128.store(state, largest);
    sum = state + STATE_BYTES;
    v128.store(sum, v128.mul<T>(v128.load(sum), scale));
    v128.store(sum, v128.mul<T>(v128.load(sum, STATE_BYTES), scale), STATE_BYTES);
  }
  const simple = operation == LOG_SUM_EXP ? SUM : operation;
  for (let distance = lanesOf<T>() / 2; distance > 0; distance >>= 1) {
    v128.store(sum, rotate<T>(v128.load(sum), distance), 16);
    if (isCompensated<T>(simple))
      v128.store(sum, rotate<T>(v128.load(sum, STATE_BYTES), distance), STATE_BYTES + 16);
    merge<T>(simple, sum, sum + 16);
  }
}

/** The result of a compensated sum: of the elements, or of exponentials relative to `maximum`. */
// @ts-ignore: decorator
@inline
export function finish<T>(operation: i32, maximum: v128, sum: v128, divisor: f64): v128 {
  if (isFloat<T>() && operation == SUM) return v128.div<T>(sum, v128.splat<T>(<T>divisor));
  // +∞ is in the sum already; −∞ means that there is nothing else.
  const base = v128.bitselect(baseOf<T>(maximum), maximum, v128.gt<T>(maximum, v128.splat<T>(<T>-Infinity)));
  return v128.add<T>(base, logOf<T>(sum));
}

/** The result of the accumulators at `state`. */
// @ts-ignore: decorator
@inline
export function resultOf<T>(operation: i32, state: usize, divisor: f64): v128 {
  const first = v128.load(state);
  if (!isCompensated<T>(operation)) return first;
  const sum = operation == LOG_SUM_EXP ? state + STATE_BYTES : state;
  return finish<T>(operation, first, compensated<T>(v128.load(sum), v128.load(sum, STATE_BYTES)), divisor);
}
