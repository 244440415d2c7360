import { multiplyAdd } from "../../../assembly/multiply-add";
import { elementBytes, negateReal, swapParts } from "../../../assembly/matrix-element";
import { offsetInA, offsetInB, Product } from "./product.as";

/** Rows of B that all rows of A meet before the next ones are read. */
// @ts-ignore: decorator
@inline
const DOT_ROWS: usize = 16;

/**
 * A few rows of A times B with contiguous rows: every row of C is a combination of rows of B, which are read once and in order.
 * Computes units [begin, end): blocks of `blockBytes` of every row, batch after batch.
 */
// @ts-ignore: decorator
@inline
export function combineRows<T>(complex: bool, product: Product, blockBytes: usize, begin: usize, end: usize): void {
  const depth = product.depth;
  const rowBytes = product.columns * elementBytes<T>(complex);
  const blocks = (rowBytes + blockBytes - 1) / blockBytes;
  for (let unit = begin; unit < end; unit++) {
    const batch = unit / blocks;
    const start = unit % blocks * blockBytes;
    const bytes = min(blockBytes, rowBytes - start);
    const b = product.b + offsetInB(product, batch) + start;
    const c = product.c + batch * product.rows * rowBytes + start;
    const a = product.a + offsetInA(product, batch);
    for (let i: usize = 0; i < product.rows; i++) memory.fill(c + i * rowBytes, 0, bytes);
    for (let step: usize = 0; step < depth; step += 4)
      addRows<T>(
        complex, min(4, depth - step), product.rows, a + step * product.aColumnStride, product.aRowStride, product.aColumnStride,
        b + step * rowBytes, c, rowBytes, bytes,
      );
  }
}

/** C += A B for up to four columns of A and rows of B; `bytes` of each row. */
// @ts-ignore: decorator
@inline
function addRows<T>(
  complex: bool, depth: usize, rows: usize, a: usize, aRowStride: usize, aColumnStride: usize,
  b: usize, c: usize, rowBytes: usize, bytes: usize,
): void {
  let i: usize = 0;
  if (depth == 4) {
    for (; i < rows; i++) addFourRows<T>(complex, a + i * aRowStride, aColumnStride, b, c + i * rowBytes, rowBytes, bytes);
  }
  for (; i < rows; i++)
    for (let k: usize = 0; k < depth; k++)
      addRow<T>(complex, a + i * aRowStride + k * aColumnStride, b + k * rowBytes, c + i * rowBytes, bytes);
}

// @ts-ignore: decorator
@inline
function addFourRows<T>(complex: bool, a: usize, aColumnStride: usize, b: usize, c: usize, rowBytes: usize, bytes: usize): void {
  if (complex) {
    if (sizeof<T>() == 4) matmul_add_four_rows_c64(a, aColumnStride, b, c, rowBytes, bytes);
    else matmul_add_four_rows_c128(a, aColumnStride, b, c, rowBytes, bytes);
  } else if (sizeof<T>() == 4) matmul_add_four_rows_f32(a, aColumnStride, b, c, rowBytes, bytes);
  else matmul_add_four_rows_f64(a, aColumnStride, b, c, rowBytes, bytes);
}

// Exported from the module so that they stay functions of their own, see `packed-tile.as.ts`.
export function matmul_add_four_rows_f32(a: usize, aStride: usize, b: usize, c: usize, rowBytes: usize, bytes: usize): void {
  fourRows<f32>(a, aStride, b, c, rowBytes, bytes);
}

export function matmul_add_four_rows_f64(a: usize, aStride: usize, b: usize, c: usize, rowBytes: usize, bytes: usize): void {
  fourRows<f64>(a, aStride, b, c, rowBytes, bytes);
}

export function matmul_add_four_rows_c64(a: usize, aStride: usize, b: usize, c: usize, rowBytes: usize, bytes: usize): void {
  fourComplexRows<f32>(a, aStride, b, c, rowBytes, bytes);
}

export function matmul_add_four_rows_c128(a: usize, aStride: usize, b: usize, c: usize, rowBytes: usize, bytes: usize): void {
  fourComplexRows<f64>(a, aStride, b, c, rowBytes, bytes);
}

