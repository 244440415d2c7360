import { negatedMultiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { swapParts } from "@ansatz/tensor/assembly/matrix-element";
import { splatAt } from "@ansatz/tensor/assembly/register-tile";
import { bytesOf, copyElement, imaginaryAt, isComplex, put, putQuotient } from "./elements";
import { addProductOf } from "./product";
import { alternating } from "./complex-vectors";

/** Up to so many unknowns are solved for directly; larger systems are halved, so that nearly all of the work is products of matrices. */
// @ts-ignore: decorator
@inline
const DIRECT: usize = 16;

/** Right-hand sides with contiguous columns are transposed so many at a time. */
// @ts-ignore: decorator
@inline
const CHUNK: usize = 64;

/** The half of n at which a matrix is cut, a multiple of DIRECT. */
// @ts-ignore: decorator
@inline
export function halfOf(n: usize): usize {
  return (n / 2 + DIRECT - 1) / DIRECT * DIRECT;
}

/**
 * B ← T⁻¹ B of views: T [n, n] triangular (`lower`, else upper; `unit`: its diagonal counts as ones; `conjugate`: its conjugate), B [n, columns].
 * The other triangle of T is not read.
 */
export function solveTriangle<T, K>(
  conjugate: bool, lower: bool, unit: bool, n: usize, columns: usize, t: usize, tRow: usize, tColumn: usize,
  b: usize, bRow: usize, bColumn: usize, scratch: usize,
): void {
  if (columns == 0) return;
  if (n <= DIRECT) return solveDirectly<T, K>(conjugate, lower, unit, n, columns, t, tRow, tColumn, b, bRow, bColumn, scratch);
  const first = halfOf(n);
  const rest = n - first;
  const below = b + first * bRow;
  const last = t + first * (tRow + tColumn);
  if (lower) {
    solveTriangle<T, K>(conjugate, lower, unit, first, columns, t, tRow, tColumn, b, bRow, bColumn, scratch);
    addProductOf<T, K>(conjugate, false, -1, rest, columns, first, t + first * tRow, tRow, tColumn, b, bRow, bColumn, below, bRow, bColumn, scratch);
    solveTriangle<T, K>(conjugate, lower, unit, rest, columns, last, tRow, tColumn, below, bRow, bColumn, scratch);
  } else {
    solveTriangle<T, K>(conjugate, lower, unit, rest, columns, last, tRow, tColumn, below, bRow, bColumn, scratch);
    addProductOf<T, K>(conjugate, false, -1, first, columns, rest, t + first * tColumn, tRow, tColumn, below, bRow, bColumn, b, bRow, bColumn, scratch);
    solveTriangle<T, K>(conjugate, lower, unit, first, columns, t, tRow, tColumn, b, bRow, bColumn, scratch);
  }
}

function solveDirectly<T, K>(
  conjugate: bool, lower: bool, unit: bool, n: usize, columns: usize, t: usize, tRow: usize, tColumn: usize,
  b: usize, bRow: usize, bColumn: usize, scratch: usize,
): void {
  const size = bytesOf<T, K>();
  if (bColumn == size) {
    solveRows<T, K>(conjugate, lower, unit, n, columns, t, tRow, tColumn, b, bRow);
    return;
  }
  const stride = CHUNK * size;
  for (let column: usize = 0; column < columns; column += CHUNK) {
    const count = min(CHUNK, columns - column);
    const source = b + column * bColumn;
    for (let j: usize = 0; j < count; j++)
      for (let i: usize = 0; i < n; i++) copyElement<T, K>(source + i * bRow + j * bColumn, scratch + i * stride + j * size);
    solveRows<T, K>(conjugate, lower, unit, n, count, t, tRow, tColumn, scratch, stride);
    for (let j: usize = 0; j < count; j++)
      for (let i: usize = 0; i < n; i++) copyElement<T, K>(scratch + i * stride + j * size, source + i * bRow + j * bColumn);
  }
}

/** B with contiguous rows: a few vectors of columns at a time, row after row. */
function solveRows<T, K>(
  conjugate: bool, lower: bool, unit: bool, n: usize, columns: usize, t: usize, tRow: usize, tColumn: usize, b: usize, bRow: usize,
): void {
  const size = bytesOf<T, K>();
  const width = 64 / bytesOf<T, K>();
  let column: usize = 0;
  for (; column + width <= columns; column += width)
    for (let step: usize = 0; step < n; step++) {
      const i = lower ? step : n - 1 - step;
      const from: usize = lower ? 0 : i + 1, to = lower ? i : n, at = b + column * size;
      if (isComplex<K>()) {
        if (sizeof<T>() == 4) triangle_row_c64(conjugate, unit, i, from, to, t, tRow, tColumn, at, bRow);
        else triangle_row_c128(conjugate, unit, i, from, to, t, tRow, tColumn, at, bRow);
      } else if (sizeof<T>() == 4) triangle_row_f32(unit, i, from, to, t, tRow, tColumn, at, bRow);
      else triangle_row_f64(unit, i, from, to, t, tRow, tColumn, at, bRow);
    }
  for (; column < columns; column++)
    for (let step: usize = 0; step < n; step++) {
      const i = lower ? step : n - 1 - step;
      const at = b + i * bRow + column * size, pivot = t + i * (tRow + tColumn);
      const end = lower ? i : n;
      let x = load<T>(at), y: T = isComplex<K>() ? imaginaryAt<T>(at) : <T>0;
      for (let j: usize = lower ? 0 : i + 1; j < end; j++) {
        const factor = t + i * tRow + j * tColumn, known = b + j * bRow + column * size;
        x -= load<T>(factor) * load<T>(known);
        if (!isComplex<K>()) continue;
        const part: T = conjugate ? -imaginaryAt<T>(factor) : imaginaryAt<T>(factor);
        x += part * imaginaryAt<T>(known);
        y -= load<T>(factor) * imaginaryAt<T>(known) + part * load<T>(known);
      }
      if (!isComplex<K>()) store<T>(at, unit ? x : x / load<T>(pivot));
      else if (unit) put<T>(at, x, y);
      else putQuotient<T>(at, x, y, load<T>(pivot), conjugate ? -imaginaryAt<T>(pivot) : imaginaryAt<T>(pivot));
    }
}

/** Row i of four vectors of columns, the rows [begin, end) being known. */
// @ts-ignore: decorator
@inline
function solveRow<T>(
  unit: bool, i: usize, begin: usize, end: usize, t: usize, tRow: usize, tColumn: usize, b: usize, bRow: usize,
): void {
  const at = b + i * bRow;
  let x0 = v128.load(at), x1 = v128.load(at, 16), x2 = v128.load(at, 32), x3 = v128.load(at, 48);
  let known = b + begin * bRow;
  for (let j = begin; j < end; j++, known += bRow) {
    const factor = splatAt<T>(t + i * tRow + j * tColumn);
    x0 = negatedMultiplyAdd<T>(factor, v128.load(known), x0);
    x1 = negatedMultiplyAdd<T>(factor, v128.load(known, 16), x1);
    x2 = negatedMultiplyAdd<T>(factor, v128.load(known, 32), x2);
    x3 = negatedMultiplyAdd<T>(factor, v128.load(known, 48), x3);
  }
  if (!unit) {
    const pivot = splatAt<T>(t + i * (tRow + tColumn));
    x0 = v128.div<T>(x0, pivot);
    x1 = v128.div<T>(x1, pivot);
    x2 = v128.div<T>(x2, pivot);
    x3 = v128.div<T>(x3, pivot);
  }
  v128.store(at, x0);
  v128.store(at, x1, 16);
  v128.store(at, x2, 32);
  v128.store(at, x3, 48);
}

// Exported for the reason given in product.ts.
export function triangle_row_f32(
  unit: bool, i: usize, begin: usize, end: usize, t: usize, tRow: usize, tColumn: usize, b: usize, bRow: usize,
): void {
  solveRow<f32>(unit, i, begin, end, t, tRow, tColumn, b, bRow);
}

export function triangle_row_f64(
  unit: bool, i: usize, begin: usize, end: usize, t: usize, tRow: usize, tColumn: usize, b: usize, bRow: usize,
): void {
  solveRow<f64>(unit, i, begin, end, t, tRow, tColumn, b, bRow);
}

/** `solveRow` of complex numbers. */
// @ts-ignore: decorator
@inline
function solveComplexRow<T>(
  conjugate: bool, unit: bool, i: usize, begin: usize, end: usize, t: usize, tRow: usize, tColumn: usize, b: usize, bRow: usize,
): void {
  const at = b + i * bRow;
  let x0 = v128.load(at), x1 = v128.load(at, 16), x2 = v128.load(at, 32), x3 = v128.load(at, 48);
  let known = b + begin * bRow;
  for (let j = begin; j < end; j++, known += bRow) {
    const factor = t + i * tRow + j * tColumn;
    const re = splatAt<T>(factor);
    const im = alternating<T>(conjugate ? -imaginaryAt<T>(factor) : imaginaryAt<T>(factor));
    const k0 = v128.load(known), k1 = v128.load(known, 16), k2 = v128.load(known, 32), k3 = v128.load(known, 48);
    x0 = negatedMultiplyAdd<T>(im, swapParts<T>(k0), negatedMultiplyAdd<T>(re, k0, x0));
    x1 = negatedMultiplyAdd<T>(im, swapParts<T>(k1), negatedMultiplyAdd<T>(re, k1, x1));
    x2 = negatedMultiplyAdd<T>(im, swapParts<T>(k2), negatedMultiplyAdd<T>(re, k2, x2));
    x3 = negatedMultiplyAdd<T>(im, swapParts<T>(k3), negatedMultiplyAdd<T>(re, k3, x3));
  }
  v128.store(at, x0);
  v128.store(at, x1, 16);
  v128.store(at, x2, 32);
  v128.store(at, x3, 48);
  if (unit) return;
  const pivot = t + i * (tRow + tColumn);
  const re = load<T>(pivot), im: T = conjugate ? -imaginaryAt<T>(pivot) : imaginaryAt<T>(pivot);
  for (let element = at; element < at + 64; element += 2 * sizeof<T>())
    putQuotient<T>(element, load<T>(element), imaginaryAt<T>(element), re, im);
}

export function triangle_row_c64(
  conjugate: bool, unit: bool, i: usize, begin: usize, end: usize, t: usize, tRow: usize, tColumn: usize, b: usize, bRow: usize,
): void {
  solveComplexRow<f32>(conjugate, unit, i, begin, end, t, tRow, tColumn, b, bRow);
}

export function triangle_row_c128(
  conjugate: bool, unit: bool, i: usize, begin: usize, end: usize, t: usize, tRow: usize, tColumn: usize, b: usize, bRow: usize,
): void {
  solveComplexRow<f64>(conjugate, unit, i, begin, end, t, tRow, tColumn, b, bRow);
}
