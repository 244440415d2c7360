import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";

/** Bytes of states that a unit of work takes side by side: a cache line, four vectors, as many recurrences as hide the latency of one. */
const BLOCK_BYTES: i32 = 64;

/** Bytes of a long row of states that a unit of work takes. */
const BAND_BYTES: i32 = 1024;

/** Imaginary and real parts exchanged. */
// @ts-ignore: decorator
@inline
function swapped<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? v128.shuffle<f64>(x, x, 1, 0) : v128.shuffle<f32>(x, x, 1, 0, 3, 2);
}

/** Real parts, in both places of each number. */
// @ts-ignore: decorator
@inline
function realParts<T>(a: v128): v128 {
  return sizeof<T>() == 8 ? v128.shuffle<f64>(a, a, 0, 0) : v128.shuffle<f32>(a, a, 0, 0, 2, 2);
}

/** Imaginary parts, in both places of each number, the first negated. */
// @ts-ignore: decorator
@inline
function imaginaryParts<T>(a: v128): v128 {
  if (sizeof<T>() == 8) return v128.xor(v128.shuffle<f64>(a, a, 1, 1), i64x2(i64.MIN_VALUE, 0));
  return v128.xor(v128.shuffle<f32>(a, a, 1, 1, 3, 3), i32x4(i32.MIN_VALUE, 0, i32.MIN_VALUE, 0));
}

/** a x + b of complex numbers, a in `realParts` and `imaginaryParts`. */
// @ts-ignore: decorator
@inline
function advanced<T>(x: v128, re: v128, im: v128, b: v128): v128 {
  return multiplyAdd<T>(swapped<T>(x), im, multiplyAdd<T>(x, re, b));
}

/** The states of a whole block through `count` samples, `step` bytes apart; `own` is where they begin, or where they end unless `isFinal`. */
// @ts-ignore: decorator
@inline
function wholeBlock<T>(a: usize, b: usize, x: usize, own: usize, count: i32, step: usize, isFinal: i32): void {
  const a0 = v128.load(a);
  const a1 = v128.load(a, 16);
  const a2 = v128.load(a, 32);
  const a3 = v128.load(a, 48);
  const re0 = realParts<T>(a0);
  const re1 = realParts<T>(a1);
  const re2 = realParts<T>(a2);
  const re3 = realParts<T>(a3);
  const im0 = imaginaryParts<T>(a0);
  const im1 = imaginaryParts<T>(a1);
  const im2 = imaginaryParts<T>(a2);
  const im3 = imaginaryParts<T>(a3);
  let x0 = i64x2.splat(0);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  if (isFinal && own) {
    x0 = v128.load(own);
    x1 = v128.load(own, 16);
    x2 = v128.load(own, 32);
    x3 = v128.load(own, 48);
  }
  for (let k = 0; k < count; k++, b += step) {
    x0 = advanced<T>(x0, re0, im0, v128.load(b));
    x1 = advanced<T>(x1, re1, im1, v128.load(b, 16));
    x2 = advanced<T>(x2, re2, im2, v128.load(b, 32));
    x3 = advanced<T>(x3, re3, im3, v128.load(b, 48));
    if (!isFinal) continue;
    v128.store(x, x0);
    v128.store(x, x1, 16);
    v128.store(x, x2, 32);
    v128.store(x, x3, 48);
    x += step;
  }
  if (isFinal) return;
  v128.store(own, x0);
  v128.store(own, x1, 16);
  v128.store(own, x2, 32);
  v128.store(own, x3, 48);
}

// @ts-ignore: decorator
@inline
function loadPart(address: usize, isHalf: bool): v128 {
  return isHalf ? v128.load64_zero(address) : v128.load(address);
}

// @ts-ignore: decorator
@inline
function storePart(address: usize, value: v128, isHalf: bool): void {
  if (isHalf) v128.store64_lane(address, value, 0);
  else v128.store(address, value);
}

/** As `wholeBlock`, for one vector of states, or one number of float32 in half of it. */
// @ts-ignore: decorator
@inline
function oneVector<T>(a: usize, b: usize, x: usize, own: usize, count: i32, step: usize, isFinal: i32, isHalf: bool): void {
  const factor = loadPart(a, isHalf);
  const re = realParts<T>(factor);
  const im = imaginaryParts<T>(factor);
  let value = i64x2.splat(0);
  if (isFinal && own) value = loadPart(own, isHalf);
  for (let k = 0; k < count; k++, b += step) {
    value = advanced<T>(value, re, im, loadPart(b, isHalf));
    if (!isFinal) continue;
    storePart(x, value, isHalf);
    x += step;
  }
  if (!isFinal) storePart(own, value, isHalf);
}

/**
 * Units [begin, end) of [examples, blocks of states, segments of samples]: with `isFinal` the states after each sample, those before the segment at `carry` (zero where it is 0); without,
 * the states at its end, had it begun with zeros, into `carry` [examples, segments, states].
 */