/** One row of C += four rows of B times four coefficients. */
// @ts-ignore: decorator
@inline
function fourRows<T>(a: usize, aStride: usize, b0: usize, c: usize, rowBytes: usize, bytes: usize): void {
  const a0 = load<T>(a), a1 = load<T>(a + aStride), a2 = load<T>(a + 2 * aStride), a3 = load<T>(a + 3 * aStride);
  const s0 = v128.splat<T>(a0), s1 = v128.splat<T>(a1), s2 = v128.splat<T>(a2), s3 = v128.splat<T>(a3);
  let b1 = b0 + rowBytes, b2 = b1 + rowBytes, b3 = b2 + rowBytes;
  const end = c + bytes;
  for (const full = c + (bytes & ~15); c < full; c += 16, b0 += 16, b1 += 16, b2 += 16, b3 += 16) {
    let sum = v128.load(c);
    sum = multiplyAdd<T>(s0, v128.load(b0), sum);
    sum = multiplyAdd<T>(s1, v128.load(b1), sum);
    sum = multiplyAdd<T>(s2, v128.load(b2), sum);
    v128.store(c, multiplyAdd<T>(s3, v128.load(b3), sum));
  }
  for (; c < end; c += sizeof<T>(), b0 += sizeof<T>(), b1 += sizeof<T>(), b2 += sizeof<T>(), b3 += sizeof<T>())
    store<T>(c, load<T>(c) + a0 * load<T>(b0) + a1 * load<T>(b1) + a2 * load<T>(b2) + a3 * load<T>(b3));
}

/** `fourRows` of complex numbers. */
// @ts-ignore: decorator
@inline
function fourComplexRows<T>(a: usize, aStride: usize, b0: usize, c: usize, rowBytes: usize, bytes: usize): void {
  const a1 = a + aStride, a2 = a1 + aStride, a3 = a2 + aStride;
  const r0 = realPart<T>(a), r1 = realPart<T>(a1), r2 = realPart<T>(a2), r3 = realPart<T>(a3);
  const i0 = imaginaryPart<T>(a), i1 = imaginaryPart<T>(a1), i2 = imaginaryPart<T>(a2), i3 = imaginaryPart<T>(a3);
  let b1 = b0 + rowBytes, b2 = b1 + rowBytes, b3 = b2 + rowBytes;
  for (const full = c + (bytes & ~15); c < full; c += 16, b0 += 16, b1 += 16, b2 += 16, b3 += 16) {
    let sum = v128.load(c);
    sum = addProduct<T>(r0, i0, v128.load(b0), sum);
    sum = addProduct<T>(r1, i1, v128.load(b1), sum);
    sum = addProduct<T>(r2, i2, v128.load(b2), sum);
    v128.store(c, addProduct<T>(r3, i3, v128.load(b3), sum));
  }
  if (sizeof<T>() == 4 && (bytes & 8)) {
    let sum = v128.load64_zero(c);
    sum = addProduct<T>(r0, i0, v128.load64_zero(b0), sum);
    sum = addProduct<T>(r1, i1, v128.load64_zero(b1), sum);
    sum = addProduct<T>(r2, i2, v128.load64_zero(b2), sum);
    v128.store64_lane(c, addProduct<T>(r3, i3, v128.load64_zero(b3), sum), 0);
  }
}

/** The real part of the number at an address, in every lane. */
// @ts-ignore: decorator
@inline
function realPart<T>(address: usize): v128 {
  return v128.splat<T>(load<T>(address));
}

/** The imaginary part of the number at an address, with the other sign in lanes of real parts. */
// @ts-ignore: decorator
@inline
function imaginaryPart<T>(address: usize): v128 {
  return negateReal<T>(v128.splat<T>(load<T>(address + sizeof<T>())));
}

/** c plus the product of b with a number of these parts. */
// @ts-ignore: decorator
@inline
function addProduct<T>(re: v128, im: v128, b: v128, c: v128): v128 {
  return multiplyAdd<T>(im, swapParts<T>(b), multiplyAdd<T>(re, b, c));
}

