import { lanesOf, storeUpTo } from "../../../assembly/lanes";
import { strided, Windows } from "../window-argmax/windows.as";

// Operations as types, so that the compiler chooses between them.
class Mean {}
/** Largest of numbers: one instruction. */
class Maximum {}
/** Largest element, NaN where there is one: several. */
class MaximumOrNaN {}

/** Rows of results in `shares` equal shares, each with a row of its own to work in. */
// @ts-ignore: decorator
@inline
function pool<Operation, T extends number>(
  w: Windows, divisors: usize, buffers: usize, bufferBytes: usize, rows: i32, shares: i32, includesPadding: bool, beginShare: i32, endShare: i32,
): void {
  for (let share = beginShare; share < endShare; share++) {
    const buffer = buffers + <usize>share * bufferBytes;
    for (let at = buffer; at < buffer + bufferBytes; at += 16) v128.store(at, identity<Operation, T>());
    const end = <i32>((<i64>rows * (share + 1)) / shares);
    let row = <i32>((<i64>rows * share) / shares);
    let outer = row / w.height;
    let h = row - outer * w.height;
    let plane = outer / w.depth;
    let d = outer - plane * w.depth;
    for (; row < end; row++) {
      const isDone = poolRow<Operation, T>(w, divisors, buffer, row, plane, d, h, includesPadding);
      if (idof<Operation>() == idof<Maximum>() && !isDone) poolRow<MaximumOrNaN, T>(w, divisors, buffer, row, plane, d, h, includesPadding);
      if (++h < w.height) continue;
      h = 0;
      if (++d < w.depth) continue;
      d = 0;
      plane++;
    }
  }
}

/**
 * One row of results: the rows that its windows reach over are combined into one, between the padding of the buffer, and then its columns. So the elements of a window
 * are combined column by column. False where a largest number is sought and not all are numbers.
 */
// @ts-ignore: decorator
@inline
function poolRow<Operation, T extends number>(
  w: Windows, divisors: usize, buffer: usize, row: i32, plane: i32, d: i32, h: i32, includesPadding: bool,
): bool {
  const firstDepth = d * w.strideDepth - w.beforeDepth;
  const firstHeight = h * w.strideHeight - w.beforeHeight;
  const depthBegin = max(0, firstDepth);
  const depthEnd = min(w.inputDepth, firstDepth + w.windowDepth);
  const heightBegin = max(0, firstHeight);
  const heightEnd = min(w.inputHeight, firstHeight + w.windowHeight);

  const rowBytes = <usize>w.inputWidth * sizeof<T>();
  const target = buffer + <usize>w.beforeWidth * sizeof<T>();
  let notNumbers = i64x2.splat(0);
  for (let i = depthBegin; i < depthEnd; i++) {
    const line = (<usize>plane * w.inputDepth + i) * w.inputHeight;
    const end = w.input + (line + heightEnd) * rowBytes;
    let from = w.input + (line + heightBegin) * rowBytes;
    if (i == depthBegin) {
      const isPair = heightEnd - heightBegin > 1;
      const found = isPair
        ? combineRows<Operation, T>(from, from + rowBytes, target, rowBytes)
        : combineRows<Operation, T>(from, 0, target, rowBytes);
      notNumbers = v128.or(notNumbers, found);
      from += isPair ? 2 * rowBytes : rowBytes;
    }
    for (; from < end; from += rowBytes) notNumbers = v128.or(notNumbers, combineRows<Operation, T>(from, target, target, rowBytes));
  }
  if (idof<Operation>() == idof<Maximum>() && v128.any_true(notNumbers)) return false;
  // What was read beyond the end of the rows.
  v128.store(target + rowBytes, identity<Operation, T>());

  const count = includesPadding ? w.windowDepth * w.windowHeight : (depthEnd - depthBegin) * (heightEnd - heightBegin);
  const elements = v128.splat<T>(<T>count);
  const result = w.result + <usize>row * w.width * sizeof<T>();
  const columnBytes = <usize>w.strideWidth * sizeof<T>();
  for (let column = 0; column < w.width; column += lanesOf<T>()) {
    const first = buffer + <usize>column * columnBytes;
    const isPair = w.strideWidth == 2 && w.windowWidth > 1;
    let value = isPair ? combine<Operation, T>(oddOnes<T>(first), strided<T>(first, 2)) : strided<T>(first, w.strideWidth);
    for (let k = isPair ? 2 : 1; k < w.windowWidth; k++) value = combine<Operation, T>(value, strided<T>(first + <usize>k * sizeof<T>(), w.strideWidth));
    if (idof<Operation>() == idof<Mean>())
      value = v128.div<T>(value, v128.mul<T>(elements, v128.load(divisors + <usize>column * sizeof<T>())));
    storeUpTo<T>(result + <usize>column * sizeof<T>(), value, w.width - column);
  }
  return true;
}

/** Elements 1, 3, … of two vectors. */
// @ts-ignore: decorator
@inline
function oddOnes<T extends number>(address: usize): v128 {
  const first = v128.load(address);
  const second = v128.load(address, 16);
  return sizeof<T>() == 4 ? v128.shuffle<f32>(first, second, 1, 3, 5, 7) : v128.shuffle<f64>(first, second, 1, 3);
}

/** Combines two rows, or copies the first where `second` is 0. Says, where it matters, which lanes had something else than numbers. */
// @ts-ignore: decorator
@inline
function combineRows<Operation, T extends number>(first: usize, second: usize, target: usize, bytes: usize): v128 {
  let notNumbers = i64x2.splat(0);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    let value = v128.load(first + offset);
    if (idof<Operation>() == idof<Maximum>()) notNumbers = v128.or(notNumbers, v128.ne<T>(value, value));
    if (second) {
      const other = v128.load(second + offset);
      if (idof<Operation>() == idof<Maximum>()) notNumbers = v128.or(notNumbers, v128.ne<T>(other, other));
      value = combine<Operation, T>(other, value);
    }
    v128.store(target + offset, value);
  }
  return notNumbers;
}

// @ts-ignore: decorator
@inline
function identity<Operation, T extends number>(): v128 {
  return v128.splat<T>(idof<Operation>() == idof<Mean>() ? <T>0 : <T>-Infinity);
}

// @ts-ignore: decorator
@inline
function combine<Operation, T extends number>(a: v128, b: v128): v128 {
  if (idof<Operation>() == idof<Mean>()) return v128.add<T>(a, b);
  return idof<Operation>() == idof<Maximum>() ? v128.pmax<T>(a, b) : v128.max<T>(a, b);
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
