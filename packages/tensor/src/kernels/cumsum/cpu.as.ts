import { lanesOf } from "../../../assembly/lanes";

/** Elements of a line that are added up before they meet the sum of what comes before: fixed, so that results do not depend on the number of threads. */
const BLOCK: i32 = 1 << 14;

/** A sum of float64 and what it lost, or a sum of integers. */
const TOTAL_BYTES: usize = 16;

/** What a + b = sum lost by rounding: Knuth's TwoSum. */
// @ts-ignore: decorator
@inline
function lost(sum: f64, a: f64, b: f64): f64 {
  const bPart = sum - a;
  return a - (sum - bPart) + (b - bPart);
}

/** sum + low, unless the sum is infinite or NaN: then `low` is NaN, and says nothing. */
// @ts-ignore: decorator
@inline
function finished(sum: f64, low: f64): f64 {
  return sum - sum == 0 ? sum + low : sum;
}

/** Whether block totals carry what was lost: sums of float32 in float64 lose nothing that matters. */
// @ts-ignore: decorator
@inline
function isCompensated<T>(): bool {
  return sizeof<T>() == 8;
}

/** Adds the total at `total` to the one at `offset`. */
// @ts-ignore: decorator
@inline
function advance<T>(offset: usize, total: usize): void {
  if (!isFloat<T>()) {
    store<i32>(offset, load<i32>(offset) + load<i32>(total));
    return;
  }
  const a = load<f64>(offset);
  const b = load<f64>(total);
  const sum = a + b;
  store<f64>(offset, sum);
  if (isCompensated<T>()) store<f64>(offset, load<f64>(offset, 8) + load<f64>(total, 8) + lost(sum, a, b), 8);
}

/**
 * Adds up `count` elements from x on, `step` bytes apart, and stores the total. Where y is not 0, stores the running sums on top of the offset there, each after
 * its element, or before where exclusive.
 */
// @ts-ignore: decorator
@inline
function scanBlock<T>(x: usize, y: usize, offset: usize, total: usize, count: i32, step: usize, exclusive: i32): void {
  if (!isFloat<T>()) {
    const base = load<i32>(offset);
    let sum: i32 = 0;
    for (let k = 0; k < count; k++, x += step) {
      const before = sum;
      sum += load<i32>(x);
      if (y == 0) continue;
      store<i32>(y, base + (exclusive ? before : sum));
      y += step;
    }
    store<i32>(total, sum);
    return;
  }
  const base = load<f64>(offset);
  const baseLow = isCompensated<T>() ? load<f64>(offset, 8) : 0;
  let sum: f64 = 0;
  let low: f64 = 0;
  for (let k = 0; k < count; k++, x += step) {
    const element = <f64>load<T>(x);
    const sumBefore = sum;
    const lowBefore = low;
    sum += element;
    if (isCompensated<T>()) low += lost(sum, sumBefore, element);
    if (y == 0) continue;
    const mine = exclusive ? sumBefore : sum;
    const result = base + mine;
    if (isCompensated<T>()) {
      const lowSum = (exclusive ? lowBefore : low) + baseLow;
      store<T>(y, <T>finished(result, lost(result, base, mine) + lowSum));
    } else store<T>(y, <T>result);
    y += step;
  }
  store<f64>(total, sum);
  if (isCompensated<T>()) store<f64>(total, low, 8);
}

// @ts-ignore: decorator
@inline
function clear(total: usize): void {
  v128.store(total, i64x2.splat(0));
}

/** Bytes from an element to the next in the order of the sum. */
// @ts-ignore: decorator
@inline
function stepOf<T>(reverse: i32): usize {
  return reverse ? 0 - sizeof<T>() : sizeof<T>();
}

/** Element k, in the order of the sum, of a line of n. */
// @ts-ignore: decorator
@inline
function placeOf<T>(line: i32, k: i32, n: i32, reverse: i32): usize {
  return (<usize>line * n + (reverse ? n - 1 - k : k)) * sizeof<T>();
}

