/** Lines up to this length, and firsts up to this many, are found by insertion. */
const MOST_INSERTED: i32 = 32;

const DIGIT_BITS: i32 = 8;
const DIGITS: i32 = 256;

/** The element as an unsigned integer of the same order; NaN is the largest in either direction, and −0 is 0. */
// @ts-ignore: decorator
@inline
function keyOf<T, K>(address: usize, descending: i32): K {
  if (isFloat<T>()) {
    const bits = load<K>(address);
    const signBit = <K>1 << (<K>(8 * sizeof<K>() - 1));
    const magnitude = bits & ~signBit;
    const infinity = sizeof<K>() == 4 ? <K>0x7f800000 : <K>0x7ff0000000000000;
    if (magnitude > infinity) return ~<K>0;
    const key = magnitude == 0 ? signBit : bits ^ ((bits & signBit) != 0 ? ~<K>0 : signBit);
    return descending ? ~key : key;
  }
  const key = isSigned<T>() ? <K>load<T>(address) ^ <K>0x80000000 : <K>load<T>(address);
  return descending ? ~key : key;
}

/** The first `count` of n elements, `stride` bytes apart, in order: each is inserted into the list of the best so far, behind its equals, or passed over. */
// @ts-ignore: decorator
@inline
function insertFirst<T, K>(x: usize, keys: usize, positions: usize, n: i32, stride: usize, count: i32, descending: i32): void {
  let kept = 0;
  for (let k = 0; k < n; k++, x += stride) {
    const key = keyOf<T, K>(x, descending);
    if (kept == count) {
      if (key >= load<K>(keys + <usize>(count - 1) * sizeof<K>())) continue;
    } else kept++;
    let slot = kept - 1;
    for (; slot > 0; slot--) {
      const before = load<K>(keys + <usize>(slot - 1) * sizeof<K>());
      if (before <= key) break;
      store<K>(keys + <usize>slot * sizeof<K>(), before);
      store<u32>(positions + (<usize>slot << 2), load<u32>(positions + (<usize>(slot - 1) << 2)));
    }
    store<K>(keys + <usize>slot * sizeof<K>(), key);
    store<u32>(positions + (<usize>slot << 2), k);
  }
}

/** Sorts by digits, the lowest first; `others` and `otherPositions` are room for a copy. Returns the address of the sorted positions. */
// @ts-ignore: decorator
@inline
function radixSort<K>(keys: usize, positions: usize, others: usize, otherPositions: usize, counts: usize, n: i32): usize {
  memory.fill(counts, 0, sizeof<K>() * DIGITS * 4);
  for (let k = 0; k < n; k++) {
    let rest = load<K>(keys + <usize>k * sizeof<K>());
    for (let digit: usize = 0; digit < sizeof<K>(); digit++) {
      const at = counts + (digit * DIGITS + (<usize>rest & 255)) * 4;
      store<u32>(at, load<u32>(at) + 1);
      rest >>= <K>DIGIT_BITS;
    }
  }
  for (let digit: usize = 0; digit < sizeof<K>(); digit++) {
    const table = counts + digit * DIGITS * 4;
    const shift = <K>(digit * DIGIT_BITS);
    // All keys share this digit.
    if (load<u32>(table + ((<usize>(load<K>(keys) >> shift) & 255) << 2)) == <u32>n) continue;
    let start: u32 = 0;
    for (let value: usize = 0; value < <usize>DIGITS; value++) {
      const count = load<u32>(table + (value << 2));
      store<u32>(table + (value << 2), start);
      start += count;
    }
    for (let k = 0; k < n; k++) {
      const key = load<K>(keys + <usize>k * sizeof<K>());
      const at = table + ((<usize>(key >> shift) & 255) << 2);
      const slot = load<u32>(at);
      store<u32>(at, slot + 1);
      store<K>(others + <usize>slot * sizeof<K>(), key);
      store<u32>(otherPositions + (<usize>slot << 2), load<u32>(positions + (<usize>k << 2)));
    }
    const sortedKeys = others;
    others = keys;
    keys = sortedKeys;
    const sortedPositions = otherPositions;
    otherPositions = positions;
    positions = sortedPositions;
  }
  return positions;
}

