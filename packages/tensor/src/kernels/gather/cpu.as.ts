import { clampedIndex, copyBlock } from "./block.as";

// @ts-ignore: decorator
@inline
function elements<T>(x: usize, indices: usize, y: usize, extent: i32, count: i32, begin: i32, end: i32): void {
  let k = begin % count;
  let line = x + <usize>(begin / count) * extent * sizeof<T>();
  for (let row = begin; row < end; row++) {
    store<T>(y + <usize>row * sizeof<T>(), load<T>(line + <usize>clampedIndex(indices, k, extent) * sizeof<T>()));
    if (++k == count) {
      k = 0;
      line += <usize>extent * sizeof<T>();
    }
  }
}

/** y[o, k] = x[o, indices[k]] for rows o · count + k in [begin, end); x is [·, extent] of one-byte elements, y is [·, count]. */
export function gather_u8(x: usize, indices: usize, y: usize, extent: i32, count: i32, begin: i32, end: i32): void {
  elements<u8>(x, indices, y, extent, count, begin, end);
}

/** The same for four-byte elements. */
export function gather_u32(x: usize, indices: usize, y: usize, extent: i32, count: i32, begin: i32, end: i32): void {
  elements<u32>(x, indices, y, extent, count, begin, end);
}

/** The same for eight-byte elements. */
export function gather_u64(x: usize, indices: usize, y: usize, extent: i32, count: i32, begin: i32, end: i32): void {
  elements<u64>(x, indices, y, extent, count, begin, end);
}

/** The same for elements that are blocks of `bytes` bytes. */
export function gather_blocks(
  x: usize,
  indices: usize,
  y: usize,
  extent: i32,
  count: i32,
  bytes: i32,
  begin: i32,
  end: i32,
): void {
  let k = begin % count;
  let line = x + <usize>(begin / count) * extent * bytes;
  let target = y + <usize>begin * bytes;
  for (let row = begin; row < end; row++) {
    const source = line + <usize>clampedIndex(indices, k, extent) * bytes;
    copyBlock(target, source, bytes);
    target += bytes;
    if (++k == count) {
      k = 0;
      line += <usize>extent * bytes;
    }
  }
}
