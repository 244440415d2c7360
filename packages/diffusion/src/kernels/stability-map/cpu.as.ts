/** Bytes of scratch memory of a row: coefficients, and what the test makes of them, real and imaginary parts; as in cpu.ts. */
const HIGHEST_DEGREE = 6;
const PART_BYTES = HIGHEST_DEGREE * 16;
const ROW_BYTES = 4 * PART_BYTES;

// @ts-ignore: decorator
@inline
function lanesOf<T>(): i32 {
  return 16 / sizeof<T>();
}

// @ts-ignore: decorator
@inline
function lengthOf<T>(x: v128, y: v128): v128 {
  return v128.sqrt<T>(v128.add<T>(v128.mul<T>(x, x), v128.mul<T>(y, y)));
}

/** In which lanes all roots have a modulus below the radius: the Schur–Cohn test, see reference.ts. */
// @ts-ignore: decorator
@inline
function rootsWithin<T>(re: usize, im: usize, x: usize, y: usize, degree: i32, radius: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const inverse = v128.div<T>(one, radius);
  let scale = inverse;
  for (let k: usize = 0; k < <usize>degree; k++) {
    v128.store(x + (k << 4), v128.mul<T>(v128.load(re + (k << 4)), scale));
    v128.store(y + (k << 4), v128.mul<T>(v128.load(im + (k << 4)), scale));
    scale = v128.mul<T>(scale, inverse);
  }
  let within = v128.eq<T>(one, one);
  const zero = v128.splat<T>(<T>0);
  for (let n = degree; n > 0; n--) {
    const at = <usize>(n - 1) << 4;
    const cx = v128.load(x + at);
    const cy = v128.load(y + at);
    const rest = v128.sub<T>(one, v128.add<T>(v128.mul<T>(cx, cx), v128.mul<T>(cy, cy)));
    within = v128.and(within, v128.gt<T>(rest, zero));
    if (!v128.any_true(within)) break;
    const factor = v128.div<T>(one, rest);
    for (let j = 0; 2 * j <= n - 2; j++) {
      const first = <usize>j << 4;
      const second = <usize>(n - 2 - j) << 4;
      const px = v128.load(x + first);
      const py = v128.load(y + first);
      const qx = v128.load(x + second);
      const qy = v128.load(y + second);
      v128.store(x + first, v128.mul<T>(factor, v128.sub<T>(px, v128.add<T>(v128.mul<T>(cx, qx), v128.mul<T>(cy, qy)))));
      v128.store(y + first, v128.mul<T>(factor, v128.sub<T>(py, v128.sub<T>(v128.mul<T>(cy, qx), v128.mul<T>(cx, qy)))));
      v128.store(x + second, v128.mul<T>(factor, v128.sub<T>(qx, v128.add<T>(v128.mul<T>(cx, px), v128.mul<T>(cy, py)))));
      v128.store(y + second, v128.mul<T>(factor, v128.sub<T>(qy, v128.sub<T>(v128.mul<T>(cy, px), v128.mul<T>(cx, py)))));
    }
  }
  return within;
}

// @ts-ignore: decorator
@inline
function mapRows<T>(
  state: usize, slope: usize, y: usize, degree: i32, columns: i32, first: T, step: T, top: T, down: T, halvings: i32, scratch: usize, begin: i32, end: i32,
): void {
  const size = sizeof<T>();
  const half = v128.splat<T>(<T>0.5);
  for (let row = begin; row < end; row++) {
    const re = scratch + <usize>row * ROW_BYTES;
    const im = re + PART_BYTES;
    const own = im + PART_BYTES;
    const zIm = v128.splat<T>(top + down * <T>row);
    for (let column = 0; column < columns; column += lanesOf<T>()) {
      let zRe = v128.splat<T>(first + step * <T>column);
      if (size == 4) zRe = v128.add<T>(zRe, f32x4.mul(f32x4(0, 1, 2, 3), f32x4.splat(<f32>step)));
      else zRe = v128.add<T>(zRe, f64x2.mul(f64x2(0, 1), f64x2.splat(<f64>step)));
      let low = v128.splat<T>(<T>0);
      let most = low;
      for (let k: usize = 0; k < <usize>degree; k++) {
        const b = v128.splat<T>(load<T>(slope + k * size));
        const x = v128.sub<T>(v128.splat<T>(load<T>(state + k * size)), v128.mul<T>(zRe, b));
        const minus = v128.neg<T>(v128.mul<T>(zIm, b));
        v128.store(re + (k << 4), x);
        v128.store(im + (k << 4), minus);
        most = v128.max<T>(most, lengthOf<T>(x, minus));
      }
      let high = v128.add<T>(v128.splat<T>(<T>1), most);
      for (let halving = 0; halving < halvings; halving++) {
        const middle = v128.mul<T>(half, v128.add<T>(low, high));
        const within = rootsWithin<T>(re, im, own, own + PART_BYTES, degree, middle);
        high = v128.bitselect(middle, high, within);
        low = v128.bitselect(low, middle, within);
      }
      let radius = v128.mul<T>(half, v128.add<T>(low, high));
      const left = min(lanesOf<T>(), columns - column);
      for (let lane = 0; lane < left; lane++) {
        store<T>(y + <usize>(row * columns + column + lane) * size, v128.extract_lane<T>(radius, 0));
        radius = size == 4 ? i32x4.shuffle(radius, radius, 1, 2, 3, 0) : i64x2.shuffle(radius, radius, 1, 0);
      }
    }
  }
}

export function stability_map_f32(
  state: usize, slope: usize, y: usize, degree: i32, columns: i32, first: f32, step: f32, top: f32, down: f32, halvings: i32, scratch: usize, begin: i32, end: i32,
): void {
  mapRows<f32>(state, slope, y, degree, columns, first, step, top, down, halvings, scratch, begin, end);
}

export function stability_map_f64(
  state: usize, slope: usize, y: usize, degree: i32, columns: i32, first: f64, step: f64, top: f64, down: f64, halvings: i32, scratch: usize, begin: i32, end: i32,
): void {
  mapRows<f64>(state, slope, y, degree, columns, first, step, top, down, halvings, scratch, begin, end);
}