/**
 * Shares [begin, end) of all lines: x is [·, n, inner], y is [·, count, inner] and gets the first `count` positions of each line in ascending order of the elements.
 * Each share has `scratchBytes` of its own.
 */
// @ts-ignore: decorator
@inline
function argsort<T, K>(
  x: usize, y: usize, scratch: usize, scratchBytes: usize, lines: i32, n: i32, inner: i32, count: i32, descending: i32, shares: i32, begin: i32, end: i32,
): void {
  for (let share = begin; share < end; share++) {
    const keys = scratch + <usize>share * scratchBytes;
    const others = keys + <usize>n * sizeof<K>();
    const positions = others + <usize>n * sizeof<K>();
    const otherPositions = positions + (<usize>n << 2);
    const counts = otherPositions + (<usize>n << 2);
    const last = <i32>((<i64>lines * (share + 1)) / shares);
    for (let line = <i32>((<i64>lines * share) / shares); line < last; line++) {
      const outer = line / inner;
      const column = line - outer * inner;
      const stride = <usize>inner * sizeof<T>();
      let from = x + (<usize>outer * n * inner + column) * sizeof<T>();
      let sorted = positions;
      if (count <= MOST_INSERTED) insertFirst<T, K>(from, keys, positions, n, stride, count, descending);
      else {
        for (let k = 0; k < n; k++, from += stride) {
          store<K>(keys + <usize>k * sizeof<K>(), keyOf<T, K>(from, descending));
          store<u32>(positions + (<usize>k << 2), k);
        }
        sorted = radixSort<K>(keys, positions, others, otherPositions, counts, n);
      }
      let to = y + ((<usize>outer * count * inner + column) << 2);
      for (let k = 0; k < count; k++, to += <usize>inner << 2) store<u32>(to, load<u32>(sorted + (<usize>k << 2)));
    }
  }
}

export function argsort_f32(
  x: usize, y: usize, scratch: usize, scratchBytes: usize, lines: i32, n: i32, inner: i32, count: i32, descending: i32, shares: i32, begin: i32, end: i32,
): void {
  argsort<f32, u32>(x, y, scratch, scratchBytes, lines, n, inner, count, descending, shares, begin, end);
}

export function argsort_f64(
  x: usize, y: usize, scratch: usize, scratchBytes: usize, lines: i32, n: i32, inner: i32, count: i32, descending: i32, shares: i32, begin: i32, end: i32,
): void {
  argsort<f64, u64>(x, y, scratch, scratchBytes, lines, n, inner, count, descending, shares, begin, end);
}

export function argsort_i32(
  x: usize, y: usize, scratch: usize, scratchBytes: usize, lines: i32, n: i32, inner: i32, count: i32, descending: i32, shares: i32, begin: i32, end: i32,
): void {
  argsort<i32, u32>(x, y, scratch, scratchBytes, lines, n, inner, count, descending, shares, begin, end);
}

export function argsort_u32(
  x: usize, y: usize, scratch: usize, scratchBytes: usize, lines: i32, n: i32, inner: i32, count: i32, descending: i32, shares: i32, begin: i32, end: i32,
): void {
  argsort<u32, u32>(x, y, scratch, scratchBytes, lines, n, inner, count, descending, shares, begin, end);
}

export function argsort_bool(
  x: usize, y: usize, scratch: usize, scratchBytes: usize, lines: i32, n: i32, inner: i32, count: i32, descending: i32, shares: i32, begin: i32, end: i32,
): void {
  argsort<u8, u32>(x, y, scratch, scratchBytes, lines, n, inner, count, descending, shares, begin, end);
}