/** Whole lines [begin, end) of [·, n], block after block; `totals` has two for each line. */
// @ts-ignore: decorator
@inline
function lines<T>(x: usize, y: usize, totals: usize, n: i32, reverse: i32, exclusive: i32, begin: i32, end: i32): void {
  for (let line = begin; line < end; line++) {
    const offset = totals + 2 * <usize>line * TOTAL_BYTES;
    clear(offset);
    for (let first = 0; first < n; first += BLOCK) {
      const at = placeOf<T>(line, first, n, reverse);
      scanBlock<T>(x + at, y + at, offset, offset + TOTAL_BYTES, min(BLOCK, n - first), stepOf<T>(reverse), exclusive);
      advance<T>(offset, offset + TOTAL_BYTES);
    }
  }
}

/** Totals of blocks [begin, end) of all lines, `blocks` each. */
// @ts-ignore: decorator
@inline
function blockTotals<T>(x: usize, totals: usize, n: i32, blocks: i32, reverse: i32, begin: i32, end: i32): void {
  for (let unit = begin; unit < end; unit++) {
    const line = unit / blocks;
    const first = (unit - line * blocks) * BLOCK;
    const total = totals + <usize>unit * TOTAL_BYTES;
    clear(total);
    const at = placeOf<T>(line, first, n, reverse);
    scanBlock<T>(x + at, 0, total, total, min(BLOCK, n - first), stepOf<T>(reverse), 0);
  }
}

/** The totals of each line's blocks become the sums of all blocks before. */
// @ts-ignore: decorator
@inline
function offsets<T>(totals: usize, spare: usize, count: i32, blocks: i32): void {
  for (let line = 0; line < count; line++) {
    clear(spare);
    for (let block = 0; block < blocks; block++, totals += TOTAL_BYTES) {
      const total = v128.load(totals);
      v128.store(totals, v128.load(spare));
      v128.store(spare + TOTAL_BYTES, total);
      advance<T>(spare, spare + TOTAL_BYTES);
    }
  }
}

/** Blocks [begin, end) of all lines on top of their offsets. */
// @ts-ignore: decorator
@inline
function blocksOf<T>(x: usize, y: usize, totals: usize, n: i32, blocks: i32, reverse: i32, exclusive: i32, begin: i32, end: i32): void {
  for (let unit = begin; unit < end; unit++) {
    const line = unit / blocks;
    const first = (unit - line * blocks) * BLOCK;
    const offset = totals + <usize>unit * TOTAL_BYTES;
    const at = placeOf<T>(line, first, n, reverse);
    scanBlock<T>(x + at, y + at, offset, offset, min(BLOCK, n - first), stepOf<T>(reverse), exclusive);
  }
}

/** Sums down `count` columns of n rows, lane by lane and compensated; `stride` is the distance of rows in bytes. */
// @ts-ignore: decorator
@inline
function scanColumns<T>(x: usize, y: usize, n: i32, stride: usize, count: i32, exclusive: i32): void {
  const isVector = count == lanesOf<T>();
  let sum = i64x2.splat(0);
  let low = i64x2.splat(0);
  for (let k = 0; k < n; k++, x += stride, y += stride) {
    const element = isVector ? v128.load(x) : sizeof<T>() == 4 ? v128.load32_zero(x) : v128.load64_zero(x);
    const sumBefore = sum;
    const lowBefore = low;
    sum = v128.add<T>(sum, element);
    if (isFloat<T>()) {
      const part = v128.sub<T>(sum, sumBefore);
      const lostHere = v128.add<T>(v128.sub<T>(sumBefore, v128.sub<T>(sum, part)), v128.sub<T>(element, part));
      low = v128.add<T>(low, lostHere);
    }
    let result = exclusive ? sumBefore : sum;
    if (isFloat<T>()) {
      const difference = v128.sub<T>(result, result);
      const isFinite = v128.eq<T>(difference, i64x2.splat(0));
      result = v128.bitselect(v128.add<T>(result, exclusive ? lowBefore : low), result, isFinite);
    }
    if (isVector) v128.store(y, result);
    else if (sizeof<T>() == 4) v128.store32_lane(y, result, 0);
    else v128.store64_lane(y, result, 0);
  }
}

