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

/** Vectors that `bundle` takes: as many as registers hold, since reading coefficients for one alone is half of the work. */
// @ts-ignore: decorator
@inline
function bundleOf<T>(): i32 {
  return sizeof<T>() == 4 ? 4 : 2;
}

/** Bundles that are added up before their sum meets other sums. */
// @ts-ignore: decorator
@inline
const BLOCK: usize = 4;

/**
 * Rows that are combined before they meet the states. Vectors of a line follow each other: four blocks of four bundles, whose sum has 8 roundings at most. Rows of columns may be so far apart that
 * they meet in the same place of the cache, which has room for eight, and terms may be stored as far apart.
 */
// @ts-ignore: decorator
@inline
function groupOf<T>(vectors: i32, stride: usize): i32 {
  if (vectors == 1) return 16 * bundleOf<T>();
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

/** The exponentials of a bundle of vectors, `stride` bytes apart from x on, see `put`, and their sum. */
// @ts-ignore: decorator
@inline
function bundle<T>(use: i32, x: usize, stride: usize, base: v128, factor: v128, toY: usize): v128 {
  return sizeof<T>() == 4
    ? fourExponentials(use, x, stride, base, factor, toY)
    : twoExponentials(use, x, stride, base, factor, toY);
}

/** A bundle of float32. */
// @ts-ignore: decorator
@inline
function fourExponentials(use: i32, x: usize, stride: usize, base: v128, factor: v128, toY: usize): v128 {
  const z0 = argument<f32>(use, v128.load(x), base);
  const z1 = argument<f32>(use, v128.load(x + stride), base);
  const z2 = argument<f32>(use, v128.load(x + 2 * stride), base);
  const z3 = argument<f32>(use, v128.load(x + 3 * stride), base);
  const biased0 = biasedExponentOfExp<f32>(z0);
  const biased1 = biasedExponentOfExp<f32>(z1);
  const biased2 = biasedExponentOfExp<f32>(z2);
  const biased3 = biasedExponentOfExp<f32>(z3);
  const t0 = remainderOfExp<f32>(z0, exponentOf<f32>(biased0));
  const t1 = remainderOfExp<f32>(z1, exponentOf<f32>(biased1));
  const t2 = remainderOfExp<f32>(z2, exponentOf<f32>(biased2));
  const t3 = remainderOfExp<f32>(z3, exponentOf<f32>(biased3));
  let coefficient = mantissaCoefficient<f32>(0);
  const next = mantissaCoefficient<f32>(1);
  let p0 = multiplyAdd<f32>(coefficient, t0, next);
  let p1 = multiplyAdd<f32>(coefficient, t1, next);
  let p2 = multiplyAdd<f32>(coefficient, t2, next);
  let p3 = multiplyAdd<f32>(coefficient, t3, next);
  coefficient = mantissaCoefficient<f32>(2);
  p0 = multiplyAdd<f32>(p0, t0, coefficient);
  p1 = multiplyAdd<f32>(p1, t1, coefficient);
  p2 = multiplyAdd<f32>(p2, t2, coefficient);
  p3 = multiplyAdd<f32>(p3, t3, coefficient);
  coefficient = mantissaCoefficient<f32>(3);
  p0 = multiplyAdd<f32>(p0, t0, coefficient);
  p1 = multiplyAdd<f32>(p1, t1, coefficient);
  p2 = multiplyAdd<f32>(p2, t2, coefficient);
  p3 = multiplyAdd<f32>(p3, t3, coefficient);
  coefficient = mantissaCoefficient<f32>(4);
  p0 = multiplyAdd<f32>(p0, t0, coefficient);
  p1 = multiplyAdd<f32>(p1, t1, coefficient);
  p2 = multiplyAdd<f32>(p2, t2, coefficient);
  p3 = multiplyAdd<f32>(p3, t3, coefficient);
  coefficient = mantissaCoefficient<f32>(5);
  p0 = multiplyAdd<f32>(p0, t0, coefficient);
  p1 = multiplyAdd<f32>(p1, t1, coefficient);
  p2 = multiplyAdd<f32>(p2, t2, coefficient);
  p3 = multiplyAdd<f32>(p3, t3, coefficient);
  const y = x + toY;
  const e0 = put<f32>(use, p0, power<f32>(use, biased0, base), factor, y);
  const e1 = put<f32>(use, p1, power<f32>(use, biased1, base), factor, y + stride);
  const e2 = put<f32>(use, p2, power<f32>(use, biased2, base), factor, y + 2 * stride);
  const e3 = put<f32>(use, p3, power<f32>(use, biased3, base), factor, y + 3 * stride);
  return v128.add<f32>(v128.add<f32>(e0, e1), v128.add<f32>(e2, e3));
}

/** A bundle of float64. */
// @ts-ignore: decorator
@inline
function twoExponentials(use: i32, x: usize, stride: usize, base: v128, factor: v128, toY: usize): v128 {
  const z = argument<f64>(use, v128.load(x), base);
  const w = argument<f64>(use, v128.load(x + stride), base);
  const zBiased = biasedExponentOfExp<f64>(z);
  const wBiased = biasedExponentOfExp<f64>(w);
  const t = remainderOfExp<f64>(z, exponentOf<f64>(zBiased));
  const u = remainderOfExp<f64>(w, exponentOf<f64>(wBiased));
  let coefficient = mantissaCoefficient<f64>(0);
  let p = coefficient;
  let q = coefficient;
  coefficient = mantissaCoefficient<f64>(1);
  p = multiplyAdd<f64>(p, t, coefficient);
  q = multiplyAdd<f64>(q, u, coefficient);
  coefficient = mantissaCoefficient<f64>(2);
  p = multiplyAdd<f64>(p, t, coefficient);
  q = multiplyAdd<f64>(q, u, coefficient);
  coefficient = mantissaCoefficient<f64>(3);
  p = multiplyAdd<f64>(p, t, coefficient);
  q = multiplyAdd<f64>(q, u, coefficient);
  coefficient = mantissaCoefficient<f64>(4);
  p = multiplyAdd<f64>(p, t, coefficient);
  q = multiplyAdd<f64>(q, u, coefficient);
  coefficient = mantissaCoefficient<f64>(5);
  p = multiplyAdd<f64>(p, t, coefficient);
  q = multiplyAdd<f64>(q, u, coefficient);
  coefficient = mantissaCoefficient<f64>(6);
  p = multiplyAdd<f64>(p, t, coefficient);
  q = multiplyAdd<f64>(q, u, coefficient);
  coefficient = mantissaCoefficient<f64>(7);
  p = multiplyAdd<f64>(p, t, coefficient);
  q = multiplyAdd<f64>(q, u, coefficient);
  coefficient = mantissaCoefficient<f64>(8);
  p = multiplyAdd<f64>(p, t, coefficient);
  q = multiplyAdd<f64>(q, u, coefficient);
  coefficient = mantissaCoefficient<f64>(9);
  p = multiplyAdd<f64>(p, t, coefficient);
  q = multiplyAdd<f64>(q, u, coefficient);
  coefficient = mantissaCoefficient<f64>(10);
  p = multiplyAdd<f64>(p, t, coefficient);
  q = multiplyAdd<f64>(q, u, coefficient);
  coefficient = mantissaCoefficient<f64>(11);
  p = multiplyAdd<f64>(p, t, coefficient);
  q = multiplyAdd<f64>(q, u, coefficient);
  const first = put<f64>(use, p, power<f64>(use, zBiased, base), factor, x + toY);
  return v128.add<f64>(first, put<f64>(use, q, power<f64>(use, wBiased, base), factor, x + stride + toY));
}

// @ts-ignore: decorator
@inline
function maximumOf<T>(x: usize, count: i32, stride: usize): v128 {
  let first = v128.load(x);
  let second = first;
  let third = first;
  let fourth = first;
  const end = x + <usize>count * stride;
  for (; x + 4 * stride <= end; x += 4 * stride) {
    first = v128.pmax<T>(first, v128.load(x));
    second = v128.pmax<T>(second, v128.load(x + stride));
    third = v128.pmax<T>(third, v128.load(x + 2 * stride));
    fourth = v128.pmax<T>(fourth, v128.load(x + 3 * stride));
  }
  for (; x < end; x += stride) first = v128.pmax<T>(first, v128.load(x));
  return v128.pmax<T>(v128.pmax<T>(first, second), v128.pmax<T>(third, fourth));
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
  const step = <usize>bundleOf<T>() * stride;
  const end = x + <usize>count * stride;
  while (x + step <= end) {
    const blockEnd = min(x + BLOCK * step, end);
    let block = none;
    for (; x + step <= blockEnd; x += step) block = v128.add<T>(block, bundle<T>(pass, x, stride, base, none, toY));
    sum = v128.add<T>(sum, block);
  }
  for (; x < end; x += stride) sum = v128.add<T>(sum, exponential<T>(pass, v128.load(x), base, none, x + toY));
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
  const group = groupOf<T>(vectors, stride);
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

/** The results of a bundle of vectors, `stride` bytes apart from x on. */
// @ts-ignore: decorator
@inline
function writeBundle<T>(use: i32, x: usize, stride: usize, base: v128, factor: v128, toY: usize): void {
  if (use == FROM_EXPONENT || use == FROM_MAXIMUM) {
    bundle<T>(use, x, stride, base, factor, toY);
    return;
  }
  writeOne<T>(use, v128.load(x), base, factor, x + toY);
  writeOne<T>(use, v128.load(x + stride), base, factor, x + stride + toY);
  if (bundleOf<T>() == 2) return;
  writeOne<T>(use, v128.load(x + 2 * stride), base, factor, x + 2 * stride + toY);
  writeOne<T>(use, v128.load(x + 3 * stride), base, factor, x + 3 * stride + toY);
}

/** The results of one column of vectors. */
// @ts-ignore: decorator
@inline
function writeColumn<T>(use: i32, state: usize, x: usize, rows: i32, stride: usize, toY: usize): void {
  const base = v128.load(state);
  const factor = v128.load(state, STATE_BYTES);
  const step = <usize>bundleOf<T>() * stride;
  const end = x + <usize>rows * stride;
  for (; x + step <= end; x += step) writeBundle<T>(use, x, stride, base, factor, toY);
  for (; x < end; x += stride) writeOne<T>(use, v128.load(x), base, factor, x + toY);
}

// @ts-ignore: decorator
@inline
function writeAs<T>(
  use: i32, state: usize, x: usize, rows: i32, vectors: i32, stride: usize, tail: i32, toY: usize, spare: usize,
): void {
  const stateEnd = state + (<usize>vectors << 4);
  // Columns go down a bundle at a time, side by side; a line has one, which goes down at once.
  const group = vectors == 1 ? rows : bundleOf<T>();
  for (let row = 0; row < rows; row += group) {
    const count = min(group, rows - row);
    for (let at = state, from = x; at < stateEnd; at += 16, from += 16)
      writeColumn<T>(use, at, from, count, stride, toY);
    x += <usize>count * stride;
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
