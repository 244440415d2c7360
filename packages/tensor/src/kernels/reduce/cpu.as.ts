import {
  absorb,
  absorbGroup,
  baseOf,
  COLUMNS,
  combine,
  compensated,
  expFrom,
  finish,
  firstLanes,
  GROUP,
  identity,
  isCompensated,
  lanesOf,
  loadVector,
  LOG_SUM_EXP,
  lostIn,
  MAXIMUM,
  merge,
  mergeLanes,
  MINIMUM,
  PRODUCT,
  reset,
  resultOf,
  STATE_BYTES,
  SUM,
} from "./accumulator.as";

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
