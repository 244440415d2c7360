import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { splatAt } from "@ansatz/tensor/assembly/register-tile";

// Products of matrices with contiguous rows and vectors. Each is exported for either type by the modules that use it, for the reason given in product.ts.

/** y += Aᵀ x: `x` has a stride, `y` is contiguous. */
// @ts-ignore: decorator
@inline
function addTransposedTimes<T>(rows: usize, columns: usize, a: usize, row: usize, x: usize, xStride: usize, y: usize): void {
  const bytes = columns * sizeof<T>();
  let i: usize = 0;
  for (; i + 4 <= rows; i += 4) {
    const a0 = a + i * row, a1 = a0 + row, a2 = a1 + row, a3 = a2 + row;
    const at = x + i * xStride;
    const x0 = splatAt<T>(at), x1 = splatAt<T>(at + xStride), x2 = splatAt<T>(at + 2 * xStride), x3 = splatAt<T>(at + 3 * xStride);
    let j: usize = 0;
    for (; j + 16 <= bytes; j += 16) {
      const low = multiplyAdd<T>(x1, v128.load(a1 + j), multiplyAdd<T>(x0, v128.load(a0 + j), v128.load(y + j)));
      v128.store(y + j, multiplyAdd<T>(x3, v128.load(a3 + j), multiplyAdd<T>(x2, v128.load(a2 + j), low)));
    }
    for (; j < bytes; j += sizeof<T>())
      store<T>(
        y + j,
        load<T>(y + j) + load<T>(at) * load<T>(a0 + j) + load<T>(at + xStride) * load<T>(a1 + j) +
          load<T>(at + 2 * xStride) * load<T>(a2 + j) + load<T>(at + 3 * xStride) * load<T>(a3 + j),
      );
  }
  for (; i < rows; i++) addScaled<T>(columns, load<T>(x + i * xStride), a + i * row, y);
}

/** y += factor · x, both contiguous. */
// @ts-ignore: decorator
@inline
export function addScaled<T>(count: usize, factor: T, x: usize, y: usize): void {
  const bytes = count * sizeof<T>();
  const splat = v128.splat<T>(factor);
  let j: usize = 0;
  for (; j + 16 <= bytes; j += 16) v128.store(y + j, multiplyAdd<T>(splat, v128.load(x + j), v128.load(y + j)));
  for (; j < bytes; j += sizeof<T>()) store<T>(y + j, load<T>(y + j) + factor * load<T>(x + j));
}

/** A += x yᵀ: `x` has a stride, `y` is contiguous. */
// @ts-ignore: decorator
@inline
function addOuterProduct<T>(rows: usize, columns: usize, a: usize, row: usize, x: usize, xStride: usize, y: usize): void {
  for (let i: usize = 0; i < rows; i++) addScaled<T>(columns, load<T>(x + i * xStride), y, a + i * row);
}

/** Σ x y, both contiguous. */
// @ts-ignore: decorator
@inline
export function inner<T>(count: usize, x: usize, y: usize): T {
  const bytes = count * sizeof<T>();
  let s0 = v128.splat<T>(<T>0), s1 = v128.splat<T>(<T>0);
  let j: usize = 0;
  for (; j + 32 <= bytes; j += 32) {
    s0 = multiplyAdd<T>(v128.load(x + j), v128.load(y + j), s0);
    s1 = multiplyAdd<T>(v128.load(x + j, 16), v128.load(y + j, 16), s1);
  }
  const s = v128.add<T>(s0, s1);
  let sum = sumOfLanes<T>(s);
  for (; j < bytes; j += sizeof<T>()) sum += load<T>(x + j) * load<T>(y + j);
  return sum;
}

// @ts-ignore: decorator
@inline
function sumOfLanes<T>(s: v128): T {
  let sum = v128.extract_lane<T>(s, 0) + v128.extract_lane<T>(s, 1);
  if (sizeof<T>() == 4) sum += v128.extract_lane<T>(s, 2) + v128.extract_lane<T>(s, 3);
  return sum;
}