/** y += the number at an address times x. */
// @ts-ignore: decorator
@inline
function addRow<T>(complex: bool, address: usize, x: usize, y: usize, bytes: usize): void {
  if (complex) {
    const re = realPart<T>(address);
    const im = imaginaryPart<T>(address);
    for (const full = y + (bytes & ~15); y < full; y += 16, x += 16)
      v128.store(y, addProduct<T>(re, im, v128.load(x), v128.load(y)));
    if (sizeof<T>() == 4 && (bytes & 8))
      v128.store64_lane(y, addProduct<T>(re, im, v128.load64_zero(x), v128.load64_zero(y)), 0);
    return;
  }
  const scalar = load<T>(address);
  const value = v128.splat<T>(scalar);
  const end = y + bytes;
  for (const full = y + (bytes & ~15); y < full; y += 16, x += 16)
    v128.store(y, multiplyAdd<T>(value, v128.load(x), v128.load(y)));
  for (; y < end; y += sizeof<T>(), x += sizeof<T>()) store<T>(y, load<T>(y) + scalar * load<T>(x));
}

/** A few contiguous rows of A times the transpose of B: inner products with the rows of B. Computes columns [begin, end) of all batches' results. */
// @ts-ignore: decorator
@inline
export function dotRows<T>(complex: bool, product: Product, begin: usize, end: usize): void {
  const rows = product.rows;
  const columns = product.columns;
  const rowBytes = product.depth * elementBytes<T>(complex);
  for (let index = begin; index < end; ) {
    const batch = index / columns;
    const column = index % columns;
    const count = min(DOT_ROWS, min(end - index, columns - column));
    const a = product.a + offsetInA(product, batch);
    const b = product.b + offsetInB(product, batch) + column * rowBytes;
    const c = product.c + (batch * rows * columns + column) * elementBytes<T>(complex);
    for (let i: usize = 0; i < rows; i++) {
      const x = a + i * rowBytes;
      const y = c + i * columns * elementBytes<T>(complex);
      if (complex) {
        if (sizeof<T>() == 4) matmul_dot_rows_c64(x, b, rowBytes, count, y);
        else matmul_dot_rows_c128(x, b, rowBytes, count, y);
      } else if (sizeof<T>() == 4) matmul_dot_rows_f32(x, b, rowBytes, count, y);
      else matmul_dot_rows_f64(x, b, rowBytes, count, y);
    }
    index += count;
  }
}

// @ts-ignore: decorator
@inline
function dots<T>(a: usize, b: usize, rowBytes: usize, count: usize, c: usize): void {
  const vectorBytes = rowBytes & ~15;
  for (; count >= 4; count -= 4, b += 4 * rowBytes, c += 4 * sizeof<T>()) {
    let s0 = v128.splat<T>(0), s1 = v128.splat<T>(0), s2 = v128.splat<T>(0), s3 = v128.splat<T>(0);
    let b0 = b;
    let b1 = b0 + rowBytes;
    let b2 = b1 + rowBytes;
    let b3 = b2 + rowBytes;
    for (const full = b + vectorBytes, shift = a - b; b0 < full; b0 += 16, b1 += 16, b2 += 16, b3 += 16) {
      const x = v128.load(b0 + shift);
      s0 = multiplyAdd<T>(x, v128.load(b0), s0);
      s1 = multiplyAdd<T>(x, v128.load(b1), s1);
      s2 = multiplyAdd<T>(x, v128.load(b2), s2);
      s3 = multiplyAdd<T>(x, v128.load(b3), s3);
    }
    store<T>(c, sumLanes<T>(s0) + rest<T>(a, b, vectorBytes, rowBytes));
    store<T>(c + sizeof<T>(), sumLanes<T>(s1) + rest<T>(a, b + rowBytes, vectorBytes, rowBytes));
    store<T>(c + 2 * sizeof<T>(), sumLanes<T>(s2) + rest<T>(a, b + 2 * rowBytes, vectorBytes, rowBytes));
    store<T>(c + 3 * sizeof<T>(), sumLanes<T>(s3) + rest<T>(a, b + 3 * rowBytes, vectorBytes, rowBytes));
  }
  for (; count > 0; count--, b += rowBytes, c += sizeof<T>()) {
    let s = v128.splat<T>(0);
    for (let offset: usize = 0; offset < vectorBytes; offset += 16) s = multiplyAdd<T>(v128.load(a + offset), v128.load(b + offset), s);
    store<T>(c, sumLanes<T>(s) + rest<T>(a, b, vectorBytes, rowBytes));
  }
}

