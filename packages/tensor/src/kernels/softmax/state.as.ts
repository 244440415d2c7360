import { constant } from "../../../assembly/constant";
import { biasedExponentOfExp, exponentOf, mantissaOfExp, powerOfBiased, powerOfTwo } from "../../../assembly/extended-exponent";
import { lanesOf } from "../../../assembly/lanes";
import { log } from "../../../assembly/log";
import { compensated, lostIn } from "../reduce/accumulator.as";

/** Algorithms; mirrored in cpu.ts. */
export const TWO_PASS = 0;
export const RECOMPUTE = 1;
export const RELOAD = 2;
export const ONLINE = 3;

/** What a pass over the data is for: a maximum; */
export const MAXIMUM = 0;
/** a sum of eˣ relative to a base that is known, whose terms may be stored on the way; */
export const SUM = 1;
export const SUM_AND_STORE = 2;
/** a sum of eˣ relative to a base that follows the data: an exponent of 2, or a maximum; */
export const EXTENDED_SUM = 3;
export const ONLINE_SUM = 4;
/** the results: from elements and the exponent or the maximum in the base, from stored terms, or as logarithms. */
export const FROM_EXPONENT = 5;
export const FROM_MAXIMUM = 6;
export const FROM_TERM = 7;
export const LOGARITHM = 8;

/** Vectors side by side that have a state each; mirrored in cpu.ts. */
export const VECTORS = 128;

/**
 * A state is a base (a maximum, or for EXTENDED_SUM an exponent of 2), then, this many bytes on, a sum relative to it, then the sum's rounding error. `finish` puts the
 * factor (or, for logarithms, the term) of the results in place of the sum.
 */
export const STATE_BYTES: usize = VECTORS * 16;

// @ts-ignore: decorator
@inline
const F32 = memory.data<f32>([
  -421.4, // Everything below counts as this: 160 powers of two below the lowest exponent that is trusted, so nothing next to a trusted maximum.
  448, // Exponents up to here are trusted: far more, and what precedes would be inexact.
  -88.02, // Differences below count as this, whose exponent is −127 and power of two 0.
  -3.40282347e38, // Where maxima begin: not at −∞, whose difference from itself is NaN.
  1, // How far a maximum may be exceeded: slowly rising data would be rescaled, and rounded, all the time.
]);

// @ts-ignore: decorator
@inline
const F64 = memory.data<f64>([-364240, 524288, -709.08, -1.7976931348623157e308, 1]);

// @ts-ignore: decorator
@inline
function limit<T>(index: usize): v128 {
  return constant<T>(sizeof<T>() == 4 ? F32 : F64, index);
}

// @ts-ignore: decorator
@inline
export function atLeastLowest<T>(x: v128): v128 {
  return v128.pmax<T>(x, limit<T>(0));
}

/** x − base, not so low that its exponential leaves the range. NaN stays NaN, since `pmax` keeps its first argument then. */
// @ts-ignore: decorator
@inline
export function difference<T>(x: v128, base: v128): v128 {
  return v128.pmax<T>(v128.sub<T>(x, base), limit<T>(2));
}

/** exp(x − base) where it is rare: a function of its own. */
function scaleOf<T>(x: v128, base: v128): v128 {
  const z = difference<T>(x, base);
  const biased = biasedExponentOfExp<T>(z);
  return v128.mul<T>(mantissaOfExp<T>(z, exponentOf<T>(biased)), powerOfBiased<T>(biased));
}

// @ts-ignore: decorator
@inline
export function reset<T>(pass: i32, state: usize): void {
  v128.store(state, pass == EXTENDED_SUM ? v128.splat<T>(<T>-Infinity) : limit<T>(3));
  clearSum(state);
}

// @ts-ignore: decorator
@inline
export function clearSum(state: usize): void {
  v128.store(state, i64x2.splat(0), STATE_BYTES);
  v128.store(state, i64x2.splat(0), 2 * STATE_BYTES);
}

/** Multiplies what has been summed. */
// @ts-ignore: decorator
@inline
function rescale<T>(state: usize, scale: v128): void {
  v128.store(state, v128.mul<T>(v128.load(state, STATE_BYTES), scale), STATE_BYTES);
  v128.store(state, v128.mul<T>(v128.load(state, 2 * STATE_BYTES), scale), 2 * STATE_BYTES);
}

