import { lanesOf, storeUpTo } from "../../../assembly/lanes";
import { strided, Windows } from "../window-argmax/windows.as";

class Maximum {}
class Mean {}

/** Rows [begin, end) of results in `shares` equal shares, each with a row of its own to work in. */
// @ts-ignore: decorator
@inline
function pool<Operation, T extends number>(
  w: Windows, divisors: usize, buffers: usize, bufferBytes: usize, rows: i32, shares: i32, includesPadding: bool, beginShare: i32, endShare: i32,
): void {
  for (let share = beginShare; share < endShare; share++) {
    const buffer = buffers + <usize>share * bufferBytes;
    for (let at = buffer; at < buffer + bufferBytes; at += 16) v128.store(at, identity<Operation, T>());
    const end = <i32>((<i64>rows * (share + 1)) / shares);
    for (let row = <i32>((<i64>rows * share) / shares); row < end; row++)
      poolRow<Operation, T>(w, divisors, buffer, row, includesPadding);
  }
}

/**
 * One row of results: the rows that its windows reach over are combined into one, between the padding of the buffer, and then its columns. So the elements of a window
 * are combined column by column.
 */
// @ts-ignore: decorator
@inline
function poolRow<Operation, T extends number>(w: Windows, divisors: usize, buffer: usize, row: i32, includesPadding: bool): void {
  const outer = row / w.height;
  const plane = outer / w.depth;
  const firstDepth = (outer - plane * w.depth) * w.strideDepth - w.beforeDepth;
  const firstHeight = (row - outer * w.height) * w.strideHeight - w.beforeHeight;
  const depthBegin = max(0, firstDepth);
  const depthEnd = min(w.inputDepth, firstDepth + w.windowDepth);
  const heightBegin = max(0, firstHeight);
  const heightEnd = min(w.inputHeight, firstHeight + w.windowHeight);

  const rowBytes = <usize>w.inputWidth * sizeof<T>();
  const start = buffer + <usize>w.beforeWidth * sizeof<T>();
  for (let d = depthBegin; d < depthEnd; d++) {
    const line = (<usize>plane * w.inputDepth + d) * w.inputHeight;
    const from = w.input + (line + heightBegin) * rowBytes;
    const last = w.input + (line + heightEnd - 1) * rowBytes;
    for (let offset: usize = 0; offset < rowBytes; offset += 16) {
      let value = v128.load(from + offset);
      for (let next = from + rowBytes; next <= last; next += rowBytes) value = combine<Operation, T>(value, v128.load(next + offset));
      if (d > depthBegin) value = combine<Operation, T>(v128.load(start + offset), value);
      v128.store(start + offset, value);
    }
  }
  // What was read beyond the end of the rows.
  v128.store(start + rowBytes, identity<Operation, T>());

  const count = includesPadding
    ? w.windowDepth * w.windowHeight
    : (depthEnd - depthBegin) * (heightEnd - heightBegin);
  const elements = v128.splat<T>(<T>count);
  const result = w.result + <usize>row * w.width * sizeof<T>();
  const columnBytes = <usize>w.strideWidth * sizeof<T>();
  for (let column = 0; column < w.width; column += lanesOf<T>()) {
    const first = buffer + <usize>column * columnBytes;
    let value = strided<T>(first, w.strideWidth);
    for (let k = 1; k < w.windowWidth; k++) value = combine<Operation, T>(value, strided<T>(first + <usize>k * sizeof<T>(), w.strideWidth));
    if (idof<Operation>() == idof<Mean>())
      value = v128.div<T>(value, v128.mul<T>(elements, v128.load(divisors + <usize>column * sizeof<T>())));
    storeUpTo<T>(result + <usize>column * sizeof<T>(), value, w.width - column);
  }
}

// @ts-ignore: decorator
@inline
function identity<Operation, T extends number>(): v128 {
  return v128.splat<T>(idof<Operation>() == idof<Maximum>() ? <T>-Infinity : <T>0);
}

// @ts-ignore: decorator
@inline
function combine<Operation, T extends number>(a: v128, b: v128): v128 {
  return idof<Operation>() == idof<Maximum>() ? v128.max<T>(a, b) : v128.add<T>(a, b);
}

export function pooling_max_f32(
  windows: usize, divisors: usize, buffers: usize, bufferBytes: usize, rows: i32, shares: i32, includesPadding: bool, begin: i32, end: i32,
): void {
  pool<Maximum, f32>(changetype<Windows>(windows), divisors, buffers, bufferBytes, rows, shares, includesPadding, begin, end);
}

export function pooling_max_f64(
  windows: usize, divisors: usize, buffers: usize, bufferBytes: usize, rows: i32, shares: i32, includesPadding: bool, begin: i32, end: i32,
): void {
  pool<Maximum, f64>(changetype<Windows>(windows), divisors, buffers, bufferBytes, rows, shares, includesPadding, begin, end);
}

export function pooling_mean_f32(
  windows: usize, divisors: usize, buffers: usize, bufferBytes: usize, rows: i32, shares: i32, includesPadding: bool, begin: i32, end: i32,
): void {
  pool<Mean, f32>(changetype<Windows>(windows), divisors, buffers, bufferBytes, rows, shares, includesPadding, begin, end);
}

export function pooling_mean_f64(
  windows: usize, divisors: usize, buffers: usize, bufferBytes: usize, rows: i32, shares: i32, includesPadding: bool, begin: i32, end: i32,
): void {
  pool<Mean, f64>(changetype<Windows>(windows), divisors, buffers, bufferBytes, rows, shares, includesPadding, begin, end);
}
