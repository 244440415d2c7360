/** Bytes from which the engine's memory.copy is faster than the loop below, calling it included (measured on V8). */
const LONG_BLOCK: i32 = 192;

// @ts-ignore: decorator
@inline
function clamped(indices: usize, k: i32, extent: i32): i32 {
  const index = load<i32>(indices + (<usize>k << 2));
  return index < 0 ? 0 : index < extent ? index : extent - 1;
}

// @ts-ignore: decorator
@inline
function copyBlock(target: usize, source: usize, bytes: i32): void {
  let offset = 0;
  for (; offset + 16 <= bytes; offset += 16) v128.store(target + offset, v128.load(source + offset));
  for (; offset + 4 <= bytes; offset += 4) store<u32>(target + offset, load<u32>(source + offset));
  for (; offset < bytes; offset++) store<u8>(target + offset, load<u8>(source + offset));
}

// @ts-ignore: decorator
@inline
function elements<T>(x: usize, indices: usize, y: usize, extent: i32, count: i32, begin: i32, end: i32): void {
  let k = begin % count;
  let line = x + <usize>(begin / count) * extent * sizeof<T>();
  for (let row = begin; row < end; row++) {
    store<T>(y + <usize>row * sizeof<T>(), load<T>(line + <usize>clamped(indices, k, extent) * sizeof<T>()));
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
    const source = line + <usize>clamped(indices, k, extent) * bytes;
    if (bytes < LONG_BLOCK) copyBlock(target, source, bytes);
    else memory.copy(target, source, bytes);
    target += bytes;
    if (++k == count) {
      k = 0;
      line += <usize>extent * bytes;
    }
  }
}