// @ts-ignore: decorator
@inline
function unitsOf<T>(
  a: usize, b: usize, x: usize, carry: usize, length: i32, states: i32, segmentLength: i32, segments: i32, reverse: i32, isFinal: i32, begin: i32, end: i32,
): void {
  const rowBytes = states * 2 * <i32>sizeof<T>();
  const blocks = (rowBytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
  const step = <usize>(reverse ? -rowBytes : rowBytes);
  for (let unit = begin; unit < end; unit++) {
    const segment = unit % segments;
    const block = unit / segments % blocks;
    const example = unit / segments / blocks;
    const first = segment * segmentLength;
    const count = min(segmentLength, length - first);
    const offset = block * BLOCK_BYTES;
    const row = <usize>example * length + (reverse ? length - 1 - first : first);
    const at = row * rowBytes + offset;
    const own = carry ? carry + (<usize>example * segments + segment) * rowBytes + offset : 0;
    const bytes = min(BLOCK_BYTES, rowBytes - offset);
    if (bytes == BLOCK_BYTES) {
      wholeBlock<T>(a + offset, b + at, x + at, own, count, step, isFinal);
      continue;
    }
    for (let part = 0; part < bytes; part += 16) {
      const place = own ? own + part : 0;
      oneVector<T>(a + offset + part, b + at + part, x + at + part, place, count, step, isFinal, bytes - part < 16);
    }
  }
}

/**
 * Bands [begin, end) of [examples, bands of states] of long rows, row after row: each row of states from the one before, which is still in the cache. Whole cache lines follow each other in memory,
 * where blocks of long rows would be pages apart.
 */
// @ts-ignore: decorator
@inline
function bandsOf<T>(a: usize, b: usize, x: usize, length: i32, states: i32, reverse: i32, begin: i32, end: i32): void {
  const rowBytes = states * 2 * <i32>sizeof<T>();
  const bands = (rowBytes + BAND_BYTES - 1) / BAND_BYTES;
  const step = <usize>(reverse ? -rowBytes : rowBytes);
  for (let unit = begin; unit < end; unit++) {
    const example = unit / bands;
    const offset = (unit - example * bands) * BAND_BYTES;
    const bytes = min(BAND_BYTES, rowBytes - offset);
    const whole = bytes & ~15;
    let at = (<usize>example * length + (reverse ? length - 1 : 0)) * rowBytes + offset;
    memory.copy(x + at, b + at, bytes);
    for (let k = 1; k < length; k++) {
      const before = x + at;
      at += step;
      for (let part = 0; part < whole; part += 16) {
        const factor = v128.load(a + offset + part);
        const value = advanced<T>(v128.load(before + part), realParts<T>(factor), imaginaryParts<T>(factor), v128.load(b + at + part));
        v128.store(x + at + part, value);
      }
      if (whole == bytes) continue;
      const factor = v128.load64_zero(a + offset + whole);
      const value = advanced<T>(v128.load64_zero(before + whole), realParts<T>(factor), imaginaryParts<T>(factor), v128.load64_zero(b + at + whole));
      v128.store64_lane(x + at + whole, value, 0);
    }
  }
}

/** The states at the ends of segments become those before them. */
// @ts-ignore: decorator
@inline
function carriesOf<T>(a: usize, carry: usize, examples: i32, states: i32, segmentLength: i32, segments: i32): void {
  const bytes = 2 * sizeof<T>();
  for (let state = 0; state < states; state++) {
    // a^segmentLength by squaring.
    let re: f64 = 1;
    let im: f64 = 0;
    let squareRe = <f64>load<T>(a + state * bytes);
    let squareIm = <f64>load<T>(a + state * bytes + sizeof<T>());
    for (let rest = segmentLength; rest > 0; rest >>= 1) {
      if (rest & 1) {
        const next = re * squareRe - im * squareIm;
        im = re * squareIm + im * squareRe;
        re = next;
      }
      const next = squareRe * squareRe - squareIm * squareIm;
      squareIm = 2 * squareRe * squareIm;
      squareRe = next;
    }
    for (let example = 0; example < examples; example++) {
      let valueRe: f64 = 0;
      let valueIm: f64 = 0;
      for (let segment = 0; segment < segments; segment++) {
        const place = carry + ((<usize>example * segments + segment) * states + state) * bytes;
        const endRe = <f64>load<T>(place);
        const endIm = <f64>load<T>(place + sizeof<T>());
        store<T>(place, <T>valueRe);
        store<T>(place + sizeof<T>(), <T>valueIm);
        const next = endRe + re * valueRe - im * valueIm;
        valueIm = endIm + re * valueIm + im * valueRe;
        valueRe = next;
      }
    }
  }
}

export function diagonal_scan_units_f32(
  a: usize, b: usize, x: usize, carry: usize, length: i32, states: i32, segmentLength: i32, segments: i32, reverse: i32, isFinal: i32, begin: i32, end: i32,
): void {
  unitsOf<f32>(a, b, x, carry, length, states, segmentLength, segments, reverse, isFinal, begin, end);
}

export function diagonal_scan_units_f64(
  a: usize, b: usize, x: usize, carry: usize, length: i32, states: i32, segmentLength: i32, segments: i32, reverse: i32, isFinal: i32, begin: i32, end: i32,
): void {
  unitsOf<f64>(a, b, x, carry, length, states, segmentLength, segments, reverse, isFinal, begin, end);
}

export function diagonal_scan_bands_f32(a: usize, b: usize, x: usize, length: i32, states: i32, reverse: i32, begin: i32, end: i32): void {
  bandsOf<f32>(a, b, x, length, states, reverse, begin, end);
}

export function diagonal_scan_bands_f64(a: usize, b: usize, x: usize, length: i32, states: i32, reverse: i32, begin: i32, end: i32): void {
  bandsOf<f64>(a, b, x, length, states, reverse, begin, end);
}

export function diagonal_scan_carries_f32(a: usize, carry: usize, examples: i32, states: i32, segmentLength: i32, segments: i32): void {
  carriesOf<f32>(a, carry, examples, states, segmentLength, segments);
}

export function diagonal_scan_carries_f64(a: usize, carry: usize, examples: i32, states: i32, segmentLength: i32, segments: i32): void {
  carriesOf<f64>(a, carry, examples, states, segmentLength, segments);
}
