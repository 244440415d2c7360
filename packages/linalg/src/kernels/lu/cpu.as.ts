import { bytesOf, Complex, imaginaryAt, isComplex, put, putQuotient, Real } from "../../../assembly/elements";
import { addProductOf } from "../../../assembly/product";
import { firstUnit } from "../../../assembly/shares";
import { solveTriangle } from "../../../assembly/triangular";

export { product_tile_c64, product_tile_c128, product_tile_f32, product_tile_f64 } from "../../../assembly/product";
export { triangle_row_c64, triangle_row_c128, triangle_row_f32, triangle_row_f64 } from "../../../assembly/triangular";

/** Panels of so many columns are eliminated column by column. */
// @ts-ignore: decorator
@inline
const DIRECT: usize = 8;

/** What is factorised: [rows, columns] matrices one after the other, `pivots` int32 [batches, min(rows, columns)] and the numbers of the first zero pivots. */
// @ts-ignore: decorator
@unmanaged
export class Problem {
  a: usize;
  rows: usize;
  columns: usize;
  batches: usize;
  pivots: usize;
  permutation: usize;
  status: usize;
  slotBytes: usize;
  scratch: usize;
}

/**
 * P A = L U in place for a panel of at least as many rows as columns, by halves (S. Toledo, "Locality of reference in LU decomposition with partial pivoting", 1997).
 * Pivots are counted from the panel's first row. Returns the number of the first pivot, from 1, that is zero or not finite, or 0.
 */
function factor<T, K>(rows: usize, columns: usize, a: usize, row: usize, pivots: usize, scratch: usize): usize {
  if (columns <= DIRECT) return factorDirectly<T, K>(rows, columns, a, row, pivots);
  const first = (columns / 2 + DIRECT - 1) / DIRECT * DIRECT;
  const rest = columns - first;
  const failed = factor<T, K>(rows, first, a, row, pivots, scratch);
  const right = a + first * bytesOf<T, K>();
  const below = a + first * row;
  swapRows<T, K>(first, rest, right, row, pivots);
  solveTriangle<T, K>(false, true, true, first, rest, a, row, bytesOf<T, K>(), right, row, bytesOf<T, K>(), scratch);
  const last = right + first * row;
  addProductOf<T, K>(false, false, -1, rows - first, rest, first, below, row, bytesOf<T, K>(), right, row, bytesOf<T, K>(), last, row, bytesOf<T, K>(), scratch);
  const failedLast = factor<T, K>(rows - first, rest, last, row, pivots + first * 4, scratch);
  swapRows<T, K>(rest, first, below, row, pivots + first * 4);
  for (let j = first; j < columns; j++) store<i32>(pivots + j * 4, load<i32>(pivots + j * 4) + <i32>first);
  return failed ? failed : failedLast ? first + failedLast : 0;
}

function factorDirectly<T, K>(rows: usize, columns: usize, a: usize, row: usize, pivots: usize): usize {
  const element = bytesOf<T, K>();
  let failed: usize = 0;
  for (let j: usize = 0; j < columns; j++) {
    const source = a + j * (row + element);
    const best = pivotOf<T, K>(a + j * element, row, j, rows);
    store<i32>(pivots + j * 4, <i32>best);
    if (best != j) swap<T>(a + j * row, a + best * row, columns * element);
    const size = sizeAt<T, K>(source);
    if (!(size > <T>0) || size == <T>Infinity) {
      if (!failed) failed = j + 1;
      if (size == <T>0) continue;
    }
    if (isComplex<K>()) {
      if (sizeof<T>() == 4) lu_eliminate_c64(source, row, rows - j - 1, columns - j - 1);
      else lu_eliminate_c128(source, row, rows - j - 1, columns - j - 1);
    } else if (sizeof<T>() == 4) lu_eliminate_f32(source, row, rows - j - 1, columns - j - 1);
    else lu_eliminate_f64(source, row, rows - j - 1, columns - j - 1);
  }
  return failed;
}

