import { lanesOf } from "../../../assembly/lanes";

// @ts-ignore: decorator
@inline
function isNaNValue<T>(value: T): bool {
  return isFloat<T>() && value != value;
}

/** Position of the first element equal to `wanted`, or of the first NaN where that is wanted. There is one. */
// @ts-ignore: decorator
@inline
function positionOf<T>(x: usize, wanted: T): i32 {
  let k = 0;
  if (isNaNValue<T>(wanted)) {
    while (!isNaNValue<T>(load<T>(x + <usize>k * sizeof<T>()))) k++;
    return k;
  }
  while (load<T>(x + <usize>k * sizeof<T>()) != wanted) k++;
  return k;
}

/** The largest or smallest of n contiguous elements; NaN where there is one. */
// @ts-ignore: decorator
@inline
function extremum<T>(x: usize, n: i32, largest: bool): T {
  const lanes = lanesOf<T>();
  let best = load<T>(x);
  let k = 0;
  if (sizeof<T>() > 1 && n >= 2 * lanes) {
    let a = v128.load(x);
    let b = a;
    for (; k + 2 * lanes <= n; k += 2 * lanes) {
      const at = x + <usize>k * sizeof<T>();
      a = largest ? v128.max<T>(a, v128.load(at)) : v128.min<T>(a, v128.load(at));
      b = largest ? v128.max<T>(b, v128.load(at, 16)) : v128.min<T>(b, v128.load(at, 16));
    }
    a = largest ? v128.max<T>(a, b) : v128.min<T>(a, b);
    best = pick<T>(v128.extract_lane<T>(a, 0), v128.extract_lane<T>(a, 1), largest);
    if (sizeof<T>() == 4)
      best = pick<T>(best, pick<T>(v128.extract_lane<T>(a, 2), v128.extract_lane<T>(a, 3), largest), largest);
  }
  for (; k < n; k++) best = pick<T>(best, load<T>(x + <usize>k * sizeof<T>()), largest);
  return best;
}

// @ts-ignore: decorator
@inline
function pick<T>(a: T, b: T, largest: bool): T {
  return largest ? max<T>(a, b) : min<T>(a, b);
}

/** Positions for `count` columns of n rows that are `inner` elements apart; at most as many columns as lanes. */
// @ts-ignore: decorator
@inline
function columns<T>(x: usize, y: usize, n: i32, inner: i32, count: i32, largest: bool): void {
  const stride = <usize>inner * sizeof<T>();
  if (sizeof<T>() > 1 && count == lanesOf<T>()) {
    let best = v128.load(x);
    let positions = i64x2.splat(0);
    for (let k = 1; k < n; k++) {
      x += stride;
      const element = v128.load(x);
      let isBetter = largest ? v128.gt<T>(element, best) : v128.lt<T>(element, best);
      if (isFloat<T>()) {
        const isFirstNaN = v128.andnot(v128.ne<T>(element, element), v128.ne<T>(best, best));
        isBetter = v128.or(isBetter, isFirstNaN);
      }
      best = v128.bitselect(element, best, isBetter);
      const position = sizeof<T>() == 4 ? i32x4.splat(k) : i64x2.splat(k);
      positions = v128.bitselect(position, positions, isBetter);
    }
    if (sizeof<T>() == 4) v128.store(y, positions);
    else v128.store64_lane(y, i32x4.shuffle(positions, positions, 0, 2, 0, 2), 0);
    return;
  }
  for (let column = 0; column < count; column++) {
    let at = x + <usize>column * sizeof<T>();
    let best = load<T>(at);
    let position = 0;
    for (let k = 1; k < n && !isNaNValue<T>(best); k++) {
      at += stride;
      const element = load<T>(at);
      if (isNaNValue<T>(element) || (largest ? element > best : element < best)) {
        best = element;
        position = k;
      }
    }
    store<i32>(y + (<usize>column << 2), position);
  }
}

/** x is [·, n, inner], y is [·, inner]. Unit o · blocks + b of [begin, end) is block b of the columns, one vector wide. */
// @ts-ignore: decorator
@inline
function argExtremum<T>(x: usize, y: usize, n: i32, inner: i32, blocks: i32, largest: i32, begin: i32, end: i32): void {
  const isLargest = largest != 0;
  const lanes = lanesOf<T>();
  for (let unit = begin; unit < end; unit++) {
    if (inner == 1) {
      const line = x + <usize>unit * n * sizeof<T>();
      store<i32>(y + (<usize>unit << 2), positionOf<T>(line, extremum<T>(line, n, isLargest)));
      continue;
    }
    const outer = unit / blocks;
    const column = (unit - outer * blocks) * lanes;
    columns<T>(
      x + (<usize>outer * n * inner + column) * sizeof<T>(), y + ((<usize>outer * inner + column) << 2), n, inner,
      min(lanes, inner - column), isLargest,
    );
  }
}

export function arg_extremum_f32(x: usize, y: usize, n: i32, inner: i32, blocks: i32, largest: i32, begin: i32, end: i32): void {
  argExtremum<f32>(x, y, n, inner, blocks, largest, begin, end);
}

export function arg_extremum_f64(x: usize, y: usize, n: i32, inner: i32, blocks: i32, largest: i32, begin: i32, end: i32): void {
  argExtremum<f64>(x, y, n, inner, blocks, largest, begin, end);
}

export function arg_extremum_i32(x: usize, y: usize, n: i32, inner: i32, blocks: i32, largest: i32, begin: i32, end: i32): void {
  argExtremum<i32>(x, y, n, inner, blocks, largest, begin, end);
}

export function arg_extremum_u32(x: usize, y: usize, n: i32, inner: i32, blocks: i32, largest: i32, begin: i32, end: i32): void {
  argExtremum<u32>(x, y, n, inner, blocks, largest, begin, end);
}

export function arg_extremum_bool(x: usize, y: usize, n: i32, inner: i32, blocks: i32, largest: i32, begin: i32, end: i32): void {
  argExtremum<u8>(x, y, n, inner, blocks, largest, begin, end);
}
