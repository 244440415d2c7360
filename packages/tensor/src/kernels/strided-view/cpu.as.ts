import { copyBlock } from "../gather/block.as";

// A call block of 32-bit words, written by moves.ts: addresses of the first elements, number of axes, then for each axis, outermost first, its extent and the
// steps in x and in y, in elements.

// @ts-ignore: decorator
@inline
const X: usize = 0;
// @ts-ignore: decorator
@inline
const Y: usize = 4;
// @ts-ignore: decorator
@inline
const RANK: usize = 8;
// @ts-ignore: decorator
@inline
const AXES: usize = 12;
// @ts-ignore: decorator
@inline
const AXIS_BYTES: usize = 12;

/** Elements of x in a cache line are read together. */
const LINE: i32 = 16;

// @ts-ignore: decorator
@inline
function extentOf(block: usize, axis: i32): i32 {
  return load<i32>(block + <usize>axis * AXIS_BYTES, AXES);
}

// @ts-ignore: decorator
@inline
function stepInX(block: usize, axis: i32): isize {
  return <isize>load<i32>(block + <usize>axis * AXIS_BYTES, AXES + 4);
}

// @ts-ignore: decorator
@inline
function stepInY(block: usize, axis: i32): isize {
  return <isize>load<i32>(block + <usize>axis * AXIS_BYTES, AXES + 8);
}

/** Offset in elements, in x or in y (word 4 or 8 of an axis), of position `index` of the first `count` axes. */
function offsetOf(block: usize, count: i32, index: i32, word: usize): isize {
  let offset: isize = 0;
  for (let axis = count - 1; axis >= 0; axis--) {
    const extent = extentOf(block, axis);
    const outer = index / extent;
    offset += <isize>(index - outer * extent) * <isize>load<i32>(block + <usize>axis * AXIS_BYTES + word, AXES);
    index = outer;
  }
  return offset;
}

// @ts-ignore: decorator
@inline
function moveRun<T>(x: usize, y: usize, count: i32, xStep: isize, yStep: isize, shift: usize): void {
  if (xStep == 1 && yStep == 1) {
    copyBlock(y, x, count << <i32>shift);
    return;
  }
  const inX = <usize>xStep << shift;
  const inY = <usize>yStep << shift;
  for (let k = 0; k < count; k++, x += inX, y += inY) {
    if (shift == 4) v128.store(y, v128.load(x));
    else store<T>(y, load<T>(x));
  }
}

/** Rows [begin, end), a row being the last axis. */
// @ts-ignore: decorator
@inline
function rows<T>(block: usize, begin: i32, end: i32, shift: usize): void {
  const rank = load<i32>(block, RANK);
  const last = rank - 1;
  const count = extentOf(block, last);
  const middle = rank > 1 ? extentOf(block, last - 1) : 1;
  const xMiddle = rank > 1 ? stepInX(block, last - 1) : 0;
  const yMiddle = rank > 1 ? stepInY(block, last - 1) : 0;
  const x = load<u32>(block, X);
  const y = load<u32>(block, Y);
  for (let row = begin; row < end; ) {
    const outer = row / middle;
    const first = row - outer * middle;
    const rowsHere = min(middle - first, end - row);
    let xOffset = offsetOf(block, last - 1, outer, 4) + <isize>first * xMiddle;
    let yOffset = offsetOf(block, last - 1, outer, 8) + <isize>first * yMiddle;
    for (let k = 0; k < rowsHere; k++, xOffset += xMiddle, yOffset += yMiddle) {
      const source = x + (<usize>xOffset << shift);
      const target = y + (<usize>yOffset << shift);
      moveRun<T>(source, target, count, stepInX(block, last), stepInY(block, last), shift);
    }
    row += rowsHere;
  }
}