/** The 2-norm of a vector with a stride; numbers are scaled so that none overflows or vanishes. */
export function norm<T>(count: usize, x: usize, stride: usize): T {
  let most: T = <T>0;
  for (let i: usize = 0; i < count; i++) {
    const size = abs<T>(load<T>(x + i * stride));
    // The second finds NaN.
    if (size > most || size != size) most = size;
    if (size != size) break;
  }
  if (most == <T>0 || most != most || most == <T>Infinity) return most;
  let sum: T = <T>0;
  for (let i: usize = 0; i < count; i++) {
    const scaled = load<T>(x + i * stride) / most;
    sum += scaled * scaled;
  }
  return most * sqrt<T>(sum);
}

export function vectors_transposed_f32(rows: usize, columns: usize, a: usize, row: usize, x: usize, xStride: usize, y: usize): void {
  addTransposedTimes<f32>(rows, columns, a, row, x, xStride, y);
}

export function vectors_transposed_f64(rows: usize, columns: usize, a: usize, row: usize, x: usize, xStride: usize, y: usize): void {
  addTransposedTimes<f64>(rows, columns, a, row, x, xStride, y);
}

export function vectors_outer_f32(rows: usize, columns: usize, a: usize, row: usize, x: usize, xStride: usize, y: usize): void {
  addOuterProduct<f32>(rows, columns, a, row, x, xStride, y);
}

export function vectors_outer_f64(rows: usize, columns: usize, a: usize, row: usize, x: usize, xStride: usize, y: usize): void {
  addOuterProduct<f64>(rows, columns, a, row, x, xStride, y);
}

/** y += Aᵀ x. */
// @ts-ignore: decorator
@inline
export function transposedTimes<T>(rows: usize, columns: usize, a: usize, row: usize, x: usize, xStride: usize, y: usize): void {
  if (sizeof<T>() == 4) vectors_transposed_f32(rows, columns, a, row, x, xStride, y);
  else vectors_transposed_f64(rows, columns, a, row, x, xStride, y);
}

/** A += x yᵀ. */
// @ts-ignore: decorator
@inline
export function addOuter<T>(rows: usize, columns: usize, a: usize, row: usize, x: usize, xStride: usize, y: usize): void {
  if (sizeof<T>() == 4) vectors_outer_f32(rows, columns, a, row, x, xStride, y);
  else vectors_outer_f64(rows, columns, a, row, x, xStride, y);
}

/** A += x yᵀ + y xᵀ for square A, and p = A z for what it becomes; all vectors are contiguous. */
// @ts-ignore: decorator
@inline
function addSymmetricTimes<T>(n: usize, a: usize, row: usize, x: usize, y: usize, z: usize, p: usize): void {
  const bytes = n * sizeof<T>();
  for (let i: usize = 0; i < n; i++, a += row) {
    const xi = load<T>(x + i * sizeof<T>()), yi = load<T>(y + i * sizeof<T>());
    const xs = v128.splat<T>(xi), ys = v128.splat<T>(yi);
    let s0 = v128.splat<T>(<T>0), s1 = v128.splat<T>(<T>0);
    let j: usize = 0;
    for (; j + 32 <= bytes; j += 32) {
      const a0 = multiplyAdd<T>(ys, v128.load(x + j), multiplyAdd<T>(xs, v128.load(y + j), v128.load(a + j)));
      const a1 = multiplyAdd<T>(ys, v128.load(x + j, 16), multiplyAdd<T>(xs, v128.load(y + j, 16), v128.load(a + j, 16)));
      v128.store(a + j, a0);
      v128.store(a + j, a1, 16);
      s0 = multiplyAdd<T>(a0, v128.load(z + j), s0);
      s1 = multiplyAdd<T>(a1, v128.load(z + j, 16), s1);
    }
    let sum = sumOfLanes<T>(v128.add<T>(s0, s1));
    for (; j < bytes; j += sizeof<T>()) {
      const value = load<T>(a + j) + xi * load<T>(y + j) + yi * load<T>(x + j);
      store<T>(a + j, value);
      sum += value * load<T>(z + j);
    }
    store<T>(p + i * sizeof<T>(), sum);
  }
}

