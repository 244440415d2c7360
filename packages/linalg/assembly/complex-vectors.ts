import { swapParts } from "@ansatz/tensor/assembly/matrix-element";
import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { imaginaryAt, put } from "./elements";

// Contiguous vectors of complex numbers.

/** (−x, x) in turn: with swapped parts, the product with i x. */
// @ts-ignore: decorator
@inline
export function alternating<T>(x: T): v128 {
  if (sizeof<T>() == 4) return f32x4(<f32>-x, <f32>x, <f32>-x, <f32>x);
  return f64x2(<f64>-x, <f64>x);
}

/** The imaginary parts with the other sign. */
// @ts-ignore: decorator
@inline
function conjugated<T>(x: v128): v128 {
  return v128.xor(x, sizeof<T>() == 4 ? i64x2.splat(0x8000000000000000) : i64x2(0, 0x8000000000000000));
}

/** y += factor · x, or factor · x̄. */
// @ts-ignore: decorator
@inline
function addScaledBody<T>(conjugate: bool, count: usize, re: T, im: T, x: usize, y: usize): void {
  const bytes: usize = count * 2 * sizeof<T>();
  const res = v128.splat<T>(re), ims = alternating<T>(im);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const value = conjugate ? conjugated<T>(v128.load(x + at)) : v128.load(x + at);
    v128.store(y + at, multiplyAdd<T>(ims, swapParts<T>(value), multiplyAdd<T>(res, value, v128.load(y + at))));
  }
  for (; at < bytes; at += 2 * sizeof<T>()) {
    const xr = load<T>(x + at), xi: T = conjugate ? -imaginaryAt<T>(x + at) : imaginaryAt<T>(x + at);
    put<T>(y + at, load<T>(y + at) + re * xr - im * xi, imaginaryAt<T>(y + at) + re * xi + im * xr);
  }
}

// Exported for the reason given in product.ts.
export function vectors_scaled_c64(conjugate: bool, count: usize, re: f32, im: f32, x: usize, y: usize): void {
  if (conjugate) addScaledBody<f32>(true, count, re, im, x, y);
  else addScaledBody<f32>(false, count, re, im, x, y);
}

export function vectors_scaled_c128(conjugate: bool, count: usize, re: f64, im: f64, x: usize, y: usize): void {
  if (conjugate) addScaledBody<f64>(true, count, re, im, x, y);
  else addScaledBody<f64>(false, count, re, im, x, y);
}

// @ts-ignore: decorator
@inline
export function addScaledComplex<T>(conjugate: bool, count: usize, re: T, im: T, x: usize, y: usize): void {
  if (sizeof<T>() == 4) vectors_scaled_c64(conjugate, count, <f32>re, <f32>im, x, y);
  else vectors_scaled_c128(conjugate, count, <f64>re, <f64>im, x, y);
}

/** Writes Σ x y, without conjugation. */
// @ts-ignore: decorator
@inline
function innerBody<T>(count: usize, x: usize, y: usize, result: usize): void {
  const bytes: usize = count * 2 * sizeof<T>();
  let alike = v128.splat<T>(<T>0), crossed = v128.splat<T>(<T>0);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const value = v128.load(x + at), other = v128.load(y + at);
    alike = multiplyAdd<T>(value, other, alike);
    crossed = multiplyAdd<T>(swapParts<T>(value), other, crossed);
  }
  let re: T = v128.extract_lane<T>(alike, 0) - v128.extract_lane<T>(alike, 1);
  let im: T = v128.extract_lane<T>(crossed, 0) + v128.extract_lane<T>(crossed, 1);
  if (sizeof<T>() == 4) {
    re += v128.extract_lane<T>(alike, 2) - v128.extract_lane<T>(alike, 3);
    im += v128.extract_lane<T>(crossed, 2) + v128.extract_lane<T>(crossed, 3);
  }
  for (; at < bytes; at += 2 * sizeof<T>()) {
    re += load<T>(x + at) * load<T>(y + at) - imaginaryAt<T>(x + at) * imaginaryAt<T>(y + at);
    im += load<T>(x + at) * imaginaryAt<T>(y + at) + imaginaryAt<T>(x + at) * load<T>(y + at);
  }
  put<T>(result, re, im);
}

export function vectors_inner_c64(count: usize, x: usize, y: usize, result: usize): void {
  innerBody<f32>(count, x, y, result);
}

export function vectors_inner_c128(count: usize, x: usize, y: usize, result: usize): void {
  innerBody<f64>(count, x, y, result);
}

// @ts-ignore: decorator
@inline
export function putInnerComplex<T>(count: usize, x: usize, y: usize, result: usize): void {
  if (sizeof<T>() == 4) vectors_inner_c64(count, x, y, result);
  else vectors_inner_c128(count, x, y, result);
}

/** Rows C ← C (I − τ v vᴴ) for a contiguous v, of which all elements count, and the τ at an address. `room` takes a number. */
export function reflectRowsComplex<T>(rows: usize, columns: usize, v: usize, tau: usize, c: usize, row: usize, room: usize): void {
  const re = load<T>(tau), im = imaginaryAt<T>(tau);
  if (re == <T>0 && im == <T>0) return;
  for (let i: usize = 0; i < rows; i++, c += row) {
    putInnerComplex<T>(columns, c, v, room);
    const x = load<T>(room), y = imaginaryAt<T>(room);
    addScaledComplex<T>(true, columns, im * y - re * x, -re * y - im * x, v, c);
  }
}

/** Writes the factor of modulus 1 that makes the largest number of a vector real and positive (1 where all are 0), and returns which number that is. */
function putTurn<T>(count: usize, x: usize, factor: usize): usize {
  let most: T = <T>0;
  let best: usize = 0;
  for (let i: usize = 0; i < count; i++) {
    const at = x + 2 * i * sizeof<T>();
    const square = load<T>(at) * load<T>(at) + imaginaryAt<T>(at) * imaginaryAt<T>(at);
    if (square <= most) continue;
    most = square;
    best = i;
  }
  const at = x + 2 * best * sizeof<T>();
  const size: T = sqrt<T>(most);
  if (most > <T>0) put<T>(factor, load<T>(at) / size, -imaginaryAt<T>(at) / size);
  else put<T>(factor, <T>1, <T>0);
  return best;
}

/** A number times a factor. */
// @ts-ignore: decorator
@inline
export function putTurned<T>(target: usize, x: usize, factor: usize): void {
  const re = load<T>(x), im = imaginaryAt<T>(x), fr = load<T>(factor), fi = imaginaryAt<T>(factor);
  put<T>(target, re * fr - im * fi, re * fi + im * fr);
}

/** Writes a vector as a column of a matrix with so many columns, turned so that its largest number is real and positive. The factor stays in `factor`. */
export function writeTurned<T>(count: usize, x: usize, target: usize, columns: usize, factor: usize): void {
  const best = putTurn<T>(count, x, factor);
  for (let i: usize = 0; i < count; i++) putTurned<T>(target + 2 * i * columns * sizeof<T>(), x + 2 * i * sizeof<T>(), factor);
  store<T>(target + (2 * best * columns + 1) * sizeof<T>(), <T>0);
}