export function strided_rows_8(block: usize, begin: i32, end: i32): void { rows<u8>(block, begin, end, 0); }
export function strided_rows_32(block: usize, begin: i32, end: i32): void { rows<u32>(block, begin, end, 2); }
export function strided_rows_64(block: usize, begin: i32, end: i32): void { rows<u64>(block, begin, end, 3); }
export function strided_rows_128(block: usize, begin: i32, end: i32): void { rows<u64>(block, begin, end, 4); }

/** Four rows of four from four columns of four. */
// @ts-ignore: decorator
@inline
function transpose4(x: usize, xStep: usize, y: usize, yStep: usize): void {
  const a = v128.load(x);
  const b = v128.load(x + xStep);
  const c = v128.load(x + 2 * xStep);
  const d = v128.load(x + 3 * xStep);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(y + yStep, v128.shuffle<i64>(ab, cd, 1, 3));
  v128.store(y + 2 * yStep, v128.shuffle<i64>(ab2, cd2, 0, 2));
  v128.store(y + 3 * yStep, v128.shuffle<i64>(ab2, cd2, 1, 3));
}

// @ts-ignore: decorator
@inline
function transpose2(x: usize, xStep: usize, y: usize, yStep: usize): void {
  const a = v128.load(x);
  const b = v128.load(x + xStep);
  v128.store(y, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(y + yStep, v128.shuffle<i64>(a, b, 1, 3));
}

/** Tiles [begin, end): lines of the last but one axis, in which x is contiguous, by the whole last axis, in which y is. */
// @ts-ignore: decorator
@inline
function tiles<T>(block: usize, begin: i32, end: i32): void {
  const last = load<i32>(block, RANK) - 1;
  const lanes = 16 / <i32>sizeof<T>();
  const columns = extentOf(block, last);
  const lines = extentOf(block, last - 1);
  const tilesPerPlane = (lines + LINE - 1) / LINE;
  const xStep = <usize>stepInX(block, last) * sizeof<T>();
  const yStep = <usize>stepInY(block, last - 1) * sizeof<T>();
  for (let tile = begin; tile < end; tile++) {
    const plane = tile / tilesPerPlane;
    const first = (tile - plane * tilesPerPlane) * LINE;
    const height = min(LINE, lines - first);
    const x = load<u32>(block, X) + <usize>(offsetOf(block, last - 1, plane, 4) + first) * sizeof<T>();
    const y = load<u32>(block, Y) + <usize>offsetOf(block, last - 1, plane, 8) * sizeof<T>() + <usize>first * yStep;
    let column = 0;
    for (; column + lanes <= columns; column += lanes) {
      const source = x + <usize>column * xStep;
      const target = y + <usize>column * sizeof<T>();
      let line = 0;
      for (; line + lanes <= height; line += lanes) {
        const from = source + <usize>line * sizeof<T>();
        const to = target + <usize>line * yStep;
        if (sizeof<T>() == 4) transpose4(from, xStep, to, yStep);
        else transpose2(from, xStep, to, yStep);
      }
      for (; line < height; line++)
        for (let k = 0; k < lanes; k++)
          store<T>(
            target + <usize>line * yStep + <usize>k * sizeof<T>(),
            load<T>(source + <usize>line * sizeof<T>() + <usize>k * xStep),
          );
    }
    for (; column < columns; column++)
      for (let line = 0; line < height; line++)
        store<T>(
          y + <usize>line * yStep + <usize>column * sizeof<T>(),
          load<T>(x + <usize>line * sizeof<T>() + <usize>column * xStep),
        );
  }
}

export function strided_tiles_32(block: usize, begin: i32, end: i32): void { tiles<u32>(block, begin, end); }
export function strided_tiles_64(block: usize, begin: i32, end: i32): void { tiles<u64>(block, begin, end); }

/** Zeros to bytes [begin, end) at `y`. */
export function strided_clear(y: usize, begin: i32, end: i32): void {
  memory.fill(y + <usize>(<u32>begin), 0, <usize>(<u32>(end - begin)));
}
