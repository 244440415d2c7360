import { exp } from "../../../assembly/exp";
import { log } from "../../../assembly/log";

/** Operations; constants, so that each exported function keeps the code of its own only. */
const SUM = 0;
const PRODUCT = 1;
const MAXIMUM = 2;
const MINIMUM = 3;
const LOG_SUM_EXP = 4;

/** Columns that are reduced at the same time; mirrored in cpu.ts. */
const COLUMNS = 512;

/**
 * Accumulators of `COLUMNS` columns lie side by side: the value (or the maximum a logarithm is taken relative to) first, then, this many bytes
 * on, a sum, then its rounding error. Two vectors more than the columns need, since vectors are read at any column. Mirrored in cpu.ts.
 */
const STATE_BYTES: usize = COLUMNS * 8 + 128;

/** Rows that are combined as a tree before they meet the accumulator. */
const GROUP: usize = 8;

// @ts-ignore: decorator
@inline
function lanesOf<T>(): i32 {
  return 16 / <i32>sizeof<T>();
}

/** One vector of T from elements of I; bools (u8) widen to i32. */
// @ts-ignore: decorator
@inline
function loadVector<I, T>(address: usize): v128 {
  if (sizeof<I>() == 1) return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(address)));
  return v128.load(address);
}

// @ts-ignore: decorator
@inline
function identity<T>(operation: i32): v128 {
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
function combine<T>(operation: i32, a: v128, b: v128): v128 {
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
function firstLanes<T>(operation: i32, x: v128, count: i32): v128 {
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
function lostIn<T>(total: v128, a: v128, b: v128): v128 {
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
function compensated<T>(sum: v128, lost: v128): v128 {
  return v128.bitselect(v128.add<T>(sum, lost), sum, isFinite<T>(sum));
}

/** The maximum where finite, 0 otherwise: what exponents are taken relative to. */
// @ts-ignore: decorator
@inline
function baseOf<T>(maximum: v128): v128 {
  return v128.and(maximum, isFinite<T>(maximum));
}

/**
 * exp(x − base), but never less than the smallest normal number: subnormal results cost several times as much, and next to exp(0), which is always among
 * the terms, both are nothing. `finish` takes care of rows that have no other terms, all −∞. NaN stays NaN, since `pmax` keeps its first argument then.
 */
// @ts-ignore: decorator
@inline
function expFrom<T>(base: v128, x: v128): v128 {
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
function isCompensated<T>(operation: i32): bool {
  return operation == LOG_SUM_EXP || (operation == SUM && isFloat<T>());
}

// @ts-ignore: decorator
@inline
function reset<T>(operation: i32, state: usize): void {
  v128.store(state, identity<T>(operation));
  if (isCompensated<T>(operation)) v128.store(state, i64x2.splat(0), STATE_BYTES);
  if (operation == LOG_SUM_EXP) v128.store(state, i64x2.splat(0), 2 * STATE_BYTES);
}

// @ts-ignore: decorator
@inline
function absorb<T>(operation: i32, state: usize, x: v128): void {
  if (operation == LOG_SUM_EXP) {
    const base = raise<T>(state, x);
    addTo<T>(state + STATE_BYTES, state + 2 * STATE_BYTES, expFrom<T>(base, x));
  } else if (isCompensated<T>(operation)) addTo<T>(state, state + STATE_BYTES, x);
  else v128.store(state, combine<T>(operation, v128.load(state), x));
}

/** Absorbs GROUP vectors that lie `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function absorbGroup<I, T>(operation: i32, state: usize, address: usize, stride: usize): void {
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
function merge<T>(operation: i32, state: usize, other: usize): void {
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
function mergeLanes<T>(operation: i32, state: usize): void {
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
function finish<T>(operation: i32, maximum: v128, sum: v128, divisor: f64): v128 {
  if (isFloat<T>() && operation == SUM) return v128.div<T>(sum, v128.splat<T>(<T>divisor));
  // +∞ is in the sum already; −∞ means that there is nothing else.
  const base = v128.bitselect(baseOf<T>(maximum), maximum, v128.gt<T>(maximum, v128.splat<T>(<T>-Infinity)));
  return v128.add<T>(base, logOf<T>(sum));
}

/** The result of the accumulators at `state`. */
// @ts-ignore: decorator
@inline
function resultOf<T>(operation: i32, state: usize, divisor: f64): v128 {
  const first = v128.load(state);
  if (!isCompensated<T>(operation)) return first;
  const sum = operation == LOG_SUM_EXP ? state + STATE_BYTES : state;
  return finish<T>(operation, first, compensated<T>(v128.load(sum), v128.load(sum, STATE_BYTES)), divisor);
}

/** Stores the first lanes of x, at most `count`, as elements of O. */
// @ts-ignore: decorator
@inline
function storeLanes<T, O>(address: usize, x: v128, count: i32): void {
  if (sizeof<O>() == sizeof<T>() && count >= lanesOf<T>()) {
    v128.store(address, x);
    return;
  }
  store<O>(address, <O>v128.extract_lane<T>(x, 0));
  if (count > 1) store<O>(address + sizeof<O>(), <O>v128.extract_lane<T>(x, 1));
  if (sizeof<T>() == 4) {
    if (count > 2) store<O>(address + 2 * sizeof<O>(), <O>v128.extract_lane<T>(x, 2));
    if (count > 3) store<O>(address + 3 * sizeof<O>(), <O>v128.extract_lane<T>(x, 3));
  }
}

/**
 * Reduces `rows` rows of `width` columns at x to one row at y. `fold` rows that follow each other without a gap are treated as one wide row, so that narrow
 * ones fill vectors: `fold · width` columns are accumulated, then halved until they are `width`; `fold` is a power of two. `stride` is the distance of two wide rows in bytes.
 */
// @ts-ignore: decorator
@inline
function reduceBlock<I, T, O>(
  operation: i32, x: usize, y: usize, state: usize, rows: i32, width: i32, stride: usize, fold: i32, divisor: f64,
): void {
  const lanes = lanesOf<T>();
  const step = <usize>lanes * sizeof<I>();
  const vectors = (fold * width + lanes - 1) / lanes;
  const wideRows = rows / fold;
  const stateEnd = state + (<usize>vectors << 4);
  for (let at = state; at < stateEnd; at += 16) reset<T>(operation, at);

  const groupsEnd = x + <usize>(wideRows / <i32>GROUP) * GROUP * stride;
  for (; x < groupsEnd; x += GROUP * stride)
    for (let at = state, from = x; at < stateEnd; at += 16, from += step) absorbGroup<I, T>(operation, at, from, stride);
  const rowsEnd = x + <usize>(wideRows % <i32>GROUP) * stride;
  for (; x < rowsEnd; x += stride)
    for (let at = state, from = x; at < stateEnd; at += 16, from += step) absorb<T>(operation, at, loadVector<I, T>(from));
  // The rows that do not fill a wide one. Lanes beyond them would be merged into real columns, so they get the identity.
  for (let rest = (rows - wideRows * fold) * width, at = state; rest > 0; rest -= lanes, at += 16, x += step)
    absorb<T>(operation, at, firstLanes<T>(operation, loadVector<I, T>(x), rest));

  const whole = width == 1 ? lanes : width;
  for (let half = (fold >> 1) * width; half >= whole; half >>= 1)
    for (let column = 0; column < half; column += lanes) {
      const at = state + <usize>column * sizeof<T>();
      merge<T>(operation, at, at + <usize>half * sizeof<T>());
    }
  if (width == 1 && fold > 1) mergeLanes<T>(operation, state);
  for (let column = 0; column < width; column += lanes) {
    const result = resultOf<T>(operation, state + <usize>column * sizeof<T>(), divisor);
    storeLanes<T, O>(y + <usize>column * sizeof<O>(), result, width - column);
  }
}

/** One element of I as lane 0, and those `second`, `third` and `fourth` bytes on as the others. */
// @ts-ignore: decorator
@inline
function gather<I, T>(address: usize, second: usize, third: usize, fourth: usize): v128 {
  if (sizeof<I>() == 8) return v128.load64_lane(address + second, v128.load64_zero(address), 1);
  if (sizeof<I>() == 1) return i32x4(load8(address), load8(address + second), load8(address + third), load8(address + fourth));
  const x = v128.load32_lane(address + second, v128.load32_zero(address), 1);
  return v128.load32_lane(address + fourth, v128.load32_lane(address + third, x, 2), 3);
}

// @ts-ignore: decorator
@inline
function load8(address: usize): i32 {
  return <i32>load<u8>(address);
}

/** Reduces `count` rows of `length` contiguous elements each, at most one for each lane, lane by lane: short rows do not fill vectors of their own. */
// @ts-ignore: decorator
@inline
function reduceShortRows<I, T, O>(operation: i32, x: usize, y: usize, length: i32, count: i32, divisor: f64): void {
  const rowBytes = <usize>length * sizeof<I>();
  const end = x + rowBytes;
  // Lanes without a row repeat the last, so that nothing behind the array is read.
  const second = rowBytes * <usize>min(1, count - 1);
  const third = rowBytes * <usize>min(2, count - 1);
  const fourth = rowBytes * <usize>min(3, count - 1);

  let result = identity<T>(operation);
  let lost = i64x2.splat(0);
  if (!isCompensated<T>(operation) || operation == LOG_SUM_EXP)
    for (let at = x; at < end; at += sizeof<I>())
      result = combine<T>(operation, result, gather<I, T>(at, second, third, fourth));
  if (isCompensated<T>(operation)) {
    const maximum = result;
    const base = baseOf<T>(maximum);
    let sum = i64x2.splat(0);
    for (let at = x; at < end; at += sizeof<I>()) {
      const element = gather<I, T>(at, second, third, fourth);
      const term = operation == LOG_SUM_EXP ? expFrom<T>(base, element) : element;
      const total = v128.add<T>(sum, term);
      lost = v128.add<T>(lost, lostIn<T>(total, sum, term));
      sum = total;
    }
    result = finish<T>(operation, maximum, compensated<T>(sum, lost), divisor);
  }
  storeLanes<T, O>(y, result, count);
}

/**
 * Reduces the middle axis of x, [outer, reduced, inner], to y, [outer, parts, inner], where part p covers the rows [p · part, (p + 1) · part).
 * A unit of work is one part of one block of columns or, with fold = 0 (short rows, inner = 1), as many rows as there are lanes.
 * `shares` equal shares of the units run on [begin, end), each with its own state.
 */
// @ts-ignore: decorator
@inline
function reduce<I, T, O>(
  operation: i32, x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32,
  divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  const lanes = lanesOf<T>();
  const blocks = (inner + COLUMNS - 1) / COLUMNS;
  const units = fold == 0 ? (outer + lanes - 1) / lanes : outer * parts * blocks;
  const stride = <usize>(fold * inner) * sizeof<I>();
  for (let share = begin; share < end; share++) {
    const own = state + <usize>share * 3 * STATE_BYTES;
    const first = <i32>((<i64>units * share) / shares);
    const last = <i32>((<i64>units * (share + 1)) / shares);
    if (fold == 0) {
      for (let row = first * lanes; row < last * lanes; row += lanes) {
        const from = x + <usize>row * reduced * sizeof<I>();
        reduceShortRows<I, T, O>(operation, from, y + <usize>row * sizeof<O>(), reduced, min(lanes, outer - row), divisor);
      }
      continue;
    }
    for (let unit = first; unit < last; unit++) {
      const outerPart = unit / blocks;
      const column = (unit - outerPart * blocks) * COLUMNS;
      const outerIndex = outerPart / parts;
      const row = (outerPart - outerIndex * parts) * part;
      reduceBlock<I, T, O>(
        operation,
        x + ((<usize>outerIndex * reduced + row) * inner + column) * sizeof<I>(),
        y + (<usize>outerPart * inner + column) * sizeof<O>(),
        own, min(part, reduced - row), min(COLUMNS, inner - column), stride, fold, divisor,
      );
    }
  }
}

export function reduce_sum_f32(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<f32, f32, f32>(SUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_sum_f64(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<f64, f64, f64>(SUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_sum_i32(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<i32, i32, i32>(SUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_sum_bool(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<u8, i32, i32>(SUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_prod_f32(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<f32, f32, f32>(PRODUCT, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_prod_f64(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<f64, f64, f64>(PRODUCT, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_prod_i32(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<i32, i32, i32>(PRODUCT, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_max_f32(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<f32, f32, f32>(MAXIMUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_max_f64(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<f64, f64, f64>(MAXIMUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_max_i32(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<i32, i32, i32>(MAXIMUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_max_u32(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<u32, u32, u32>(MAXIMUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_max_bool(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<u8, i32, u8>(MAXIMUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_min_f32(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<f32, f32, f32>(MINIMUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_min_f64(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<f64, f64, f64>(MINIMUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_min_i32(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<i32, i32, i32>(MINIMUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_min_u32(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<u32, u32, u32>(MINIMUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_min_bool(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<u8, i32, u8>(MINIMUM, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_logSumExp_f32(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<f32, f32, f32>(LOG_SUM_EXP, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}

export function reduce_logSumExp_f64(
  x: usize, y: usize, state: usize, outer: i32, reduced: i32, inner: i32, part: i32, parts: i32, fold: i32, divisor: f64, shares: i32, begin: i32, end: i32,
): void {
  reduce<f64, f64, f64>(LOG_SUM_EXP, x, y, state, outer, reduced, inner, part, parts, fold, divisor, shares, begin, end);
}
