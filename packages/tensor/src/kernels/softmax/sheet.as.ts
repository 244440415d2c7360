import { multiplyAdd } from "../../../assembly/multiply-add";
import {
  biasedExponentOfExp, exponentOf, mantissaCoefficient, mantissaOfExp, powerOfBiased, powerOfDifference, remainderOfExp,
} from "../../../assembly/extended-exponent";
import { lanesOf } from "../../../assembly/lanes";
import { firstLanes, MAXIMUM as MAXIMUM_OF } from "../reduce/accumulator.as";
import {
  addToSum, atLeastLowest, clearSum, difference, EXTENDED_SUM, finish, FROM_EXPONENT, FROM_MAXIMUM, FROM_TERM, isTrusted, LOGARITHM, MAXIMUM, merge, mergeLanes,
  ONLINE, ONLINE_SUM, raise, RECOMPUTE, RELOAD, reset, STATE_BYTES, SUM, SUM_AND_STORE, TWO_PASS,
} from "./state.as";

// A sheet is a matrix of vectors: `rows` rows, `stride` bytes apart, of `vectors` vectors. Each column of vectors has a state of its own. Where a sheet is one line
// of the array, cut into vectors (vectors = 1, stride = 16), `tail` elements that do not fill one follow.

/**
 * Rows that are combined before they meet the states: vectors of a line follow each other; rows of columns may be so far apart that they meet in the same place of the cache,
 * which has room for eight, and terms may be stored as far apart.
 */
// @ts-ignore: decorator
@inline
function groupOf(vectors: i32, stride: usize): i32 {
  if (vectors == 1) return 16;
  return (stride & 2047) == 0 ? 4 : 8;
}

/** What an element's exponential is wanted for: to be added up, to be added up and stored, or as a result. Relative to an exponent of 2, or to a maximum. */
// @ts-ignore: decorator
@inline
function isRelativeToExponent(use: i32): bool {
  return use == EXTENDED_SUM || use == FROM_EXPONENT;
}

/** What eˣ is taken of: x itself, or its difference from the base. */
// @ts-ignore: decorator
@inline
function argument<T>(use: i32, x: v128, base: v128): v128 {
  return isRelativeToExponent(use) ? atLeastLowest<T>(x) : difference<T>(x, base);
}

// @ts-ignore: decorator
@inline
function power<T>(use: i32, biased: v128, base: v128): v128 {
  return isRelativeToExponent(use) ? powerOfDifference<T>(biased, base) : powerOfBiased<T>(biased);
}

/** What becomes of an exponential m · scale: a term of a sum, which is returned and may be stored at y, or a result, m · scale · factor, stored there. */
// @ts-ignore: decorator
@inline
function put<T>(use: i32, m: v128, scale: v128, factor: v128, y: usize): v128 {
  const isResult = use == FROM_EXPONENT || use == FROM_MAXIMUM;
  const value = v128.mul<T>(isResult ? v128.mul<T>(m, factor) : m, scale);
  if (isResult || use == SUM_AND_STORE) v128.store(y, value);
  return value;
}

/** The exponential of one vector, see `put`. */
// @ts-ignore: decorator
@inline
function exponential<T>(use: i32, x: v128, base: v128, factor: v128, y: usize): v128 {
  const z = argument<T>(use, x, base);
  const biased = biasedExponentOfExp<T>(z);
  return put<T>(use, mantissaOfExp<T>(z, exponentOf<T>(biased)), power<T>(use, biased, base), factor, y);
}