/** What pivots are compared by: of complex numbers |Re| + |Im|. */
// @ts-ignore: decorator
@inline
function sizeAt<T, K>(at: usize): T {
  return isComplex<K>() ? abs<T>(load<T>(at)) + abs<T>(imaginaryAt<T>(at)) : abs<T>(load<T>(at));
}

// @ts-ignore: decorator
@inline
function pivotOf<T, K>(column: usize, row: usize, begin: usize, end: usize): usize {
  if (isComplex<K>()) return sizeof<T>() == 4 ? lu_pivot_c64(column, row, begin, end) : lu_pivot_c128(column, row, begin, end);
  return sizeof<T>() == 4 ? lu_pivot_f32(column, row, begin, end) : lu_pivot_f64(column, row, begin, end);
}

/** The first row in [begin, end) of the largest size in a column. */
// @ts-ignore: decorator
@inline
function largest<T, K>(column: usize, row: usize, begin: usize, end: usize): usize {
  let best = begin;
  let size = sizeAt<T, K>(column + begin * row);
  for (let i = begin + 1; i < end; i++) {
    const other = sizeAt<T, K>(column + i * row);
    if (other > size) {
      size = other;
      best = i;
    }
  }
  return best;
}

export function lu_pivot_f32(column: usize, row: usize, begin: usize, end: usize): usize {
  return largest<f32, Real>(column, row, begin, end);
}

export function lu_pivot_f64(column: usize, row: usize, begin: usize, end: usize): usize {
  return largest<f64, Real>(column, row, begin, end);
}

export function lu_pivot_c64(column: usize, row: usize, begin: usize, end: usize): usize {
  return largest<f32, Complex>(column, row, begin, end);
}

export function lu_pivot_c128(column: usize, row: usize, begin: usize, end: usize): usize {
  return largest<f64, Complex>(column, row, begin, end);
}

/** Divides the column below the pivot at `source` by it, and subtracts its multiples of the pivot's row. */
// @ts-ignore: decorator
@inline
function eliminate<T, K>(source: usize, row: usize, rows: usize, columns: usize): void {
  const pivot = load<T>(source);
  const size = bytesOf<T, K>();
  const end = source + (rows + 1) * row;
  for (let target = source + row; target < end; target += row) {
    if (isComplex<K>()) {
      putQuotient<T>(target, load<T>(target), imaginaryAt<T>(target), pivot, imaginaryAt<T>(source));
      const re = load<T>(target), im = imaginaryAt<T>(target);
      for (let j = size; j <= columns * size; j += size) {
        const x = load<T>(source + j), y = imaginaryAt<T>(source + j);
        put<T>(target + j, load<T>(target + j) - re * x + im * y, imaginaryAt<T>(target + j) - re * y - im * x);
      }
      continue;
    }
    const factor = load<T>(target) / pivot;
    store<T>(target, factor);
    for (let j = size; j <= columns * size; j += size) store<T>(target + j, load<T>(target + j) - factor * load<T>(source + j));
  }
}

export function lu_eliminate_f32(source: usize, row: usize, rows: usize, columns: usize): void {
  eliminate<f32, Real>(source, row, rows, columns);
}

export function lu_eliminate_f64(source: usize, row: usize, rows: usize, columns: usize): void {
  eliminate<f64, Real>(source, row, rows, columns);
}

export function lu_eliminate_c64(source: usize, row: usize, rows: usize, columns: usize): void {
  eliminate<f32, Complex>(source, row, rows, columns);
}

export function lu_eliminate_c128(source: usize, row: usize, rows: usize, columns: usize): void {
  eliminate<f64, Complex>(source, row, rows, columns);
}

/** Exchanges row j of `columns` columns with row pivots[j], one j after the other. */
function swapRows<T, K>(count: usize, columns: usize, a: usize, row: usize, pivots: usize): void {
  for (let j: usize = 0; j < count; j++) {
    const other = <usize>load<i32>(pivots + j * 4);
    if (other != j) swap<T>(a + j * row, a + other * row, columns * bytesOf<T, K>());
  }
}

