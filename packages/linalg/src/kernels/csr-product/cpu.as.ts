import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";

/** Rows [begin, end) of y = A x for vectors. Columns beyond the last count as the last. */
// @ts-ignore: decorator
@inline
function vectorRows<T extends number>(values: usize, x: usize, pointers: usize, columns: usize, y: usize, extent: i32, begin: i32, end: i32): void {
  const last = <u32>(extent - 1);
  for (let row = begin; row < end; row++) {
    let entry = load<i32>(pointers + (<usize>row << 2));
    const stop = load<i32>(pointers + (<usize>row << 2), 4);
    // Two sums, so that an addition need not wait for the one before.
    let even: T = 0;
    let odd: T = 0;
    for (; entry + 1 < stop; entry += 2) {
      const at = columns + (<usize>entry << 2);
      const value = values + <usize>entry * sizeof<T>();
      even = (even + load<T>(value) * load<T>(x + <usize>min(load<u32>(at), last) * sizeof<T>())) as T;
      odd = (odd + load<T>(value, sizeof<T>()) * load<T>(x + <usize>min(load<u32>(at, 4), last) * sizeof<T>())) as T;
    }
    if (entry < stop) {
      const column = min(load<u32>(columns + (<usize>entry << 2)), last);
      even = (even + load<T>(values + <usize>entry * sizeof<T>()) * load<T>(x + <usize>column * sizeof<T>())) as T;
    }
    store<T>(y + <usize>row * sizeof<T>(), (even + odd) as T);
  }
}

/** Rows [begin, end) of Y = A X for matrices of `width` columns, entry by entry. */
// @ts-ignore: decorator
@inline
function matrixRows<T extends number>(
  values: usize, x: usize, pointers: usize, columns: usize, y: usize, extent: i32, width: i32, begin: i32, end: i32,
): void {
  const last = <u32>(extent - 1);
  const rowBytes = <usize>width * sizeof<T>();
  const whole = rowBytes & ~15;
  memory.fill(y + <usize>begin * rowBytes, 0, <usize>(end - begin) * rowBytes);
  for (let row = begin; row < end; row++) {
    const target = y + <usize>row * rowBytes;
    const stop = load<i32>(pointers + (<usize>row << 2), 4);
    for (let entry = load<i32>(pointers + (<usize>row << 2)); entry < stop; entry++) {
      const value = load<T>(values + <usize>entry * sizeof<T>());
      const source = x + <usize>min(load<u32>(columns + (<usize>entry << 2)), last) * rowBytes;
      const factor = v128.splat<T>(value);
      let offset: usize = 0;
      for (; offset < whole; offset += 16)
        v128.store(target + offset, multiplyAdd<T>(factor, v128.load(source + offset), v128.load(target + offset)));
      for (; offset < rowBytes; offset += sizeof<T>())
        store<T>(target + offset, (load<T>(target + offset) + value * load<T>(source + offset)) as T);
    }
  }
}

// @ts-ignore: decorator
@inline
function rows<T extends number>(
  values: usize, x: usize, pointers: usize, columns: usize, y: usize, extent: i32, width: i32, begin: i32, end: i32,
): void {
  if (width == 1) vectorRows<T>(values, x, pointers, columns, y, extent, begin, end);
  else matrixRows<T>(values, x, pointers, columns, y, extent, width, begin, end);
}

export function csr_product_f32(
  values: usize, x: usize, pointers: usize, columns: usize, y: usize, extent: i32, width: i32, begin: i32, end: i32,
): void {
  rows<f32>(values, x, pointers, columns, y, extent, width, begin, end);
}

export function csr_product_f64(
  values: usize, x: usize, pointers: usize, columns: usize, y: usize, extent: i32, width: i32, begin: i32, end: i32,
): void {
  rows<f64>(values, x, pointers, columns, y, extent, width, begin, end);
}
