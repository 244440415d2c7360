// A complex number is a pair of T, the real part first. Functions that multiply take `complex`, a constant, beside T; those that only move elements do not care.

/** Bytes of an element. */
// @ts-ignore: decorator
@inline
export function elementBytes<T>(complex: bool): usize {
  return complex ? 2 * sizeof<T>() : sizeof<T>();
}

/** Elements in a vector. */
// @ts-ignore: decorator
@inline
export function lanes<T>(complex: bool): usize {
  return 16 / elementBytes<T>(complex);
}

/** The parts of complex numbers swapped: (im, re). */
// @ts-ignore: decorator
@inline
export function swapParts<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? v128.shuffle<f32>(x, x, 1, 0, 3, 2) : v128.shuffle<f64>(x, x, 1, 0);
}

/** The real parts with the other sign. */
// @ts-ignore: decorator
@inline
export function negateReal<T>(x: v128): v128 {
  return v128.xor(x, sizeof<T>() == 4 ? i64x2.splat(0x80000000) : i64x2(0x8000000000000000, 0));
}

/** x + i y. */
// @ts-ignore: decorator
@inline
export function addRotated<T>(x: v128, y: v128): v128 {
  return v128.add<T>(x, negateReal<T>(swapParts<T>(y)));
}