/** Inner product of the elements after the last whole vector. */
// @ts-ignore: decorator
@inline
function rest<T>(a: usize, b: usize, begin: usize, end: usize): T {
  let sum = <T>0;
  for (; begin < end; begin += sizeof<T>()) sum += load<T>(a + begin) * load<T>(b + begin);
  return sum;
}

// @ts-ignore: decorator
@inline
function sumLanes<T>(x: v128): T {
  if (sizeof<T>() == 8) return <T>(f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1));
  return <T>(f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3)));
}

export function matmul_dot_rows_f32(a: usize, b: usize, rowBytes: usize, count: usize, c: usize): void {
  dots<f32>(a, b, rowBytes, count, c);
}

export function matmul_dot_rows_f64(a: usize, b: usize, rowBytes: usize, count: usize, c: usize): void {
  dots<f64>(a, b, rowBytes, count, c);
}

/** `dots` of complex numbers. */
// @ts-ignore: decorator
@inline
function complexDots<T>(a: usize, b: usize, rowBytes: usize, count: usize, c: usize): void {
  for (; count >= 2; count -= 2, b += 2 * rowBytes, c += 4 * sizeof<T>()) {
    let r0 = v128.splat<T>(0), r1 = v128.splat<T>(0), i0 = v128.splat<T>(0), i1 = v128.splat<T>(0);
    let offset: usize = 0;
    for (; offset < (rowBytes & ~15); offset += 16) {
      const x = v128.load(a + offset);
      const swapped = swapParts<T>(x);
      const b0 = v128.load(b + offset);
      const b1 = v128.load(b + rowBytes + offset);
      r0 = multiplyAdd<T>(x, b0, r0);
      i0 = multiplyAdd<T>(swapped, b0, i0);
      r1 = multiplyAdd<T>(x, b1, r1);
      i1 = multiplyAdd<T>(swapped, b1, i1);
    }
    storeDot<T>(c, r0, i0, a, b, offset, rowBytes);
    storeDot<T>(c + 2 * sizeof<T>(), r1, i1, a, b + rowBytes, offset, rowBytes);
  }
  if (count == 0) return;
  let re = v128.splat<T>(0), im = v128.splat<T>(0);
  let offset: usize = 0;
  for (; offset < (rowBytes & ~15); offset += 16) {
    const x = v128.load(a + offset);
    re = multiplyAdd<T>(x, v128.load(b + offset), re);
    im = multiplyAdd<T>(swapParts<T>(x), v128.load(b + offset), im);
  }
  storeDot<T>(c, re, im, a, b, offset, rowBytes);
}

/** Stores a sum of products from those of parts (re·re and im·im in turn; im·re and re·im), and adds what is left of the row. */
// @ts-ignore: decorator
@inline
function storeDot<T>(c: usize, alike: v128, crossed: v128, a: usize, b: usize, offset: usize, rowBytes: usize): void {
  if (sizeof<T>() == 4 && offset < rowBytes) {
    const x = v128.load64_zero(a + offset);
    const y = v128.load64_zero(b + offset);
    alike = multiplyAdd<T>(x, y, alike);
    crossed = multiplyAdd<T>(swapParts<T>(x), y, crossed);
  }
  const signed = v128.xor(alike, sizeof<T>() == 4 ? i64x2.splat(0x8000000000000000) : i64x2(0, 0x8000000000000000));
  store<T>(c, sumLanes<T>(signed));
  store<T>(c + sizeof<T>(), sumLanes<T>(crossed));
}

export function matmul_dot_rows_c64(a: usize, b: usize, rowBytes: usize, count: usize, c: usize): void {
  complexDots<f32>(a, b, rowBytes, count, c);
}

export function matmul_dot_rows_c128(a: usize, b: usize, rowBytes: usize, count: usize, c: usize): void {
  complexDots<f64>(a, b, rowBytes, count, c);
}