function swap<T>(a: usize, b: usize, bytes: usize): void {
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const moved = v128.load(a + at);
    v128.store(a + at, v128.load(b + at));
    v128.store(b + at, moved);
  }
  for (; at < bytes; at += sizeof<T>()) {
    const moved = load<T>(a + at);
    store<T>(a + at, load<T>(b + at));
    store<T>(b + at, moved);
  }
}

// @ts-ignore: decorator
@inline
function pivotsOf(problem: Problem, batch: usize): usize {
  return problem.pivots + batch * min(problem.rows, problem.columns) * 4;
}

/** Factorises the panel of columns [k, k + width) of every matrix. */
// @ts-ignore: decorator
@inline
function factorPanels<T, K>(problem: Problem, k: usize, width: usize, slots: usize, begin: usize, end: usize): void {
  const row = problem.columns * bytesOf<T, K>();
  for (let slot = begin; slot < end; slot++)
    for (let batch = firstUnit(problem.batches, slot, slots); batch < firstUnit(problem.batches, slot + 1, slots); batch++) {
      const pivots = pivotsOf(problem, batch) + k * 4;
      const failed = factor<T, K>(
        problem.rows - k, width, problem.a + batch * problem.rows * row + k * (row + bytesOf<T, K>()), row, pivots, problem.scratch + slot * problem.slotBytes,
      );
      const status = problem.status + batch * 8;
      if (k == 0) store<i32>(status, 0);
      if (failed && !load<i32>(status)) store<i32>(status, <i32>(k + failed));
    }
}

/** Units are blocks of `width` columns beside the panel at k: rows are exchanged, and those to the right become rows of U. */
// @ts-ignore: decorator
@inline
function finishColumns<T, K>(problem: Problem, k: usize, width: usize, step: usize, slots: usize, begin: usize, end: usize): void {
  const row = problem.columns * bytesOf<T, K>();
  const blocks = (problem.columns + step - 1) / step;
  const units = problem.batches * blocks;
  for (let slot = begin; slot < end; slot++)
    for (let unit = firstUnit(units, slot, slots); unit < firstUnit(units, slot + 1, slots); unit++) {
      const batch = unit / blocks;
      const from = unit % blocks * step;
      const to = min(from + step, problem.columns);
      const rows = problem.a + (batch * problem.rows + k) * row;
      const pivots = pivotsOf(problem, batch) + k * 4;
      if (from < k) swapRows<T, K>(width, min(to, k) - from, rows + from * bytesOf<T, K>(), row, pivots);
      const start = max(from, k + width);
      if (start >= to) continue;
      const right = rows + start * bytesOf<T, K>();
      swapRows<T, K>(width, to - start, right, row, pivots);
      solveTriangle<T, K>(
        false, true, true, width, to - start, rows + k * bytesOf<T, K>(), row, bytesOf<T, K>(), right, row, bytesOf<T, K>(), problem.scratch + slot * problem.slotBytes,
      );
    }
}

/** Units are blocks of `height` rows below the panel at k: what is left to factorise is updated. */
// @ts-ignore: decorator
@inline
function updateRows<T, K>(problem: Problem, k: usize, width: usize, height: usize, slots: usize, begin: usize, end: usize): void {
  const row = problem.columns * bytesOf<T, K>();
  const first = k + width;
  const blocks = (problem.rows - first + height - 1) / height;
  const units = problem.batches * blocks;
  for (let slot = begin; slot < end; slot++)
    for (let unit = firstUnit(units, slot, slots); unit < firstUnit(units, slot + 1, slots); unit++) {
      const matrix = problem.a + unit / blocks * problem.rows * row;
      const start = first + unit % blocks * height;
      const left = matrix + start * row;
      addProductOf<T, K>(
        false, false, -1, min(height, problem.rows - start), problem.columns - first, width, left + k * bytesOf<T, K>(), row, bytesOf<T, K>(),
        matrix + k * row + first * bytesOf<T, K>(), row, bytesOf<T, K>(), left + first * bytesOf<T, K>(), row, bytesOf<T, K>(),
        problem.scratch + slot * problem.slotBytes,
      );
    }
}

