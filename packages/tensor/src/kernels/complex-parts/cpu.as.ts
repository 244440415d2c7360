// @ts-ignore: decorator
@inline
function parts<T>(x: usize, y: usize, offset: usize, begin: i32, end: i32): void {
  let source = x + ((<usize>begin << 1) + offset) * sizeof<T>();
  for (let index = begin; index < end; index++, source += 2 * sizeof<T>())
    store<T>(y + <usize>index * sizeof<T>(), load<T>(source));
}

// @ts-ignore: decorator
@inline
function joined<T>(re: usize, im: usize, y: usize, begin: i32, end: i32): void {
  let target = y + (<usize>begin << 1) * sizeof<T>();
  for (let index = begin; index < end; index++, target += 2 * sizeof<T>()) {
    store<T>(target, load<T>(re + <usize>index * sizeof<T>()));
    store<T>(target + sizeof<T>(), load<T>(im + <usize>index * sizeof<T>()));
  }
}

/** y[k] = x[2k + offset] for k in [begin, end). */
export function complex_parts_part_f32(x: usize, y: usize, offset: usize, begin: i32, end: i32): void {
  parts<f32>(x, y, offset, begin, end);
}

export function complex_parts_part_f64(x: usize, y: usize, offset: usize, begin: i32, end: i32): void {
  parts<f64>(x, y, offset, begin, end);
}

/** y[2k] = re[k], y[2k + 1] = im[k] for k in [begin, end). */
export function complex_parts_complex_f32(re: usize, im: usize, y: usize, begin: i32, end: i32): void {
  joined<f32>(re, im, y, begin, end);
}

export function complex_parts_complex_f64(re: usize, im: usize, y: usize, begin: i32, end: i32): void {
  joined<f64>(re, im, y, begin, end);
}

/** Conjugates of the complex numbers [begin, end). */
export function complex_parts_conj_f32(x: usize, y: usize, begin: i32, end: i32): void {
  const signs = i64x2.splat(0x8000000000000000);
  let index = begin;
  for (; index + 2 <= end; index += 2)
    v128.store(y + (<usize>index << 3), v128.xor(v128.load(x + (<usize>index << 3)), signs));
  if (index < end) v128.store64_lane(y + (<usize>index << 3), v128.xor(v128.load64_zero(x + (<usize>index << 3)), signs), 0);
}

export function complex_parts_conj_f64(x: usize, y: usize, begin: i32, end: i32): void {
  const signs = i64x2(0, 0x8000000000000000);
  for (let index = begin; index < end; index++)
    v128.store(y + (<usize>index << 4), v128.xor(v128.load(x + (<usize>index << 4)), signs));
}
