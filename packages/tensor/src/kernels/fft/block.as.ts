import { loadSplat } from "../../../assembly/lanes";
import { multiplyAdd, negatedMultiplyAdd } from "../../../assembly/multiply-add";
import { ELEMENT, storeTurned } from "./stages.as";

/** What an array holds: complex numbers, real ones, or real ones taken two by two (2j and 2j + 1) as the complex number j. */
// @ts-ignore: decorator
@inline
export const COMPLEX: u32 = 0;
// @ts-ignore: decorator
@inline
export const REAL: u32 = 1;
// @ts-ignore: decorator
@inline
export const PAIRS: u32 = 2;

/** The real numbers at the addresses listed at `lanes`, `offset` bytes on. */
// @ts-ignore: decorator
@inline
function gatherReal<T>(lanes: usize, offset: usize): v128 {
  const first = <usize>load<u32>(lanes) + offset;
  const second = <usize>load<u32>(lanes, 4) + offset;
  if (sizeof<T>() == 8) return v128.load64_lane(second, v128.load64_zero(first), 1);
  const two = v128.load32_lane(second, v128.load32_zero(first), 1);
  return v128.load32_lane(<usize>load<u32>(lanes, 12) + offset, v128.load32_lane(<usize>load<u32>(lanes, 8) + offset, two, 2), 3);
}

// @ts-ignore: decorator
@inline
function scatterReal<T>(lanes: usize, offset: usize, x: v128): void {
  const first = <usize>load<u32>(lanes) + offset;
  const second = <usize>load<u32>(lanes, 4) + offset;
  if (sizeof<T>() == 8) {
    v128.store64_lane(first, x, 0);
    v128.store64_lane(second, x, 1);
    return;
  }
  v128.store32_lane(first, x, 0);
  v128.store32_lane(second, x, 1);
  v128.store32_lane(<usize>load<u32>(lanes, 8) + offset, x, 2);
  v128.store32_lane(<usize>load<u32>(lanes, 12) + offset, x, 3);
}

/** Complex numbers of all lanes: the first half of them, and the second. */
// @ts-ignore: decorator
@inline
function gatherLow<T>(lanes: usize, offset: usize): v128 {
  const first = <usize>load<u32>(lanes) + offset;
  if (sizeof<T>() == 8) return v128.load(first);
  return v128.load64_lane(<usize>load<u32>(lanes, 4) + offset, v128.load64_zero(first), 1);
}

// @ts-ignore: decorator
@inline
function gatherHigh<T>(lanes: usize, offset: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(<usize>load<u32>(lanes, 4) + offset);
  return v128.load64_lane(<usize>load<u32>(lanes, 12) + offset, v128.load64_zero(<usize>load<u32>(lanes, 8) + offset), 1);
}