/** The exponentials of the vectors at x and `stride` bytes on, see `put`, and their sum. Coefficients are read once for both: reading them is half the work otherwise. */
// @ts-ignore: decorator
@inline
function twoExponentials<T>(use: i32, x: usize, stride: usize, base: v128, factor: v128, toY: usize): v128 {
  const z = argument<T>(use, v128.load(x), base);
  const w = argument<T>(use, v128.load(x + stride), base);
  const zBiased = biasedExponentOfExp<T>(z);
  const wBiased = biasedExponentOfExp<T>(w);
  const t = remainderOfExp<T>(z, exponentOf<T>(zBiased));
  const u = remainderOfExp<T>(w, exponentOf<T>(wBiased));
  let coefficient = mantissaCoefficient<T>(0);
  let p = coefficient;
  let q = coefficient;
  coefficient = mantissaCoefficient<T>(1);
  p = multiplyAdd<T>(p, t, coefficient);
  q = multiplyAdd<T>(q, u, coefficient);
  coefficient = mantissaCoefficient<T>(2);
  p = multiplyAdd<T>(p, t, coefficient);
  q = multiplyAdd<T>(q, u, coefficient);
  coefficient = mantissaCoefficient<T>(3);
  p = multiplyAdd<T>(p, t, coefficient);
  q = multiplyAdd<T>(q, u, coefficient);
  coefficient = mantissaCoefficient<T>(4);
  p = multiplyAdd<T>(p, t, coefficient);
  q = multiplyAdd<T>(q, u, coefficient);
  coefficient = mantissaCoefficient<T>(5);
  p = multiplyAdd<T>(p, t, coefficient);
  q = multiplyAdd<T>(q, u, coefficient);
  if (sizeof<T>() == 8) {
    coefficient = mantissaCoefficient<T>(6);
    p = multiplyAdd<T>(p, t, coefficient);
    q = multiplyAdd<T>(q, u, coefficient);
    coefficient = mantissaCoefficient<T>(7);
    p = multiplyAdd<T>(p, t, coefficient);
    q = multiplyAdd<T>(q, u, coefficient);
    coefficient = mantissaCoefficient<T>(8);
    p = multiplyAdd<T>(p, t, coefficient);
    q = multiplyAdd<T>(q, u, coefficient);
    coefficient = mantissaCoefficient<T>(9);
    p = multiplyAdd<T>(p, t, coefficient);
    q = multiplyAdd<T>(q, u, coefficient);
    coefficient = mantissaCoefficient<T>(10);
    p = multiplyAdd<T>(p, t, coefficient);
    q = multiplyAdd<T>(q, u, coefficient);
    coefficient = mantissaCoefficient<T>(11);
    p = multiplyAdd<T>(p, t, coefficient);
    q = multiplyAdd<T>(q, u, coefficient);
  }
  const first = put<T>(use, p, power<T>(use, zBiased, base), factor, x + toY);
  const scale = power<T>(use, wBiased, base);
  if (use == EXTENDED_SUM || use == ONLINE_SUM || use == SUM) return multiplyAdd<T>(q, scale, first);
  return v128.add<T>(first, put<T>(use, q, scale, factor, x + stride + toY));
}

// @ts-ignore: decorator
@inline
function maximumOf<T>(x: usize, count: i32, stride: usize): v128 {
  let maximum = v128.load(x);
  let other = maximum;
  for (let end = x + <usize>(count >> 1) * 2 * stride; x < end; x += 2 * stride) {
    maximum = v128.pmax<T>(maximum, v128.load(x));
    other = v128.pmax<T>(other, v128.load(x + stride));
  }
  return v128.pmax<T>(v128.pmax<T>(maximum, other), v128.load(count & 1 ? x : x - stride));
}

/** Absorbs `count` vectors at x. `toY` is the distance from an element to where its term is stored. NaN may get lost in a maximum: it comes back with the sum. */
// @ts-ignore: decorator
@inline
function absorb<T>(pass: i32, state: usize, x: usize, count: i32, stride: usize, toY: usize): void {
  const none = i64x2.splat(0);
  const maximum = pass == SUM || pass == SUM_AND_STORE ? none : maximumOf<T>(x, count, stride);
  if (pass == MAXIMUM) {
    v128.store(state, v128.pmax<T>(v128.load(state), maximum));
    return;
  }
  const base = raise<T>(pass, state, maximum);
  let sum = none;
  for (let end = x + <usize>(count >> 1) * 2 * stride; x < end; x += 2 * stride)
    sum = v128.add<T>(sum, twoExponentials<T>(pass, x, stride, base, none, toY));
  if (count & 1) sum = v128.add<T>(sum, exponential<T>(pass, v128.load(x), base, none, x + toY));
  addToSum<T>(state, sum);
}

