import { addProduct } from "../../../assembly/product";
import { firstUnit } from "../../../assembly/shares";
import { solveTriangle } from "../../../assembly/triangular";

export { product_tile_f32, product_tile_f64 } from "../../../assembly/product";
export { triangle_row_f32, triangle_row_f64 } from "../../../assembly/triangular";

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
function factor<T>(rows: usize, columns: usize, a: usize, row: usize, pivots: usize, scratch: usize): usize {
  if (columns <= DIRECT) return factorDirectly<T>(rows, columns, a, row, pivots);
  const first = (columns / 2 + DIRECT - 1) / DIRECT * DIRECT;
  const rest = columns - first;
  const failed = factor<T>(rows, first, a, row, pivots, scratch);
  const right = a + first * sizeof<T>();
  const below = a + first * row;
  swapRows<T>(first, rest, right, row, pivots);
  solveTriangle<T>(true, true, first, rest, a, row, sizeof<T>(), right, row, sizeof<T>(), scratch);
  const last = right + first * row;
  addProduct<T>(-1, rows - first, rest, first, below, row, sizeof<T>(), right, row, sizeof<T>(), last, row, sizeof<T>(), scratch);
  const failedLast = factor<T>(rows - first, rest, last, row, pivots + first * 4, scratch);
  swapRows<T>(rest, first, below, row, pivots + first * 4);
  for (let j = first; j < columns; j++) store<i32>(pivots + j * 4, load<i32>(pivots + j * 4) + <i32>first);
  return failed ? failed : failedLast ? first + failedLast : 0;
}

function factorDirectly<T>(rows: usize, columns: usize, a: usize, row: usize, pivots: usize): usize {
  let failed: usize = 0;
  for (let j: usize = 0; j < columns; j++) {
    const best = sizeof<T>() == 4 ? lu_pivot_f32(a + j * 4, row, j, rows) : lu_pivot_f64(a + j * 8, row, j, rows);
    store<i32>(pivots + j * 4, <i32>best);
    if (best != j) swap<T>(a + j * row, a + best * row, columns * sizeof<T>());
    const pivot = load<T>(a + j * (row + sizeof<T>()));
    if (!(abs<T>(pivot) > <T>0) || abs<T>(pivot) == <T>Infinity) {
      if (!failed) failed = j + 1;
      if (pivot == <T>0) continue;
    }
    const source = a + j * (row + sizeof<T>());
    if (sizeof<T>() == 4) lu_eliminate_f32(source, row, rows - j - 1, columns - j - 1);
    else lu_eliminate_f64(source, row, rows - j - 1, columns - j - 1);
  }
  return failed;
}

/** The first row in [begin, end) of the largest size in a column. */
// @ts-ignore: decorator
@inline
function largest<T>(column: usize, row: usize, begin: usize, end: usize): usize {
  let best = begin;
  let size = abs<T>(load<T>(column + begin * row));
  for (let i = begin + 1; i < end; i++) {
    const other = abs<T>(load<T>(column + i * row));
    if (other > size) {
      size = other;
      best = i;
    }
  }
  return best;
}

export function lu_pivot_f32(column: usize, row: usize, begin: usize, end: usize): usize {
  return largest<f32>(column, row, begin, end);
}

export function lu_pivot_f64(column: usize, row: usize, begin: usize, end: usize): usize {
  return largest<f64>(column, row, begin, end);
}

/** Divides the column below the pivot at `source` by it, and subtracts its multiples of the pivot's row. */
// @ts-ignore: decorator
@inline
function eliminate<T>(source: usize, row: usize, rows: usize, columns: usize): void {
  const pivot = load<T>(source);
  const end = source + (rows + 1) * row;
  for (let target = source + row; target < end; target += row) {
    const factor = load<T>(target) / pivot;
    store<T>(target, factor);
    for (let j = sizeof<T>(); j <= columns * sizeof<T>(); j += sizeof<T>())
      store<T>(target + j, load<T>(target + j) - factor * load<T>(source + j));
  }
}

export function lu_eliminate_f32(source: usize, row: usize, rows: usize, columns: usize): void {
  eliminate<f32>(source, row, rows, columns);
}

export function lu_eliminate_f64(source: usize, row: usize, rows: usize, columns: usize): void {
  eliminate<f64>(source, row, rows, columns);
}