/** A += x yᵀ, and p = A z for what it becomes: x has a stride, the others are contiguous. */
// @ts-ignore: decorator
@inline
function addOuterThenTimes<T>(rows: usize, columns: usize, a: usize, row: usize, x: usize, xStride: usize, y: usize, z: usize, p: usize): void {
  const bytes = columns * sizeof<T>();
  for (let i: usize = 0; i < rows; i++, a += row) {
    const xi = load<T>(x + i * xStride);
    const xs = v128.splat<T>(xi);
    let s0 = v128.splat<T>(<T>0), s1 = v128.splat<T>(<T>0);
    let j: usize = 0;
    for (; j + 32 <= bytes; j += 32) {
      const a0 = multiplyAdd<T>(xs, v128.load(y + j), v128.load(a + j));
      const a1 = multiplyAdd<T>(xs, v128.load(y + j, 16), v128.load(a + j, 16));
      v128.store(a + j, a0);
      v128.store(a + j, a1, 16);
      s0 = multiplyAdd<T>(a0, v128.load(z + j), s0);
      s1 = multiplyAdd<T>(a1, v128.load(z + j, 16), s1);
    }
    let sum = sumOfLanes<T>(v128.add<T>(s0, s1));
    for (; j < bytes; j += sizeof<T>()) {
      const value = load<T>(a + j) + xi * load<T>(y + j);
      store<T>(a + j, value);
      sum += value * load<T>(z + j);
    }
    store<T>(p + i * sizeof<T>(), sum);
  }
}

/** A += x yᵀ, and then w += Aᵀ v for what it becomes: v has a stride, the others are contiguous. */
// @ts-ignore: decorator
@inline
function addOuterThenTransposed<T>(
  rows: usize, columns: usize, a: usize, row: usize, x: usize, y: usize, v: usize, vStride: usize, w: usize,
): void {
  const bytes = columns * sizeof<T>();
  for (let i: usize = 0; i < rows; i++, a += row) {
    const xi = load<T>(x + i * sizeof<T>()), vi = load<T>(v + i * vStride);
    const xs = v128.splat<T>(xi), vs = v128.splat<T>(vi);
    let j: usize = 0;
    for (; j + 16 <= bytes; j += 16) {
      const value = multiplyAdd<T>(xs, v128.load(y + j), v128.load(a + j));
      v128.store(a + j, value);
      v128.store(w + j, multiplyAdd<T>(vs, value, v128.load(w + j)));
    }
    for (; j < bytes; j += sizeof<T>()) {
      const value = load<T>(a + j) + xi * load<T>(y + j);
      store<T>(a + j, value);
      store<T>(w + j, load<T>(w + j) + vi * value);
    }
  }
}

/**
 * A += x yᵀ + z uᵀ, and for what it becomes p = A v and w += Aᵀ v, where the rows of A count with the elements of v from the first of the last `columns` rows on: those before have none.
 * All vectors are contiguous; x, like v, belongs to the last `columns` rows.
 */
// @ts-ignore: decorator
@inline
function addOuterThenBoth<T>(
  rows: usize, columns: usize, a: usize, row: usize, x: usize, y: usize, z: usize, u: usize, v: usize, p: usize, w: usize,
): void {
  const bytes = columns * sizeof<T>();
  for (let i: usize = 0; i < rows; i++, a += row) {
    const inner = i + columns >= rows;
    const own = (i + columns - rows) * sizeof<T>();
    const xi: T = inner ? load<T>(x + own) : <T>0, vi: T = inner ? load<T>(v + own) : <T>0;
    const zi = load<T>(z + i * sizeof<T>());
    const xs = v128.splat<T>(xi), zs = v128.splat<T>(zi), vs = v128.splat<T>(vi);
    let s0 = v128.splat<T>(<T>0);
    let j: usize = 0;
    for (; j + 16 <= bytes; j += 16) {
      const value = multiplyAdd<T>(zs, v128.load(u + j), multiplyAdd<T>(xs, v128.load(y + j), v128.load(a + j)));
      v128.store(a + j, value);
      s0 = multiplyAdd<T>(value, v128.load(v + j), s0);
      if (inner) v128.store(w + j, multiplyAdd<T>(vs, value, v128.load(w + j)));
    }
    let sum = sumOfLanes<T>(s0);
    for (; j < bytes; j += sizeof<T>()) {
      const value = load<T>(a + j) + xi * load<T>(y + j) + zi * load<T>(u + j);
      store<T>(a + j, value);
      sum += value * load<T>(v + j);
      if (inner) store<T>(w + j, load<T>(w + j) + vi * value);
    }
    store<T>(p + i * sizeof<T>(), sum);
  }
}

