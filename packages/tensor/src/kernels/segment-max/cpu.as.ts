import { clampedIndex } from "../gather/block.as";

/** The larger of both; NaN where either is. */
// @ts-ignore: decorator
@inline
function takeLarger<T>(target: usize, source: usize, width: i32): void {
  const bytes = width * <i32>sizeof<T>();
  let offset = 0;
  for (; offset + 16 <= bytes; offset += 16)
    v128.store(target + offset, v128.max<T>(v128.load(target + offset), v128.load(source + offset)));
  for (; offset < bytes; offset += <i32>sizeof<T>())
    store<T>(target + offset, max<T>(load<T>(target + offset), load<T>(source + offset)));
}

/** y[s, c] = `lowest`, and then the larger of it and x[k, c] for all k with ids[k] = s. Blocks [begin, end) of the columns, `block` wide. */
// @ts-ignore: decorator
@inline
function segmentMax<T>(x: usize, ids: usize, y: usize, segments: i32, count: i32, inner: i32, block: i32, lowest: T, begin: i32, end: i32): void {
  const stride = <usize>inner * sizeof<T>();
  for (let unit = begin; unit < end; unit++) {
    const column = unit * block;
    const width = min(block, inner - column);
    const first = <usize>column * sizeof<T>();
    for (let segment: usize = 0; segment < <usize>segments; segment++)
      for (let i: usize = 0; i < <usize>width; i++) store<T>(y + segment * stride + first + i * sizeof<T>(), lowest);
    for (let k = 0; k < count; k++)
      takeLarger<T>(y + <usize>clampedIndex(ids, k, segments) * stride + first, x + <usize>k * stride + first, width);
  }
}

export function segment_max_f32(x: usize, ids: usize, y: usize, segments: i32, count: i32, inner: i32, block: i32, begin: i32, end: i32): void {
  segmentMax<f32>(x, ids, y, segments, count, inner, block, -Infinity, begin, end);
}

export function segment_max_f64(x: usize, ids: usize, y: usize, segments: i32, count: i32, inner: i32, block: i32, begin: i32, end: i32): void {
  segmentMax<f64>(x, ids, y, segments, count, inner, block, -Infinity, begin, end);
}

export function segment_max_i32(x: usize, ids: usize, y: usize, segments: i32, count: i32, inner: i32, block: i32, begin: i32, end: i32): void {
  segmentMax<i32>(x, ids, y, segments, count, inner, block, i32.MIN_VALUE, begin, end);
}

export function segment_max_u32(x: usize, ids: usize, y: usize, segments: i32, count: i32, inner: i32, block: i32, begin: i32, end: i32): void {
  segmentMax<u32>(x, ids, y, segments, count, inner, block, 0, begin, end);
}
