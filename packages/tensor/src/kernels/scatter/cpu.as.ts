import { clampedIndex, copyBlock } from "../gather/block.as";

/** Writes the columns [first, first + bytes) of all rows of y from those of x, or zeros where x is 0. Rows are `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function startColumns(x: usize, y: usize, rows: i32, stride: usize, first: usize, bytes: i32): void {
  if (<usize>bytes == stride) {
    if (x == 0) memory.fill(y, 0, <usize>rows * stride);
    else memory.copy(y, x, <usize>rows * stride);
    return;
  }
  for (let row: usize = 0; row < <usize>rows; row++) {
    const at = row * stride + first;
    if (x == 0) memory.fill(y + at, 0, bytes);
    else copyBlock(y + at, x + at, bytes);
  }
}

// @ts-ignore: decorator
@inline
function addBlock<T>(target: usize, source: usize, width: i32): void {
  const bytes = width * <i32>sizeof<T>();
  let offset = 0;
  for (; offset + 16 <= bytes; offset += 16)
    v128.store(target + offset, v128.add<T>(v128.load(target + offset), v128.load(source + offset)));
  for (; offset < bytes; offset += <i32>sizeof<T>())
    store<T>(target + offset, load<T>(target + offset) + load<T>(source + offset));
}

/**
 * y[o, :, c] = x[o, :, c], or 0 where x is 0, and then y[o, indices[k], c] += updates[o, k, c] for k from 0 up. x and y are [·, extent, inner], updates [·, count, inner].
 * Unit o · blocks + b of [begin, end) is block b of the columns, `block` wide.
 */
// @ts-ignore: decorator
@inline
function add<T>(
  updates: usize, indices: usize, x: usize, y: usize, extent: i32, count: i32, inner: i32, block: i32, blocks: i32, begin: i32, end: i32,
): void {
  const stride = <usize>inner * sizeof<T>();
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / blocks;
    const column = (unit - outer * blocks) * block;
    const width = min(block, inner - column);
    const first = <usize>column * sizeof<T>();
    const slab = <usize>outer * extent * stride;
    startColumns(x == 0 ? 0 : x + slab, y + slab, extent, stride, first, width * <i32>sizeof<T>());
    let source = updates + <usize>outer * count * stride + first;
    for (let k = 0; k < count; k++, source += stride) {
      const target = y + slab + first + <usize>clampedIndex(indices, k, extent) * stride;
      if (width == 1) store<T>(target, load<T>(target) + load<T>(source));
      else addBlock<T>(target, source, width);
    }
  }
}

/** Like `add` with one index for each element: y[o, indices[o, k, i], i] += updates[o, k, i]. An element is `parts` of T. */
// @ts-ignore: decorator
@inline
function addAlong<T>(
  updates: usize, indices: usize, x: usize, y: usize, extent: i32, count: i32, inner: i32, parts: i32, block: i32, blocks: i32, begin: i32, end: i32,
): void {
  const size = <usize>parts * sizeof<T>();
  const stride = <usize>inner * size;
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / blocks;
    const column = (unit - outer * blocks) * block;
    const last = min(inner, column + block);
    const slab = <usize>outer * extent * stride;
    startColumns(x == 0 ? 0 : x + slab, y + slab, extent, stride, <usize>column * size, (last - column) * <i32>size);
    for (let k = 0; k < count; k++) {
      const row = (outer * count + k) * inner;
      for (let i = column; i < last; i++) {
        const target = y + slab + <usize>clampedIndex(indices, row + i, extent) * stride + <usize>i * size;
        const source = updates + <usize>(row + i) * size;
        store<T>(target, load<T>(target) + load<T>(source));
        if (parts == 2) store<T>(target, load<T>(target, sizeof<T>()) + load<T>(source, sizeof<T>()), sizeof<T>());
      }
    }
  }
}

export function scatter_add_f32(
  updates: usize, indices: usize, x: usize, y: usize, extent: i32, count: i32, inner: i32, block: i32, blocks: i32, begin: i32, end: i32,
): void {
  add<f32>(updates, indices, x, y, extent, count, inner, block, blocks, begin, end);
}

export function scatter_add_f64(
  updates: usize, indices: usize, x: usize, y: usize, extent: i32, count: i32, inner: i32, block: i32, blocks: i32, begin: i32, end: i32,
): void {
  add<f64>(updates, indices, x, y, extent, count, inner, block, blocks, begin, end);
}

export function scatter_add_i32(
  updates: usize, indices: usize, x: usize, y: usize, extent: i32, count: i32, inner: i32, block: i32, blocks: i32, begin: i32, end: i32,
): void {
  add<i32>(updates, indices, x, y, extent, count, inner, block, blocks, begin, end);
}

export function scatter_add_along_f32(
  updates: usize, indices: usize, x: usize, y: usize, extent: i32, count: i32, inner: i32, parts: i32, block: i32, blocks: i32, begin: i32, end: i32,
): void {
  addAlong<f32>(updates, indices, x, y, extent, count, inner, parts, block, blocks, begin, end);
}

export function scatter_add_along_f64(
  updates: usize, indices: usize, x: usize, y: usize, extent: i32, count: i32, inner: i32, parts: i32, block: i32, blocks: i32, begin: i32, end: i32,
): void {
  addAlong<f64>(updates, indices, x, y, extent, count, inner, parts, block, blocks, begin, end);
}

export function scatter_add_along_i32(
  updates: usize, indices: usize, x: usize, y: usize, extent: i32, count: i32, inner: i32, parts: i32, block: i32, blocks: i32, begin: i32, end: i32,
): void {
  addAlong<i32>(updates, indices, x, y, extent, count, inner, parts, block, blocks, begin, end);
}

/** Like `add`, but updates replace what they meet; the last one stays. Elements are `size` bytes. */
export function scatter_set(
  updates: usize, indices: usize, x: usize, y: usize, extent: i32, count: i32, inner: i32, size: i32, block: i32, blocks: i32, begin: i32, end: i32,
): void {
  const stride = <usize>inner * size;
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / blocks;
    const column = (unit - outer * blocks) * block;
    const first = <usize>column * size;
    const bytes = min(block, inner - column) * size;
    const slab = <usize>outer * extent * stride;
    startColumns(x == 0 ? 0 : x + slab, y + slab, extent, stride, first, bytes);
    let source = updates + <usize>outer * count * stride + first;
    for (let k = 0; k < count; k++, source += stride)
      copyBlock(y + slab + first + <usize>clampedIndex(indices, k, extent) * stride, source, bytes);
  }
}

/** Like `scatter_set` with one index for each element. */
export function scatter_set_along(
  updates: usize, indices: usize, x: usize, y: usize, extent: i32, count: i32, inner: i32, size: i32, block: i32, blocks: i32, begin: i32, end: i32,
): void {
  const stride = <usize>inner * size;
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / blocks;
    const column = (unit - outer * blocks) * block;
    const last = min(inner, column + block);
    const slab = <usize>outer * extent * stride;
    startColumns(x == 0 ? 0 : x + slab, y + slab, extent, stride, <usize>column * size, (last - column) * size);
    for (let k = 0; k < count; k++) {
      const row = (outer * count + k) * inner;
      for (let i = column; i < last; i++) {
        const target = y + slab + <usize>clampedIndex(indices, row + i, extent) * stride + <usize>i * size;
        copyBlock(target, updates + <usize>(row + i) * size, size);
      }
    }
  }
}