/** Stores the first `count` lanes of x. */
// @ts-ignore: decorator
@inline
function storeLanes<T>(address: usize, x: v128, count: i32): void {
  store<T>(address, v128.extract_lane<T>(x, 0));
  if (count > 1) store<T>(address + sizeof<T>(), v128.extract_lane<T>(x, 1));
  if (sizeof<T>() == 4 && count > 2) store<T>(address + 2 * sizeof<T>(), v128.extract_lane<T>(x, 2));
}

/** One pass over a sheet, into its states. Terms are stored `toY` bytes from their elements; `spare` is a vector to work with. */
// @ts-ignore: decorator
@inline
function passOver<T>(
  pass: i32, state: usize, x: usize, rows: i32, vectors: i32, stride: usize, tail: i32, toY: usize, spare: usize,
): void {
  const stateEnd = state + (<usize>vectors << 4);
  const group = groupOf(vectors, stride);
  for (let row = 0; row < rows; row += group) {
    const count = min(group, rows - row);
    for (let at = state, from = x; at < stateEnd; at += 16, from += 16) absorb<T>(pass, at, from, count, stride, toY);
    x += <usize>count * stride;
  }
  if (tail == 0) return;
  v128.store(spare, firstLanes<T>(MAXIMUM_OF, v128.load(x), tail));
  absorb<T>(pass, state, spare, 1, 16, 0);
  if (pass == SUM_AND_STORE) storeLanes<T>(x + toY, v128.load(spare), tail);
}

/** The first pass over a sheet (`isSecond`: the second) of an algorithm; the states begin anew, but for the base that a second pass needs. */
export function collect<T>(
  algorithm: i32, isSecond: bool, state: usize, x: usize, rows: i32, vectors: i32, stride: usize, tail: i32, toY: usize, spare: usize,
): void {
  if (algorithm == TWO_PASS) passOver<T>(EXTENDED_SUM, state, x, rows, vectors, stride, tail, toY, spare);
  else if (algorithm == ONLINE) passOver<T>(ONLINE_SUM, state, x, rows, vectors, stride, tail, toY, spare);
  else if (!isSecond) passOver<T>(MAXIMUM, state, x, rows, vectors, stride, tail, toY, spare);
  else if (algorithm == RECOMPUTE) passOver<T>(SUM, state, x, rows, vectors, stride, tail, toY, spare);
  else passOver<T>(SUM_AND_STORE, state, x, rows, vectors, stride, tail, toY, spare);
}

/** Makes states ready for the first pass of an algorithm, or for the second, which keeps the base. */
export function begin<T>(algorithm: i32, isSecond: bool, state: usize, vectors: i32): void {
  for (let at = state, end = state + (<usize>vectors << 4); at < end; at += 16) {
    if (isSecond) clearSum(at);
    else if (algorithm == TWO_PASS) reset<T>(EXTENDED_SUM, at);
    else reset<T>(ONLINE_SUM, at);
  }
}

/** Merges the states of two parts of a sheet. */
export function mergeParts<T>(algorithm: i32, isSecond: bool, state: usize, other: usize, vectors: i32): void {
  for (let at = state, end = state + (<usize>vectors << 4); at < end; at += 16, other += 16) {
    if (algorithm == TWO_PASS) merge<T>(EXTENDED_SUM, at, other);
    else if (algorithm == ONLINE || isSecond) merge<T>(ONLINE_SUM, at, other);
    else merge<T>(MAXIMUM, at, other);
  }
}