export function vectors_both_f32(
  rows: usize, columns: usize, a: usize, row: usize, x: usize, y: usize, z: usize, u: usize, v: usize, p: usize, w: usize,
): void {
  addOuterThenBoth<f32>(rows, columns, a, row, x, y, z, u, v, p, w);
}

export function vectors_both_f64(
  rows: usize, columns: usize, a: usize, row: usize, x: usize, y: usize, z: usize, u: usize, v: usize, p: usize, w: usize,
): void {
  addOuterThenBoth<f64>(rows, columns, a, row, x, y, z, u, v, p, w);
}

export function vectors_outer_transposed_f32(
  rows: usize, columns: usize, a: usize, row: usize, x: usize, y: usize, v: usize, vStride: usize, w: usize,
): void {
  addOuterThenTransposed<f32>(rows, columns, a, row, x, y, v, vStride, w);
}

export function vectors_outer_transposed_f64(
  rows: usize, columns: usize, a: usize, row: usize, x: usize, y: usize, v: usize, vStride: usize, w: usize,
): void {
  addOuterThenTransposed<f64>(rows, columns, a, row, x, y, v, vStride, w);
}

export function vectors_symmetric_f32(n: usize, a: usize, row: usize, x: usize, y: usize, z: usize, p: usize): void {
  addSymmetricTimes<f32>(n, a, row, x, y, z, p);
}

export function vectors_symmetric_f64(n: usize, a: usize, row: usize, x: usize, y: usize, z: usize, p: usize): void {
  addSymmetricTimes<f64>(n, a, row, x, y, z, p);
}

export function vectors_outer_times_f32(
  rows: usize, columns: usize, a: usize, row: usize, x: usize, xStride: usize, y: usize, z: usize, p: usize,
): void {
  addOuterThenTimes<f32>(rows, columns, a, row, x, xStride, y, z, p);
}

export function vectors_outer_times_f64(
  rows: usize, columns: usize, a: usize, row: usize, x: usize, xStride: usize, y: usize, z: usize, p: usize,
): void {
  addOuterThenTimes<f64>(rows, columns, a, row, x, xStride, y, z, p);
}

/** Whether all elements of a matrix are finite. */
function allFinite<T>(count: usize, a: usize): bool {
  // x − x is 0 for finite x, and NaN otherwise.
  let sum: T = <T>0;
  for (let i: usize = 0; i < count; i++) {
    const x = load<T>(a + i * sizeof<T>());
    sum += x - x;
  }
  return sum == <T>0;
}

/**
 * Divides numbers by a power of two where they are so large or small that squares and their sums would not fit. Returns the power; 0 where a number is not finite.
 */
export function scaleToRange<T>(count: usize, a: usize): T {
  if (!allFinite<T>(count, a)) return <T>0;
  let most: T = <T>0;
  for (let i: usize = 0; i < count; i++) most = max<T>(most, abs<T>(load<T>(a + i * sizeof<T>())));
  const large: T = sizeof<T>() == 4 ? <T>1e9 : <T>1e75;
  let scale: T = <T>1;
  if (most == <T>0 || (most > <T>1 / large && most < large)) return scale;
  while (most / scale >= <T>2) scale *= <T>2;
  while (most / scale < <T>1) scale /= <T>2;
  for (let i: usize = 0; i < count; i++) store<T>(a + i * sizeof<T>(), load<T>(a + i * sizeof<T>()) / scale);
  return scale;
}
