import { addProduct } from "../../../assembly/product";
import { firstUnit } from "../../../assembly/shares";
import { halfOf, solveTriangle } from "../../../assembly/triangular";

export { product_tile_f32, product_tile_f64 } from "../../../assembly/product";
export { triangle_row_f32, triangle_row_f64 } from "../../../assembly/triangular";

/** Up to this size a matrix is factorised row by row. */
// @ts-ignore: decorator
@inline
const DIRECT: usize = 16;

/** Diagonal blocks of an update are computed whole up to this size: what falls into the upper triangle does not matter. */
// @ts-ignore: decorator
@inline
const WHOLE: usize = 64;

/** Rows that a unit of work takes. */
// @ts-ignore: decorator
@inline
const ROWS: usize = 64;

/** Factorises the lower triangle in place. Returns 0, or the order of the first leading minor that is not positive. */
function factor<T>(n: usize, a: usize, row: usize, scratch: usize): usize {
  if (n <= DIRECT) return factorDirectly<T>(n, a, row);
  const first = halfOf(n);
  const rest = n - first;
  const below = a + first * row;
  const failed = factor<T>(first, a, row, scratch);
  if (failed) return failed;
  solveBelow<T>(rest, first, a, below, row, scratch);
  const last = below + first * sizeof<T>();
  update<T>(rest, first, below, last, row, scratch);
  const failedBelow = factor<T>(rest, last, row, scratch);
  return failedBelow ? first + failedBelow : 0;
}

function factorDirectly<T>(n: usize, a: usize, row: usize): usize {
  for (let i: usize = 0; i < n; i++) {
    const rowI = a + i * row;
    for (let j: usize = 0; j <= i; j++) {
      const rowJ = a + j * row;
      let sum = load<T>(rowI + j * sizeof<T>());
      for (let k: usize = 0; k < j; k++) sum -= load<T>(rowI + k * sizeof<T>()) * load<T>(rowJ + k * sizeof<T>());
      if (j < i) {
        store<T>(rowI + j * sizeof<T>(), sum / load<T>(rowJ + j * sizeof<T>()));
        continue;
      }
      // Not positive, and NaN; +∞ is no pivot either.
      if (!(sum > <T>0) || sum == <T>Infinity) return i + 1;
      store<T>(rowI + j * sizeof<T>(), sqrt<T>(sum));
    }
  }
  return 0;
}

/** Rows X ← X L⁻ᵀ for the lower triangle L [n, n]. */
// @ts-ignore: decorator
@inline
function solveBelow<T>(rows: usize, n: usize, l: usize, x: usize, row: usize, scratch: usize): void {
  solveTriangle<T>(true, false, n, rows, l, row, sizeof<T>(), x, sizeof<T>(), row, scratch);
}

/** The lower triangle of C −= X Xᵀ. */
function update<T>(n: usize, depth: usize, x: usize, c: usize, row: usize, scratch: usize): void {
  if (n <= WHOLE) return addProduct<T>(-1, n, n, depth, x, row, sizeof<T>(), x, sizeof<T>(), row, c, row, sizeof<T>(), scratch);
  const first = halfOf(n);
  const below = x + first * row;
  update<T>(first, depth, x, c, row, scratch);
  addProduct<T>(-1, n - first, first, depth, below, row, sizeof<T>(), x, sizeof<T>(), row, c + first * row, row, sizeof<T>(), scratch);
  update<T>(n - first, depth, below, c + first * (row + sizeof<T>()), row, scratch);
}

// @ts-ignore: decorator
@inline
function factorBlocks<T>(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize,
  begin: usize, end: usize,
): void {
  const row = n * sizeof<T>();
  for (let slot = begin; slot < end; slot++)
    for (let batch = firstUnit(batches, slot, slots); batch < firstUnit(batches, slot + 1, slots); batch++) {
      const status = info + batch * 4;
      if (k == 0) store<i32>(status, 0);
      else if (load<i32>(status)) continue;
      const failed = factor<T>(width, a + batch * n * row + k * (row + sizeof<T>()), row, scratch + slot * slotBytes);
      if (failed) store<i32>(status, <i32>(k + failed));
    }
}

/** Units are blocks of rows below the block at k: solved for (`updating` false), then used to update the triangle that is left (true). */
// @ts-ignore: decorator
@inline
function treatRows<T>(
  updating: bool, a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize,
  begin: usize, end: usize,
): void {
  const row = n * sizeof<T>();
  const first = k + width;
  const blocks = (n - first + ROWS - 1) / ROWS;
  const units = batches * blocks;
  for (let slot = begin; slot < end; slot++)
    // Every `slots`-th unit: later blocks of rows are longer.
    for (let unit = slot; unit < units; unit += slots) {
      const batch = unit / blocks;
      if (load<i32>(info + batch * 4)) continue;
      const matrix = a + batch * n * row;
      const start = first + unit % blocks * ROWS;
      const rows = min(ROWS, n - start);
      const x = matrix + start * row + k * sizeof<T>();
      const room = scratch + slot * slotBytes;
      if (!updating) {
        solveBelow<T>(rows, width, matrix + k * (row + sizeof<T>()), x, row, room);
        continue;
      }
      const others = matrix + first * row + k * sizeof<T>();
      const columns = start + rows - first;
      addProduct<T>(
        -1, rows, columns, width, x, row, sizeof<T>(), others, sizeof<T>(), row, matrix + start * row + first * sizeof<T>(), row, sizeof<T>(), room,
      );
    }
}

/** Makes the upper triangle zero; a matrix that is not positive definite becomes NaN below. */
// @ts-ignore: decorator
@inline
function finish<T>(a: usize, info: usize, n: usize, begin: usize, end: usize): void {
  for (let batch = begin; batch < end; batch++) {
    const failed = load<i32>(info + batch * 4) != 0;
    for (let i: usize = 0; i < n; i++) {
      const row = a + (batch * n + i) * n * sizeof<T>();
      memory.fill(row + (i + 1) * sizeof<T>(), 0, (n - i - 1) * sizeof<T>());
      if (failed) for (let j: usize = 0; j <= i; j++) store<T>(row + j * sizeof<T>(), <T>NaN);
    }
  }
}

export function cholesky_factor_f32(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  factorBlocks<f32>(a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_factor_f64(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  factorBlocks<f64>(a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_solve_f32(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  treatRows<f32>(false, a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_solve_f64(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  treatRows<f64>(false, a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_update_f32(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  treatRows<f32>(true, a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_update_f64(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  treatRows<f64>(true, a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_finish_f32(a: usize, info: usize, n: usize, begin: usize, end: usize): void {
  finish<f32>(a, info, n, begin, end);
}

export function cholesky_finish_f64(a: usize, info: usize, n: usize, begin: usize, end: usize): void {
  finish<f64>(a, info, n, begin, end);
}