/** Merges the lanes of the state of a line. */
export function mergeLine<T>(algorithm: i32, isSecond: bool, state: usize, spare: usize): void {
  if (algorithm == TWO_PASS) mergeLanes<T>(EXTENDED_SUM, state, spare);
  else if (algorithm == ONLINE || isSecond) mergeLanes<T>(ONLINE_SUM, state, spare);
  else mergeLanes<T>(MAXIMUM, state, spare);
}

/** Turns sums into factors, once all passes are done. False when TWO_PASS cannot be trusted: then another algorithm has to start over. */
export function complete<T>(algorithm: i32, isLogarithm: bool, state: usize, vectors: i32): bool {
  for (let at = state, end = state + (<usize>vectors << 4); at < end; at += 16) {
    if (algorithm == TWO_PASS && !isTrusted<T>(at)) return false;
    finish<T>(isLogarithm, at);
  }
  return true;
}

/** The result of one vector, stored at y. */
// @ts-ignore: decorator
@inline
function writeOne<T>(use: i32, x: v128, base: v128, factor: v128, y: usize): void {
  if (use == LOGARITHM) v128.store(y, v128.sub<T>(v128.sub<T>(x, base), factor));
  else if (use == FROM_TERM) v128.store(y, v128.mul<T>(x, factor));
  else exponential<T>(use, x, base, factor, y);
}

/** The results of the vectors at x and `stride` bytes on. */
// @ts-ignore: decorator
@inline
function writeTwo<T>(use: i32, x: usize, stride: usize, base: v128, factor: v128, toY: usize): void {
  if (use == FROM_EXPONENT || use == FROM_MAXIMUM) {
    twoExponentials<T>(use, x, stride, base, factor, toY);
    return;
  }
  writeOne<T>(use, v128.load(x), base, factor, x + toY);
  writeOne<T>(use, v128.load(x + stride), base, factor, x + stride + toY);
}

// @ts-ignore: decorator
@inline
function writeAs<T>(
  use: i32, state: usize, x: usize, rows: i32, vectors: i32, stride: usize, tail: i32, toY: usize, spare: usize,
): void {
  const stateEnd = state + (<usize>vectors << 4);
  const pairsEnd = x + <usize>(rows >> 1) * 2 * stride;
  for (; x < pairsEnd; x += 2 * stride)
    for (let at = state, from = x; at < stateEnd; at += 16, from += 16)
      writeTwo<T>(use, from, stride, v128.load(at), v128.load(at, STATE_BYTES), toY);
  if (rows & 1) {
    for (let at = state, from = x; at < stateEnd; at += 16, from += 16)
      writeOne<T>(use, v128.load(from), v128.load(at), v128.load(at, STATE_BYTES), from + toY);
    x += stride;
  }
  if (tail == 0) return;
  writeOne<T>(use, v128.load(x), v128.load(state), v128.load(state, STATE_BYTES), spare);
  storeLanes<T>(x + toY, v128.load(spare), tail);
}

/** The last pass over a sheet: writes the results at `toY` bytes from their elements; `spare` is a vector to work with. */
export function write<T>(
  algorithm: i32, isLogarithm: bool, state: usize, x: usize, rows: i32, vectors: i32, stride: usize, tail: i32, toY: usize, spare: usize,
): void {
  if (isLogarithm) writeAs<T>(LOGARITHM, state, x, rows, vectors, stride, tail, toY, spare);
  else if (algorithm == TWO_PASS) writeAs<T>(FROM_EXPONENT, state, x, rows, vectors, stride, tail, toY, spare);
  else if (algorithm == RELOAD) writeAs<T>(FROM_TERM, state, x + toY, rows, vectors, stride, tail, 0, spare);
  else writeAs<T>(FROM_MAXIMUM, state, x, rows, vectors, stride, tail, toY, spare);
}
