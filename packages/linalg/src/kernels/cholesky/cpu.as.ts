import { factorCholesky, solveBelow } from "../../../assembly/cholesky";
import { bytesOf, Complex, isComplex, put, Real } from "../../../assembly/elements";
import { addProductOf } from "../../../assembly/product";
import { firstUnit } from "../../../assembly/shares";

export { product_tile_c64, product_tile_c128, product_tile_f32, product_tile_f64 } from "../../../assembly/product";
export { triangle_row_c64, triangle_row_c128, triangle_row_f32, triangle_row_f64 } from "../../../assembly/triangular";

/** Rows that a unit of work takes. */
// @ts-ignore: decorator
@inline
const ROWS: usize = 64;

// @ts-ignore: decorator
@inline
function factorBlocks<T, K>(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize,
  begin: usize, end: usize,
): void {
  const size = bytesOf<T, K>();
  const row = n * size;
  for (let slot = begin; slot < end; slot++)
    for (let batch = firstUnit(batches, slot, slots); batch < firstUnit(batches, slot + 1, slots); batch++) {
      const status = info + batch * 4;
      if (k == 0) store<i32>(status, 0);
      else if (load<i32>(status)) continue;
      const failed = factorCholesky<T, K>(width, a + batch * n * row + k * (row + size), row, scratch + slot * slotBytes);
      if (failed) store<i32>(status, <i32>(k + failed));
    }
}

/** Units are blocks of rows below the block at k: solved for (`updating` false), then used to update the triangle that is left (true). */
// @ts-ignore: decorator
@inline
function treatRows<T, K>(
  updating: bool, a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize,
  begin: usize, end: usize,
): void {
  const size = bytesOf<T, K>();
  const row = n * size;
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
      const x = matrix + start * row + k * size;
      const room = scratch + slot * slotBytes;
      if (!updating) {
        solveBelow<T, K>(rows, width, matrix + k * (row + size), x, row, room);
        continue;
      }
      const others = matrix + first * row + k * size;
      const columns = start + rows - first;
      addProductOf<T, K>(
        false, true, -1, rows, columns, width, x, row, size, others, size, row, matrix + start * row + first * size, row, size, room,
      );
    }
}

// @ts-ignore: decorator
@inline
function fillNaN<T, K>(count: usize, row: usize): void {
  for (let j: usize = 0; j < count; j++)
    if (isComplex<K>()) put<T>(row + j * bytesOf<T, K>(), <T>NaN, <T>NaN);
    else store<T>(row + j * sizeof<T>(), <T>NaN);
}

/** Makes the upper triangle zero; a matrix that is not positive definite becomes NaN below. */
// @ts-ignore: decorator
@inline
function finish<T, K>(a: usize, info: usize, n: usize, begin: usize, end: usize): void {
  const size = bytesOf<T, K>();
  for (let batch = begin; batch < end; batch++) {
    const failed = load<i32>(info + batch * 4) != 0;
    for (let i: usize = 0; i < n; i++) {
      const row = a + (batch * n + i) * n * size;
      memory.fill(row + (i + 1) * size, 0, (n - i - 1) * size);
      if (failed) fillNaN<T, K>(i + 1, row);
    }
  }
}

export function cholesky_factor_f32(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  factorBlocks<f32, Real>(a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_factor_f64(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  factorBlocks<f64, Real>(a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_factor_c64(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  factorBlocks<f32, Complex>(a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_factor_c128(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  factorBlocks<f64, Complex>(a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_solve_f32(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  treatRows<f32, Real>(false, a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_solve_f64(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  treatRows<f64, Real>(false, a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_solve_c64(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  treatRows<f32, Complex>(false, a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_solve_c128(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  treatRows<f64, Complex>(false, a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_update_f32(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  treatRows<f32, Real>(true, a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_update_f64(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  treatRows<f64, Real>(true, a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_update_c64(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  treatRows<f32, Complex>(true, a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_update_c128(
  a: usize, info: usize, n: usize, k: usize, width: usize, batches: usize, slots: usize, slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  treatRows<f64, Complex>(true, a, info, n, k, width, batches, slots, slotBytes, scratch, begin, end);
}

export function cholesky_finish_f32(a: usize, info: usize, n: usize, begin: usize, end: usize): void {
  finish<f32, Real>(a, info, n, begin, end);
}

export function cholesky_finish_f64(a: usize, info: usize, n: usize, begin: usize, end: usize): void {
  finish<f64, Real>(a, info, n, begin, end);
}

export function cholesky_finish_c64(a: usize, info: usize, n: usize, begin: usize, end: usize): void {
  finish<f32, Complex>(a, info, n, begin, end);
}

export function cholesky_finish_c128(a: usize, info: usize, n: usize, begin: usize, end: usize): void {
  finish<f64, Complex>(a, info, n, begin, end);
}
