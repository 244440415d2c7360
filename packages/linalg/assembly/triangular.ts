import { negatedMultiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { splatAt } from "@ansatz/tensor/assembly/register-tile";
import { addProduct } from "./product";

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
 * B ← T⁻¹ B of views: T [n, n] triangular (`lower`, else upper; `unit`: its diagonal counts as ones), B [n, columns]. The other triangle of T is not read.
 */
export function solveTriangle<T>(
  lower: bool, unit: bool, n: usize, columns: usize, t: usize, tRow: usize, tColumn: usize,
  b: usize, bRow: usize, bColumn: usize, scratch: usize,
): void {
  if (columns == 0) return;
  if (n <= DIRECT) return solveDirectly<T>(lower, unit, n, columns, t, tRow, tColumn, b, bRow, bColumn, scratch);
  const first = halfOf(n);
  const rest = n - first;
  const below = b + first * bRow;
  const last = t + first * (tRow + tColumn);
  if (lower) {
    solveTriangle<T>(lower, unit, first, columns, t, tRow, tColumn, b, bRow, bColumn, scratch);
    addProduct<T>(-1, rest, columns, first, t + first * tRow, tRow, tColumn, b, bRow, bColumn, below, bRow, bColumn, scratch);
    solveTriangle<T>(lower, unit, rest, columns, last, tRow, tColumn, below, bRow, bColumn, scratch);
  } else {
    solveTriangle<T>(lower, unit, rest, columns, last, tRow, tColumn, below, bRow, bColumn, scratch);
    addProduct<T>(-1, first, columns, rest, t + first * tColumn, tRow, tColumn, below, bRow, bColumn, b, bRow, bColumn, scratch);
    solveTriangle<T>(lower, unit, first, columns, t, tRow, tColumn, b, bRow, bColumn, scratch);
  }
}

function solveDirectly<T>(
  lower: bool, unit: bool, n: usize, columns: usize, t: usize, tRow: usize, tColumn: usize,
  b: usize, bRow: usize, bColumn: usize, scratch: usize,
): void {
  if (bColumn == sizeof<T>()) {
    solveRows<T>(lower, unit, n, columns, t, tRow, tColumn, b, bRow);
    return;
  }
  const stride = CHUNK * sizeof<T>();
  for (let column: usize = 0; column < columns; column += CHUNK) {
    const count = min(CHUNK, columns - column);
    const source = b + column * bColumn;
    for (let j: usize = 0; j < count; j++)
      for (let i: usize = 0; i < n; i++)
        store<T>(scratch + i * stride + j * sizeof<T>(), load<T>(source + i * bRow + j * bColumn));
    solveRows<T>(lower, unit, n, count, t, tRow, tColumn, scratch, stride);
    for (let j: usize = 0; j < count; j++)
      for (let i: usize = 0; i < n; i++)
        store<T>(source + i * bRow + j * bColumn, load<T>(scratch + i * stride + j * sizeof<T>()));
  }
}

/** B with contiguous rows: a few vectors of columns at a time, row after row. */
function solveRows<T>(
  lower: bool, unit: bool, n: usize, columns: usize, t: usize, tRow: usize, tColumn: usize, b: usize, bRow: usize,
): void {
  const lanes: usize = 16 / sizeof<T>();
  let column: usize = 0;
  for (; column + 4 * lanes <= columns; column += 4 * lanes)
    for (let step: usize = 0; step < n; step++) {
      const i = lower ? step : n - 1 - step;
      if (sizeof<T>() == 4) triangle_row_f32(unit, i, lower ? 0 : i + 1, lower ? i : n, t, tRow, tColumn, b + column * 4, bRow);
      else triangle_row_f64(unit, i, lower ? 0 : i + 1, lower ? i : n, t, tRow, tColumn, b + column * 8, bRow);
    }
  for (; column < columns; column++)
    for (let step: usize = 0; step < n; step++) {
      const i = lower ? step : n - 1 - step;
      const at = b + i * bRow + column * sizeof<T>();
      let x = load<T>(at);
      const end = lower ? i : n;
      for (let j: usize = lower ? 0 : i + 1; j < end; j++)
        x -= load<T>(t + i * tRow + j * tColumn) * load<T>(b + j * bRow + column * sizeof<T>());
      store<T>(at, unit ? x : x / load<T>(t + i * (tRow + tColumn)));
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