// @ts-ignore: decorator
@inline
function realParts<T>(low: v128, high: v128): v128 {
  return sizeof<T>() == 8 ? v128.shuffle<f64>(low, high, 0, 2) : v128.shuffle<f32>(low, high, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
function imaginaryParts<T>(low: v128, high: v128): v128 {
  return sizeof<T>() == 8 ? v128.shuffle<f64>(low, high, 1, 3) : v128.shuffle<f32>(low, high, 1, 3, 5, 7);
}

/** Whether the numbers of all lanes are neighbours, `size` bytes each. */
// @ts-ignore: decorator
@inline
function areNeighbours<T>(lanes: usize, size: usize): bool {
  const first = <usize>load<u32>(lanes);
  if (<usize>load<u32>(lanes, 4) != first + size) return false;
  if (sizeof<T>() == 8) return true;
  return <usize>load<u32>(lanes, 8) == first + 2 * size && <usize>load<u32>(lanes, 12) == first + 3 * size;
}

/** `count` complex numbers of every lane, from its byte `start` on, `stride` bytes apart, to every `step`-th byte from `target`; with real and imaginary parts exchanged if `swapped`. */
// @ts-ignore: decorator
@inline
function loadComplex<T>(target: usize, step: usize, lanes: usize, start: usize, stride: usize, count: usize, swapped: usize): void {
  const re = swapped << 4;
  const im = 16 - re;
  const end = target + count * step;
  if (sizeof<T>() == 4 && areNeighbours<T>(lanes, 8)) {
    let x = <usize>load<u32>(lanes) + start;
    for (; target < end; target += step, x += stride) {
      const low = v128.load(x), high = v128.load(x, 16);
      v128.store(target + re, realParts<T>(low, high));
      v128.store(target + im, imaginaryParts<T>(low, high));
    }
    return;
  }
  for (let offset = start; target < end; target += step, offset += stride) {
    const low = gatherLow<T>(lanes, offset), high = gatherHigh<T>(lanes, offset);
    v128.store(target + re, realParts<T>(low, high));
    v128.store(target + im, imaginaryParts<T>(low, high));
  }
}

// @ts-ignore: decorator
@inline
function loadReal<T>(target: usize, step: usize, lanes: usize, start: usize, stride: usize, count: usize): void {
  const end = target + count * step;
  const contiguous = areNeighbours<T>(lanes, sizeof<T>());
  const first = <usize>load<u32>(lanes);
  for (let offset = start; target < end; target += step, offset += stride)
    v128.store(target, contiguous ? v128.load(first + offset) : gatherReal<T>(lanes, offset));
}

// @ts-ignore: decorator
@inline
function fillZero(target: usize, step: usize, count: usize): void {
  for (const end = target + count * step; target < end; target += step) v128.store(target, i64x2.splat(0));
}

// @ts-ignore: decorator
@inline
function storeComplex<T>(
  source: usize, step: usize, lanes: usize, start: usize, stride: usize, count: usize, swapped: usize, scale: T,
): void {
  const re = swapped << 4;
  const im = 16 - re;
  const factor = v128.splat<T>(scale);
  const end = source + count * step;
  const contiguous = sizeof<T>() == 4 && areNeighbours<T>(lanes, 8);
  const first = <usize>load<u32>(lanes);
  for (let offset = start; source < end; source += step, offset += stride) {
    const a = v128.mul<T>(factor, v128.load(source + re)), b = v128.mul<T>(factor, v128.load(source + im));
    if (sizeof<T>() == 8) {
      v128.store(<usize>load<u32>(lanes) + offset, v128.shuffle<f64>(a, b, 0, 2));
      v128.store(<usize>load<u32>(lanes, 4) + offset, v128.shuffle<f64>(a, b, 1, 3));
      continue;
    }
    const low = v128.shuffle<f32>(a, b, 0, 4, 1, 5), high = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    if (contiguous) {
      v128.store(first + offset, low);
      v128.store(first + offset, high, 16);
      continue;
    }
    v128.store64_lane(<usize>load<u32>(lanes) + offset, low, 0);
    v128.store64_lane(<usize>load<u32>(lanes, 4) + offset, low, 1);
    v128.store64_lane(<usize>load<u32>(lanes, 8) + offset, high, 0);
    v128.store64_lane(<usize>load<u32>(lanes, 12) + offset, high, 1);
  }
}

// @ts-ignore: decorator
@inline
function storeReal<T>(source: usize, step: usize, lanes: usize, start: usize, stride: usize, count: usize, scale: T): void {
  const factor = v128.splat<T>(scale);
  const end = source + count * step;
  const contiguous = areNeighbours<T>(lanes, sizeof<T>());
  const first = <usize>load<u32>(lanes);
  for (let offset = start; source < end; source += step, offset += stride) {
    const x = v128.mul<T>(factor, v128.load(source));
    if (contiguous) v128.store(first + offset, x);
    else scatterReal<T>(lanes, offset, x);
  }
}

/** Loads `count` positions of one vector of lines, the first at byte `start` of every line; `stride` is that of the positions. */
// @ts-ignore: decorator
@inline
export function loadLanes<T>(
  kind: u32, target: usize, step: usize, lanes: usize, start: usize, stride: usize, count: usize, swapped: usize,
): void {
  if (kind == COMPLEX) loadComplex<T>(target, step, lanes, start, stride, count, swapped);
  else {
    loadReal<T>(target, step, lanes, start, stride, count);
    if (kind == REAL) fillZero(target + 16, step, count);
    else loadReal<T>(target + 16, step, lanes, start + (stride >> 1), stride, count);
  }
}

/** Stores `count` positions of one vector of lines, times `scale`. */
// @ts-ignore: decorator
@inline
export function storeLanes<T>(
  kind: u32, source: usize, step: usize, lanes: usize, start: usize, stride: usize, count: usize, swapped: usize, scale: T,
): void {
  const re = swapped << 4;
  if (kind == COMPLEX) storeComplex<T>(source, step, lanes, start, stride, count, swapped, scale);
  else {
    storeReal<T>(source + re, step, lanes, start, stride, count, scale);
    if (kind == PAIRS) storeReal<T>(source + 16 - re, step, lanes, start + (stride >> 1), stride, count, scale);
  }
}

/**
 * Multiplies every position k of one vector of lines by table[k mod rows] · more[⌊k / rows⌋], where `table` and `more`, which follows it, have a row of `rowBytes` for every index;
 * `lanes` lists where in a row the lanes' factors are. The first row of `more` is all ones.
 */
// @ts-ignore: decorator
@inline
export function turnLanes<T>(block: usize, step: usize, lanes: usize, count: usize, table: usize, rows: usize, rowBytes: usize): void {
  const end = block + count * step;
  let more = table + rows * rowBytes;
  for (let first = true; block < end; first = false, more += rowBytes) {
    const rowsEnd = min(end, block + rows * step);
    for (let row = table; block < rowsEnd; block += step, row += rowBytes) {
      turnBy<T>(block, gatherLow<T>(lanes, row), gatherHigh<T>(lanes, row));
      if (!first) turnBy<T>(block, gatherLow<T>(lanes, more), gatherHigh<T>(lanes, more));
    }
  }
}

// @ts-ignore: decorator
@inline
function turnBy<T>(element: usize, low: v128, high: v128): void {
  const c = realParts<T>(low, high), s = imaginaryParts<T>(low, high);
  const re = v128.load(element), im = v128.load(element, 16);
  v128.store(element, negatedMultiplyAdd<T>(im, s, v128.mul<T>(re, c)));
  v128.store(element, multiplyAdd<T>(re, s, v128.mul<T>(im, c)), 16);
}

/** Multiplies the positions by the numbers of a table, real and imaginary parts of the block exchanged first if `swapped`; those from `count` to `total` become zero. */
// @ts-ignore: decorator
@inline
export function modulate<T>(swapped: usize, block: usize, positionBytes: usize, count: usize, total: usize, table: usize): void {
  const re = swapped << 4;
  const im = 16 - re;
  const allEnd = block + total * positionBytes;
  for (const end = block + count * positionBytes; block < end; table += 2 * sizeof<T>())
    for (const positionEnd = block + positionBytes; block < positionEnd; block += ELEMENT)
      storeTurned<T>(true, block, v128.load(block + re), v128.load(block + im), table);
  memory.fill(block, 0, allEnd - block);
}

/** Multiplies real and imaginary parts by the two numbers of the table; the first position is real and stays as it is. Positions from `count` to `total` become zero. */
// @ts-ignore: decorator
@inline
export function weight<T>(block: usize, positionBytes: usize, count: usize, total: usize, table: usize): void {
  const allEnd = block + total * positionBytes;
  const end = block + count * positionBytes;
  const re = loadSplat<T>(table), im = loadSplat<T>(table + sizeof<T>());
  for (const positionEnd = block + positionBytes; block < positionEnd; block += ELEMENT)
    v128.store(block, i64x2.splat(0), 16);
  for (; block < end; block += ELEMENT) {
    v128.store(block, v128.mul<T>(re, v128.load(block)));
    v128.store(block, v128.mul<T>(im, v128.load(block, 16)), 16);
  }
  memory.fill(block, 0, allEnd - block);
}

/**
 * From the transform Z of z_j = x_2j + i x_(2j+1), j < half, to the first half + 1 entries of that of the real x:
 * X_k = g ((Z_k + conj Z_(half−k)) − i ω^k (Z_k − conj Z_(half−k))), with g = 1/2, or what the table begins with; after that it holds ω^k for k = 1 … half / 2.
 */
// @ts-ignore: decorator
@inline
export function unpack<T>(block: usize, positionBytes: usize, half: usize, table: usize): void {
  const zero = i64x2.splat(0);
  const gain = loadSplat<T>(table);
  let low = block, high = block + half * positionBytes;
  for (const end = low + positionBytes; low < end; low += ELEMENT, high += ELEMENT) {
    const re = v128.load(low), im = v128.load(low, 16);
    v128.store(low, v128.add<T>(re, im));
    v128.store(low, zero, 16);
    v128.store(high, v128.sub<T>(re, im));
    v128.store(high, zero, 16);
  }
  for (high -= 2 * positionBytes, table += 2 * sizeof<T>(); low <= high; high -= 2 * positionBytes, table += 2 * sizeof<T>()) {
    const c = loadSplat<T>(table), s = loadSplat<T>(table + sizeof<T>());
    for (const end = low + positionBytes; low < end; low += ELEMENT, high += ELEMENT) {
      const ar = v128.load(low), ai = v128.load(low, 16);
      const br = v128.load(high), bi = v128.load(high, 16);
      const sr = v128.add<T>(ar, br), si = v128.sub<T>(ai, bi);
      const dr = v128.sub<T>(ar, br), di = v128.add<T>(ai, bi);
      const ur = negatedMultiplyAdd<T>(di, s, v128.mul<T>(dr, c)), ui = multiplyAdd<T>(dr, s, v128.mul<T>(di, c));
      v128.store(low, v128.mul<T>(gain, v128.add<T>(sr, ui)));
      v128.store(low, v128.mul<T>(gain, v128.sub<T>(si, ur)), 16);
      v128.store(high, v128.mul<T>(gain, v128.sub<T>(sr, ui)));
      v128.store(high, v128.neg<T>(v128.mul<T>(gain, v128.add<T>(si, ur))), 16);
    }
  }
}

/**
 * From the first half + 1 entries of a Hermitian spectrum X to Z with Z_k = g ((X_k + conj X_(half−k)) + i ω^(−k) (X_k − conj X_(half−k))), whose inverse transform is the pairs
 * of the real one; with real and imaginary parts exchanged. Imaginary parts of X_0 and X_half are ignored, and g is 1 for them. The table is that of `unpack`.
 */
// @ts-ignore: decorator
@inline
export function pack<T>(block: usize, positionBytes: usize, half: usize, table: usize): void {
  const gain = loadSplat<T>(table);
  let low = block, high = block + half * positionBytes;
  for (const end = low + positionBytes; low < end; low += ELEMENT, high += ELEMENT) {
    const first = v128.load(low), last = v128.load(high);
    v128.store(low, v128.sub<T>(first, last));
    v128.store(low, v128.add<T>(first, last), 16);
  }
  for (high -= 2 * positionBytes, table += 2 * sizeof<T>(); low <= high; high -= 2 * positionBytes, table += 2 * sizeof<T>()) {
    const c = loadSplat<T>(table), s = loadSplat<T>(table + sizeof<T>());
    for (const end = low + positionBytes; low < end; low += ELEMENT, high += ELEMENT) {
      const ar = v128.mul<T>(gain, v128.load(low)), ai = v128.mul<T>(gain, v128.load(low, 16));
      const br = v128.mul<T>(gain, v128.load(high)), bi = v128.mul<T>(gain, v128.load(high, 16));
      const sr = v128.add<T>(ar, br), si = v128.sub<T>(ai, bi);
      const dr = v128.sub<T>(ar, br), di = v128.add<T>(ai, bi);
      const ur = multiplyAdd<T>(di, s, v128.mul<T>(dr, c)), ui = negatedMultiplyAdd<T>(dr, s, v128.mul<T>(di, c));
      v128.store(low, v128.add<T>(si, ur));
      v128.store(low, v128.sub<T>(sr, ui), 16);
      v128.store(high, v128.sub<T>(ur, si));
      v128.store(high, v128.add<T>(sr, ui), 16);
    }
  }
}