/** Units [begin, end) of [·, n, inner]: unit o · blocks + b is vector b of the columns; columns that fill no vector go one by one. */
// @ts-ignore: decorator
@inline
function columns<T>(x: usize, y: usize, n: i32, inner: i32, blocks: i32, reverse: i32, exclusive: i32, begin: i32, end: i32): void {
  const lanes = lanesOf<T>();
  const rowBytes = <usize>inner * sizeof<T>();
  const stride = reverse ? 0 - rowBytes : rowBytes;
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / blocks;
    const column = (unit - outer * blocks) * lanes;
    const at = <usize>(outer * n + (reverse ? n - 1 : 0)) * rowBytes + <usize>column * sizeof<T>();
    const count = min(lanes, inner - column);
    if (count == lanes) scanColumns<T>(x + at, y + at, n, stride, lanes, exclusive);
    else
      for (let single: usize = 0; single < <usize>count; single++) {
        const place = at + single * sizeof<T>();
        scanColumns<T>(x + place, y + place, n, stride, 1, exclusive);
      }
  }
}

export function cumsum_lines_f32(x: usize, y: usize, totals: usize, n: i32, reverse: i32, exclusive: i32, begin: i32, end: i32): void {
  lines<f32>(x, y, totals, n, reverse, exclusive, begin, end);
}

export function cumsum_totals_f32(x: usize, totals: usize, n: i32, blocks: i32, reverse: i32, begin: i32, end: i32): void {
  blockTotals<f32>(x, totals, n, blocks, reverse, begin, end);
}

export function cumsum_offsets_f32(totals: usize, spare: usize, count: i32, blocks: i32): void {
  offsets<f32>(totals, spare, count, blocks);
}

export function cumsum_blocks_f32(x: usize, y: usize, totals: usize, n: i32, blocks: i32, reverse: i32, exclusive: i32, begin: i32, end: i32): void {
  blocksOf<f32>(x, y, totals, n, blocks, reverse, exclusive, begin, end);
}

export function cumsum_columns_f32(x: usize, y: usize, n: i32, inner: i32, blocks: i32, reverse: i32, exclusive: i32, begin: i32, end: i32): void {
  columns<f32>(x, y, n, inner, blocks, reverse, exclusive, begin, end);
}

export function cumsum_lines_f64(x: usize, y: usize, totals: usize, n: i32, reverse: i32, exclusive: i32, begin: i32, end: i32): void {
  lines<f64>(x, y, totals, n, reverse, exclusive, begin, end);
}

export function cumsum_totals_f64(x: usize, totals: usize, n: i32, blocks: i32, reverse: i32, begin: i32, end: i32): void {
  blockTotals<f64>(x, totals, n, blocks, reverse, begin, end);
}

export function cumsum_offsets_f64(totals: usize, spare: usize, count: i32, blocks: i32): void {
  offsets<f64>(totals, spare, count, blocks);
}

export function cumsum_blocks_f64(x: usize, y: usize, totals: usize, n: i32, blocks: i32, reverse: i32, exclusive: i32, begin: i32, end: i32): void {
  blocksOf<f64>(x, y, totals, n, blocks, reverse, exclusive, begin, end);
}

export function cumsum_columns_f64(x: usize, y: usize, n: i32, inner: i32, blocks: i32, reverse: i32, exclusive: i32, begin: i32, end: i32): void {
  columns<f64>(x, y, n, inner, blocks, reverse, exclusive, begin, end);
}

export function cumsum_lines_i32(x: usize, y: usize, totals: usize, n: i32, reverse: i32, exclusive: i32, begin: i32, end: i32): void {
  lines<i32>(x, y, totals, n, reverse, exclusive, begin, end);
}

export function cumsum_totals_i32(x: usize, totals: usize, n: i32, blocks: i32, reverse: i32, begin: i32, end: i32): void {
  blockTotals<i32>(x, totals, n, blocks, reverse, begin, end);
}

export function cumsum_offsets_i32(totals: usize, spare: usize, count: i32, blocks: i32): void {
  offsets<i32>(totals, spare, count, blocks);
}

export function cumsum_blocks_i32(x: usize, y: usize, totals: usize, n: i32, blocks: i32, reverse: i32, exclusive: i32, begin: i32, end: i32): void {
  blocksOf<i32>(x, y, totals, n, blocks, reverse, exclusive, begin, end);
}

export function cumsum_columns_i32(x: usize, y: usize, n: i32, inner: i32, blocks: i32, reverse: i32, exclusive: i32, begin: i32, end: i32): void {
  columns<i32>(x, y, n, inner, blocks, reverse, exclusive, begin, end);
}
