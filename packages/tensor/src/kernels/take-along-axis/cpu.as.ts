import { clampedIndex } from "../gather/block.as";

/** y[o, k, i] = x[o, indices[o, k, i], i] for rows o · count + k in [begin, end); x is [·, extent, inner], y and indices are [·, count, inner]. */
// @ts-ignore: decorator
@inline
function rows<T>(x: usize, indices: usize, y: usize, extent: i32, count: i32, inner: i32, begin: i32, end: i32): void {
  for (let row = begin; row < end; row++) {
    const slab = <usize>(row / count) * extent * inner;
    const first = row * inner;
    for (let column = 0; column < inner; column++) {
      const from = slab + <usize>clampedIndex(indices, first + column, extent) * inner + column;
      if (sizeof<T>() == 16) v128.store(y + (<usize>(first + column) << 4), v128.load(x + (from << 4)));
      else store<T>(y + <usize>(first + column) * sizeof<T>(), load<T>(x + from * sizeof<T>()));
    }
  }
}

export function take_along_axis_u8(x: usize, indices: usize, y: usize, extent: i32, count: i32, inner: i32, begin: i32, end: i32): void {
  rows<u8>(x, indices, y, extent, count, inner, begin, end);
}

export function take_along_axis_u32(x: usize, indices: usize, y: usize, extent: i32, count: i32, inner: i32, begin: i32, end: i32): void {
  rows<u32>(x, indices, y, extent, count, inner, begin, end);
}

export function take_along_axis_u64(x: usize, indices: usize, y: usize, extent: i32, count: i32, inner: i32, begin: i32, end: i32): void {
  rows<u64>(x, indices, y, extent, count, inner, begin, end);
}

export function take_along_axis_u128(x: usize, indices: usize, y: usize, extent: i32, count: i32, inner: i32, begin: i32, end: i32): void {
  rows<v128>(x, indices, y, extent, count, inner, begin, end);
}
