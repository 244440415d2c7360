import { multiplyAdd } from "../../../assembly/multiply-add";

/** Rows of a register tile. Eight sums, two vectors of B and one of A leave room among the 15 vector registers that V8 has on x86-64. */
// @ts-ignore: decorator
@inline
export const TILE_ROWS: usize = 4;

/** Bytes of a row of a register tile: two vectors. */
// @ts-ignore: decorator
@inline
export const TILE_ROW_BYTES: usize = 32;

/**
 * One register tile of `vectors` (1 or 2, a constant) in width: C = A B, or C += A B. The elements of a row of B, and of C, are neighbours.
 * One step per iteration: the engine unrolls it by itself, and better than by hand.
 */
// @ts-ignore: decorator
@inline
export function tile<T>(
  vectors: i32,
  depth: usize,
  a: usize,
  aRowStride: usize,
  aColumnStride: usize,
  b: usize,
  bRowStride: usize,
  c: usize,
  cRowStride: usize,
  accumulate: bool,
): void {
  let c00 = v128.splat<T>(0), c01 = v128.splat<T>(0);
  let c10 = v128.splat<T>(0), c11 = v128.splat<T>(0);
  let c20 = v128.splat<T>(0), c21 = v128.splat<T>(0);
  let c30 = v128.splat<T>(0), c31 = v128.splat<T>(0);
  let a1 = a + aRowStride, a2 = a1 + aRowStride, a3 = a2 + aRowStride;
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
  storeRow<T>(vectors, c, c00, c01, accumulate);
  storeRow<T>(vectors, (c += cRowStride), c10, c11, accumulate);
  storeRow<T>(vectors, (c += cRowStride), c20, c21, accumulate);
  storeRow<T>(vectors, (c += cRowStride), c30, c31, accumulate);
}

/** One row of C = A B, of `vectors` (1 or 2, a constant). */
// @ts-ignore: decorator
@inline
export function tileRow<T>(
  vectors: i32, depth: usize, a: usize, aColumnStride: usize, b: usize, bRowStride: usize, c: usize,
): void {
  let c0 = v128.splat<T>(0), c1 = v128.splat<T>(0);
  for (const end = a + depth * aColumnStride; a < end; a += aColumnStride, b += bRowStride) {
    const value = splatAt<T>(a);
    c0 = multiplyAdd<T>(value, v128.load(b), c0);
    if (vectors > 1) c1 = multiplyAdd<T>(value, v128.load(b, 16), c1);
  }
  storeRow<T>(vectors, c, c0, c1, false);
}

/** The element at an address, in every lane. */
// @ts-ignore: decorator
@inline
function splatAt<T>(address: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(address) : v128.load64_splat(address);
}

// @ts-ignore: decorator
@inline
function storeRow<T>(vectors: i32, c: usize, x: v128, y: v128, accumulate: bool): void {
  v128.store(c, accumulate ? v128.add<T>(v128.load(c), x) : x);
  if (vectors > 1) v128.store(c, accumulate ? v128.add<T>(v128.load(c, 16), y) : y, 16);
}

/** A tile of packed panels: TILE_ROWS elements of A and TILE_ROW_BYTES of B for every step. */
// @ts-ignore: decorator
@inline
export function packedTile<T>(depth: usize, a: usize, b: usize, c: usize, cRowStride: usize, accumulate: bool): void {
  if (sizeof<T>() == 4) matmul_tile_f32(depth, a, b, c, cRowStride, accumulate);
  else matmul_tile_f64(depth, a, b, c, cRowStride, accumulate);
}

// Exported from the module although only other kernels call them: the compiler inlines a function with one caller, and a function that
// runs long before it returns keeps the engine's slow first compilation.
export function matmul_tile_f32(depth: usize, a: usize, b: usize, c: usize, cRowStride: usize, accumulate: bool): void {
  tile<f32>(2, depth, a, 4, 4 * TILE_ROWS, b, TILE_ROW_BYTES, c, cRowStride, accumulate);
}

export function matmul_tile_f64(depth: usize, a: usize, b: usize, c: usize, cRowStride: usize, accumulate: bool): void {
  tile<f64>(2, depth, a, 8, 8 * TILE_ROWS, b, TILE_ROW_BYTES, c, cRowStride, accumulate);
}
