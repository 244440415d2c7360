import { multiplyAdd } from "./multiply-add";
import { addRotated, elementBytes } from "./matrix-element";

/** Rows of sums in a register tile. Eight sums, two vectors of B and one of A leave room among the 15 vector registers that V8 has on x86-64. */
// @ts-ignore: decorator
@inline
export const TILE_ROWS: usize = 4;

/** Rows of a register tile; a complex row takes two: its real and its imaginary parts times B. */
// @ts-ignore: decorator
@inline
export function tileRows(complex: bool): usize {
  return complex ? TILE_ROWS / 2 : TILE_ROWS;
}

/** Bytes of the elements of A for one step of a tile. */
// @ts-ignore: decorator
@inline
export function tileStepBytes<T>(): usize {
  return TILE_ROWS * sizeof<T>();
}

/** Bytes of a row of a register tile: two vectors. */
// @ts-ignore: decorator
@inline
export const TILE_ROW_BYTES: usize = 32;

/**
 * One register tile of `vectors` (1 or 2, a constant) in width: C = A B where `sign` is 0, C += A B where it is 1, C −= A B where it is −1. The elements of a row of B, and of C, are neighbours.
 * One step per iteration: the engine unrolls it by itself, and better than by hand.
 *
 * Complex numbers are multiplied as real ones: sums of a row's real parts times B, and of its imaginary parts times B, whose parts alternate; at the end the row is the
 * first plus i times the second.
 */
// @ts-ignore: decorator
@inline
export function tile<T>(
  complex: bool,
  vectors: i32,
  depth: usize,
  a: usize,
  aRowStride: usize,
  aColumnStride: usize,
  b: usize,
  bRowStride: usize,
  c: usize,
  cRowStride: usize,
  sign: i32,
): void {
  let c00 = v128.splat<T>(0), c01 = v128.splat<T>(0);
  let c10 = v128.splat<T>(0), c11 = v128.splat<T>(0);
  let c20 = v128.splat<T>(0), c21 = v128.splat<T>(0);
  let c30 = v128.splat<T>(0), c31 = v128.splat<T>(0);
  let a1 = a + (complex ? sizeof<T>() : aRowStride);
  let a2 = complex ? a + aRowStride : a1 + aRowStride;
  let a3 = a2 + (complex ? sizeof<T>() : aRowStride);
  for (const end = a + depth * aColumnStride; a < end; ) {
    const b0 = v128.load(b);
    const b1 = vectors > 1 ? v128.load(b, 16) : b0;
    let value = splatAt<T>(a);
    c00 = multiplyAdd<T>(value, b0, c00);
    if (vectors > 1) c01 = multiplyAdd<T>(value, b1, c01);
    value = splatAt<T>(a1);
    c10 = multiplyAdd<T>(value, b0, c10);
    if (vectors > 1) c11 = multiplyAdd<T>(value, b1, c11);
    value = splatAt<T>(a2);
    c20 = multiplyAdd<T>(value, b0, c20);
    if (vectors > 1) c21 = multiplyAdd<T>(value, b1, c21);
    value = splatAt<T>(a3);
    c30 = multiplyAdd<T>(value, b0, c30);
    if (vectors > 1) c31 = multiplyAdd<T>(value, b1, c31);
    a += aColumnStride;
    a1 += aColumnStride;
    a2 += aColumnStride;
    a3 += aColumnStride;
    b += bRowStride;
  }
  if (complex) {
    storeRow<T>(vectors, c, addRotated<T>(c00, c10), addRotated<T>(c01, c11), sign);
    storeRow<T>(vectors, c + cRowStride, addRotated<T>(c20, c30), addRotated<T>(c21, c31), sign);
    return;
  }
  storeRow<T>(vectors, c, c00, c01, sign);
  storeRow<T>(vectors, (c += cRowStride), c10, c11, sign);
  storeRow<T>(vectors, (c += cRowStride), c20, c21, sign);
  storeRow<T>(vectors, (c += cRowStride), c30, c31, sign);
}

/** One row of C = A B, of `vectors` (1 or 2, a constant). */
// @ts-ignore: decorator
@inline
export function tileRow<T>(
  complex: bool, vectors: i32, depth: usize, a: usize, aColumnStride: usize, b: usize, bRowStride: usize, c: usize,
): void {
  let c0 = v128.splat<T>(0), c1 = v128.splat<T>(0);
  let i0 = v128.splat<T>(0), i1 = v128.splat<T>(0);
  for (const end = a + depth * aColumnStride; a < end; a += aColumnStride, b += bRowStride) {
    const b0 = v128.load(b);
    const b1 = vectors > 1 ? v128.load(b, 16) : b0;
    const value = splatAt<T>(a);
    c0 = multiplyAdd<T>(value, b0, c0);
    if (vectors > 1) c1 = multiplyAdd<T>(value, b1, c1);
    if (complex) {
      const imaginary = splatAt<T>(a + sizeof<T>());
      i0 = multiplyAdd<T>(imaginary, b0, i0);
      if (vectors > 1) i1 = multiplyAdd<T>(imaginary, b1, i1);
    }
  }
  if (complex) storeRow<T>(vectors, c, addRotated<T>(c0, i0), addRotated<T>(c1, i1), 0);
  else storeRow<T>(vectors, c, c0, c1, 0);
}

/** The element at an address, in every lane. */
// @ts-ignore: decorator
@inline
export function splatAt<T>(address: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(address) : v128.load64_splat(address);
}

// @ts-ignore: decorator
@inline
function storeRow<T>(vectors: i32, c: usize, x: v128, y: v128, sign: i32): void {
  if (sign < 0) {
    v128.store(c, v128.sub<T>(v128.load(c), x));
    if (vectors > 1) v128.store(c, v128.sub<T>(v128.load(c, 16), y), 16);
    return;
  }
  v128.store(c, sign ? v128.add<T>(v128.load(c), x) : x);
  if (vectors > 1) v128.store(c, sign ? v128.add<T>(v128.load(c, 16), y) : y, 16);
}