/** Exchanges row j of `columns` columns with row pivots[j], one j after the other. */
function swapRows<T>(count: usize, columns: usize, a: usize, row: usize, pivots: usize): void {
  for (let j: usize = 0; j < count; j++) {
    const other = <usize>load<i32>(pivots + j * 4);
    if (other != j) swap<T>(a + j * row, a + other * row, columns * sizeof<T>());
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
function factorPanels<T>(problem: Problem, k: usize, width: usize, slots: usize, begin: usize, end: usize): void {
  const row = problem.columns * sizeof<T>();
  for (let slot = begin; slot < end; slot++)
    for (let batch = firstUnit(problem.batches, slot, slots); batch < firstUnit(problem.batches, slot + 1, slots); batch++) {
      const pivots = pivotsOf(problem, batch) + k * 4;
      const failed = factor<T>(
        problem.rows - k, width, problem.a + batch * problem.rows * row + k * (row + sizeof<T>()), row, pivots, problem.scratch + slot * problem.slotBytes,
      );
      const status = problem.status + batch * 8;
      if (k == 0) store<i32>(status, 0);
      if (failed && !load<i32>(status)) store<i32>(status, <i32>(k + failed));
    }
}

/** Units are blocks of `width` columns beside the panel at k: rows are exchanged, and those to the right become rows of U. */
// @ts-ignore: decorator
@inline
function finishColumns<T>(problem: Problem, k: usize, width: usize, step: usize, slots: usize, begin: usize, end: usize): void {
  const row = problem.columns * sizeof<T>();
  const blocks = (problem.columns + step - 1) / step;
  const units = problem.batches * blocks;
  for (let slot = begin; slot < end; slot++)
    for (let unit = firstUnit(units, slot, slots); unit < firstUnit(units, slot + 1, slots); unit++) {
      const batch = unit / blocks;
      const from = unit % blocks * step;
      const to = min(from + step, problem.columns);
      const rows = problem.a + (batch * problem.rows + k) * row;
      const pivots = pivotsOf(problem, batch) + k * 4;
      if (from < k) swapRows<T>(width, min(to, k) - from, rows + from * sizeof<T>(), row, pivots);
      const start = max(from, k + width);
      if (start >= to) continue;
      const right = rows + start * sizeof<T>();
      swapRows<T>(width, to - start, right, row, pivots);
      solveTriangle<T>(
        true, true, width, to - start, rows + k * sizeof<T>(), row, sizeof<T>(), right, row, sizeof<T>(), problem.scratch + slot * problem.slotBytes,
      );
    }
}

/** Units are blocks of `height` rows below the panel at k: what is left to factorise is updated. */
// @ts-ignore: decorator
@inline
function updateRows<T>(problem: Problem, k: usize, width: usize, height: usize, slots: usize, begin: usize, end: usize): void {
  const row = problem.columns * sizeof<T>();
  const first = k + width;
  const blocks = (problem.rows - first + height - 1) / height;
  const units = problem.batches * blocks;
  for (let slot = begin; slot < end; slot++)
    for (let unit = firstUnit(units, slot, slots); unit < firstUnit(units, slot + 1, slots); unit++) {
      const matrix = problem.a + unit / blocks * problem.rows * row;
      const start = first + unit % blocks * height;
      const left = matrix + start * row;
      addProduct<T>(
        -1, min(height, problem.rows - start), problem.columns - first, width, left + k * sizeof<T>(), row, sizeof<T>(),
        matrix + k * row + first * sizeof<T>(), row, sizeof<T>(), left + first * sizeof<T>(), row, sizeof<T>(),
        problem.scratch + slot * problem.slotBytes,
      );
    }
}

export function lu_factor_f32(problem: usize, k: usize, width: usize, slots: usize, begin: usize, end: usize): void {
  factorPanels<f32>(changetype<Problem>(problem), k, width, slots, begin, end);
}

export function lu_factor_f64(problem: usize, k: usize, width: usize, slots: usize, begin: usize, end: usize): void {
  factorPanels<f64>(changetype<Problem>(problem), k, width, slots, begin, end);
}

export function lu_columns_f32(problem: usize, k: usize, width: usize, step: usize, slots: usize, begin: usize, end: usize): void {
  finishColumns<f32>(changetype<Problem>(problem), k, width, step, slots, begin, end);
}

export function lu_columns_f64(problem: usize, k: usize, width: usize, step: usize, slots: usize, begin: usize, end: usize): void {
  finishColumns<f64>(changetype<Problem>(problem), k, width, step, slots, begin, end);
}

export function lu_rows_f32(problem: usize, k: usize, width: usize, height: usize, slots: usize, begin: usize, end: usize): void {
  updateRows<f32>(changetype<Problem>(problem), k, width, height, slots, begin, end);
}

export function lu_rows_f64(problem: usize, k: usize, width: usize, height: usize, slots: usize, begin: usize, end: usize): void {
  updateRows<f64>(changetype<Problem>(problem), k, width, height, slots, begin, end);
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