/** Adds to what has been summed, and its rounding error to the errors. */
// @ts-ignore: decorator
@inline
export function addToSum<T>(state: usize, x: v128): void {
  const before = v128.load(state, STATE_BYTES);
  const after = v128.add<T>(before, x);
  v128.store(state, after, STATE_BYTES);
  v128.store(state, v128.add<T>(v128.load(state, 2 * STATE_BYTES), lostIn<T>(after, before, x)), 2 * STATE_BYTES);
}

/** Makes room for terms up to `maximum` and returns the base they are to be relative to. */
// @ts-ignore: decorator
@inline
export function raise<T>(pass: i32, state: usize, maximum: v128): v128 {
  const before = v128.load(state);
  if (pass == EXTENDED_SUM) {
    const after = v128.pmax<T>(before, exponentOf<T>(biasedExponentOfExp<T>(atLeastLowest<T>(maximum))));
    v128.store(state, after);
    rescale<T>(state, powerOfTwo<T>(v128.sub<T>(before, after)));
    return after;
  }
  if (pass != ONLINE_SUM) return before;
  const higher = v128.gt<T>(maximum, v128.add<T>(before, limit<T>(4)));
  if (!v128.any_true(higher)) return before;
  const after = v128.bitselect(maximum, before, higher);
  v128.store(state, after);
  rescale<T>(state, scaleOf<T>(before, after));
  return after;
}

/** Merges the state at `other` into that at `state`. */
// @ts-ignore: decorator
@inline
export function merge<T>(pass: i32, state: usize, other: usize): void {
  const first = v128.load(state);
  const second = v128.load(other);
  const base = v128.pmax<T>(first, second);
  v128.store(state, base);
  if (pass == MAXIMUM) return;
  const isExtended = pass == EXTENDED_SUM;
  rescale<T>(state, isExtended ? powerOfTwo<T>(v128.sub<T>(first, base)) : scaleOf<T>(first, base));
  const scale = isExtended ? powerOfTwo<T>(v128.sub<T>(second, base)) : scaleOf<T>(second, base);
  addToSum<T>(state, v128.mul<T>(v128.load(other, STATE_BYTES), scale));
  const lost = v128.mul<T>(v128.load(other, 2 * STATE_BYTES), scale);
  v128.store(state, v128.add<T>(v128.load(state, 2 * STATE_BYTES), lost), 2 * STATE_BYTES);
}

/** Merges the lanes of the state at `state`, so that all are the same; `spare` is another. */
// @ts-ignore: decorator
@inline
export function mergeLanes<T>(pass: i32, state: usize, spare: usize): void {
  for (let distance = lanesOf<T>() / 2; distance > 0; distance >>= 1) {
    for (let part: usize = 0; part < 3 * STATE_BYTES; part += STATE_BYTES)
      v128.store(spare + part, rotate<T>(v128.load(state + part), distance));
    merge<T>(pass, state, spare);
  }
}

/** x with its lanes moved down by `distance`, in a circle. */
// @ts-ignore: decorator
@inline
function rotate<T>(x: v128, distance: i32): v128 {
  if (sizeof<T>() == 8 || distance == 2) return i64x2.shuffle(x, x, 1, 0);
  return i32x4.shuffle(x, x, 1, 2, 3, 0);
}

/** Whether the sum relative to an exponent of 2 is right: everything finite, nothing so large that it lost digits. */
// @ts-ignore: decorator
@inline
export function isTrusted<T>(state: usize): bool {
  const sum = v128.load(state, STATE_BYTES);
  const inside = v128.le<T>(v128.abs<T>(v128.load(state)), limit<T>(1));
  return v128.all_true<i32>(v128.and(inside, v128.eq<T>(sum, sum)));
}

/** Turns the sum into the factor of all results, or for logarithms into what is to be subtracted from them. */
// @ts-ignore: decorator
@inline
export function finish<T>(isLogarithm: bool, state: usize): void {
  const sum = compensated<T>(v128.load(state, STATE_BYTES), v128.load(state, 2 * STATE_BYTES));
  v128.store(state, isLogarithm ? logOf<T>(sum) : v128.div<T>(v128.splat<T>(<T>1), sum), STATE_BYTES);
}

function logOf<T>(x: v128): v128 {
  return log<T>(x);
}
