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

/** The element at `x` to `count` places in a row. */
// @ts-ignore: decorator
@inline
function repeatElement<T>(x: usize, y: usize, count: i32): void {
  const element = load<T>(x);
  const lanes = 16 / <i32>sizeof<T>();
  let k = 0;
  if (sizeof<T>() < 16) {
    const all = v128.splat<T>(element);
    for (; k + lanes <= count; k += lanes) v128.store(y + <usize>k * sizeof<T>(), all);
  }
  for (; k < count; k++) store<T>(y + <usize>k * sizeof<T>(), element);
}

/** Steps in elements. */
// @ts-ignore: decorator
@inline
function moveRun<T>(x: usize, y: usize, count: i32, xStep: isize, yStep: isize): void {
  if (xStep == 1 && yStep == 1) copyBlock(y, x, count * <i32>sizeof<T>());
  else if (xStep == 0 && yStep == 1) repeatElement<T>(x, y, count);
  else {
    const inX = <usize>xStep * sizeof<T>();
    const inY = <usize>yStep * sizeof<T>();
    for (let k = 0; k < count; k++, x += inX, y += inY) store<T>(y, load<T>(x));
  }
}

/** Rows [begin, end), a row being the last axis. */
// @ts-ignore: decorator
@inline
function rows<T>(block: usize, begin: i32, end: i32): void {
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
      const source = x + <usize>xOffset * sizeof<T>();
      const target = y + <usize>yOffset * sizeof<T>();
      moveRun<T>(source, target, count, stepInX(block, last), stepInY(block, last));
    }
    row += rowsHere;
  }
}

export function strided_rows_8(block: usize, begin: i32, end: i32): void { rows<u8>(block, begin, end); }
export function strided_rows_32(block: usize, begin: i32, end: i32): void { rows<u32>(block, begin, end); }
export function strided_rows_64(block: usize, begin: i32, end: i32): void { rows<u64>(block, begin, end); }
export function strided_rows_128(block: usize, begin: i32, end: i32): void { rows<v128>(block, begin, end); }

/** Four columns of four to the first `lines` of four rows of four. */
// @ts-ignore: decorator
@inline
function transpose4(x: usize, xStep: usize, y: usize, yStep: usize, lines: i32): void {
  const a = v128.load(x);
  const b = v128.load(x + xStep);
  const c = v128.load(x + 2 * xStep);
  const d = v128.load(x + 3 * xStep);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<i64>(ab, cd, 0, 2));
  if (lines > 1) v128.store(y + yStep, v128.shuffle<i64>(ab, cd, 1, 3));
  if (lines > 2) v128.store(y + 2 * yStep, v128.shuffle<i64>(ab2, cd2, 0, 2));
  if (lines > 3) v128.store(y + 3 * yStep, v128.shuffle<i64>(ab2, cd2, 1, 3));
}

// @ts-ignore: decorator
@inline
function transpose2(x: usize, xStep: usize, y: usize, yStep: usize): void {
  const a = v128.load(x);
  const b = v128.load(x + xStep);
  v128.store(y, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(y + yStep, v128.shuffle<i64>(a, b, 1, 3));
}

/**
 * A tile is a cache line of y high, so that lines are written whole, and 1 KiB of x wide: wide enough to read x in runs, narrow enough that the pages of y
 * stay in the translation buffer from one tile to the next below it (measured: three to four times as fast as tiles over all rows of x).
 */
// @ts-ignore: decorator
@inline
const TILE_HEIGHT_BYTES: i32 = 64;
// @ts-ignore: decorator
@inline
const TILE_WIDTH_BYTES: i32 = 1024;

/** y[j, i] = x[i, j] for i < height, j < width; steps in bytes. */
// @ts-ignore: decorator
@inline
function transposeTile<T>(x: usize, xStep: usize, y: usize, yStep: usize, height: i32, width: i32): void {
  const lanes = 16 / <i32>sizeof<T>();
  if (sizeof<T>() == 4 && width < lanes && height >= lanes) {
    // Reads beyond the columns, which the heap allows.
    for (let row = 0; row < height; row += lanes) {
      const i = min(row, height - lanes);
      transpose4(x + <usize>i * xStep, xStep, y + <usize>i * sizeof<T>(), yStep, width);
    }
    return;
  }
  if (height < lanes || width < lanes) {
    for (let j = 0; j < width; j++)
      for (let i = 0; i < height; i++)
        store<T>(y + <usize>j * yStep + <usize>i * sizeof<T>(), load<T>(x + <usize>i * xStep + <usize>j * sizeof<T>()));
    return;
  }
  for (let column = 0; column < width; column += lanes) {
    const j = min(column, width - lanes);
    for (let row = 0; row < height; row += lanes) {
      const i = min(row, height - lanes);
      const from = x + <usize>i * xStep + <usize>j * sizeof<T>();
      const to = y + <usize>j * yStep + <usize>i * sizeof<T>();
      if (sizeof<T>() == 4) transpose4(from, xStep, to, yStep, lanes);
      else if (sizeof<T>() == 8) transpose2(from, xStep, to, yStep);
      else store<T>(to, load<T>(from));
    }
  }
}

/**
 * Tiles [begin, end) of planes whose rows, along the last axis, are contiguous in y, and whose columns, along the last but one, are contiguous in x; the
 * tiles below each other come one after the other.
 */
// @ts-ignore: decorator
@inline
function tiles<T>(block: usize, begin: i32, end: i32): void {
  const last = load<i32>(block, RANK) - 1;
  const tileWidth = TILE_WIDTH_BYTES / <i32>sizeof<T>();
  const rows = extentOf(block, last);
  const columns = extentOf(block, last - 1);
  const height = min(TILE_HEIGHT_BYTES / <i32>sizeof<T>(), rows);
  const strips = (rows + height - 1) / height;
  const panels = (columns + tileWidth - 1) / tileWidth;
  const xStep = <usize>stepInX(block, last) * sizeof<T>();
  const yStep = <usize>stepInY(block, last - 1) * sizeof<T>();
  for (let tile = begin; tile < end; tile++) {
    const panel = tile / strips;
    const plane = panel / panels;
    // The last may overlap the one above: it writes the same values again.
    const row = min((tile - panel * strips) * height, rows - height);
    const column = (panel - plane * panels) * tileWidth;
    const x = load<u32>(block, X) + <usize>(offsetOf(block, last - 1, plane, 4) + column) * sizeof<T>() + <usize>row * xStep;
    const y = load<u32>(block, Y) + <usize>(offsetOf(block, last - 1, plane, 8) + row) * sizeof<T>() + <usize>column * yStep;
    transposeTile<T>(x, xStep, y, yStep, height, min(tileWidth, columns - column));
  }
}

export function strided_tiles_32(block: usize, begin: i32, end: i32): void { tiles<u32>(block, begin, end); }
export function strided_tiles_64(block: usize, begin: i32, end: i32): void { tiles<u64>(block, begin, end); }
export function strided_tiles_128(block: usize, begin: i32, end: i32): void { tiles<v128>(block, begin, end); }

/** Zeros to bytes [begin, end) at `y`. */
export function strided_clear(y: usize, begin: i32, end: i32): void {
  memory.fill(y + <usize>(<u32>begin), 0, <usize>(<u32>(end - begin)));
}
