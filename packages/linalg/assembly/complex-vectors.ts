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