export function lu_factor_f32(problem: usize, k: usize, width: usize, slots: usize, begin: usize, end: usize): void {
  factorPanels<f32, Real>(changetype<Problem>(problem), k, width, slots, begin, end);
}

export function lu_factor_f64(problem: usize, k: usize, width: usize, slots: usize, begin: usize, end: usize): void {
  factorPanels<f64, Real>(changetype<Problem>(problem), k, width, slots, begin, end);
}

export function lu_factor_c64(problem: usize, k: usize, width: usize, slots: usize, begin: usize, end: usize): void {
  factorPanels<f32, Complex>(changetype<Problem>(problem), k, width, slots, begin, end);
}

export function lu_factor_c128(problem: usize, k: usize, width: usize, slots: usize, begin: usize, end: usize): void {
  factorPanels<f64, Complex>(changetype<Problem>(problem), k, width, slots, begin, end);
}

export function lu_columns_f32(problem: usize, k: usize, width: usize, step: usize, slots: usize, begin: usize, end: usize): void {
  finishColumns<f32, Real>(changetype<Problem>(problem), k, width, step, slots, begin, end);
}

export function lu_columns_f64(problem: usize, k: usize, width: usize, step: usize, slots: usize, begin: usize, end: usize): void {
  finishColumns<f64, Real>(changetype<Problem>(problem), k, width, step, slots, begin, end);
}

export function lu_columns_c64(problem: usize, k: usize, width: usize, step: usize, slots: usize, begin: usize, end: usize): void {
  finishColumns<f32, Complex>(changetype<Problem>(problem), k, width, step, slots, begin, end);
}

export function lu_columns_c128(problem: usize, k: usize, width: usize, step: usize, slots: usize, begin: usize, end: usize): void {
  finishColumns<f64, Complex>(changetype<Problem>(problem), k, width, step, slots, begin, end);
}

export function lu_rows_f32(problem: usize, k: usize, width: usize, height: usize, slots: usize, begin: usize, end: usize): void {
  updateRows<f32, Real>(changetype<Problem>(problem), k, width, height, slots, begin, end);
}

export function lu_rows_f64(problem: usize, k: usize, width: usize, height: usize, slots: usize, begin: usize, end: usize): void {
  updateRows<f64, Real>(changetype<Problem>(problem), k, width, height, slots, begin, end);
}

export function lu_rows_c64(problem: usize, k: usize, width: usize, height: usize, slots: usize, begin: usize, end: usize): void {
  updateRows<f32, Complex>(changetype<Problem>(problem), k, width, height, slots, begin, end);
}

export function lu_rows_c128(problem: usize, k: usize, width: usize, height: usize, slots: usize, begin: usize, end: usize): void {
  updateRows<f64, Complex>(changetype<Problem>(problem), k, width, height, slots, begin, end);
}

/** From the exchanges, counted from the first row of their panel of `block` columns, to permutations and their signs. */
export function lu_permutation(problem: usize, block: usize, begin: usize, end: usize): void {
  const p = changetype<Problem>(problem);
  const count = min(p.rows, p.columns);
  for (let batch = begin; batch < end; batch++) {
    const pivots = pivotsOf(p, batch);
    const permutation = p.permutation + batch * p.rows * 4;
    let sign = 1;
    for (let i: usize = 0; i < p.rows; i++) store<i32>(permutation + i * 4, <i32>i);
    for (let j: usize = 0; j < count; j++) {
      const other = j / block * block + load<i32>(pivots + j * 4);
      if (other == j) continue;
      sign = -sign;
      const moved = load<i32>(permutation + j * 4);
      store<i32>(permutation + j * 4, load<i32>(permutation + other * 4));
      store<i32>(permutation + other * 4, moved);
    }
    if (count == 0) store<i32>(p.status + batch * 8, 0);
    store<i32>(p.status + batch * 8, sign, 4);
  }
}
