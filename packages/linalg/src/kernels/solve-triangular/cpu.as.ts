import { bytesOf, Complex, Real } from "../../../assembly/elements";
import { firstUnit } from "../../../assembly/shares";
import { solveTriangle } from "../../../assembly/triangular";

export { product_tile_c64, product_tile_c128, product_tile_f32, product_tile_f64 } from "../../../assembly/product";
export { triangle_row_c64, triangle_row_c128, triangle_row_f32, triangle_row_f64 } from "../../../assembly/triangular";

/** Units are blocks of `width` columns of the right-hand sides, which are solved for in place. */
// @ts-ignore: decorator
@inline
function solveShares<T, K>(
  t: usize, b: usize, n: usize, columns: usize, width: usize, lower: bool, transposed: bool, unit: bool, batches: usize, slots: usize,
  slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  const size = bytesOf<T, K>();
  const tRow = transposed ? size : n * size;
  const tColumn = transposed ? n * size : size;
  const bRow = columns * size;
  const blocks = (columns + width - 1) / width;
  const units = batches * blocks;
  for (let slot = begin; slot < end; slot++)
    for (let index = firstUnit(units, slot, slots); index < firstUnit(units, slot + 1, slots); index++) {
      const batch = index / blocks;
      const column = index % blocks * width;
      solveTriangle<T, K>(
        false, lower != transposed, unit, n, min(width, columns - column), t + batch * n * n * size, tRow, tColumn,
        b + batch * n * bRow + column * size, bRow, size, scratch + slot * slotBytes,
      );
    }
}

export function solve_triangular_f32(
  t: usize, b: usize, n: usize, columns: usize, width: usize, lower: bool, transposed: bool, unit: bool, batches: usize, slots: usize,
  slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  solveShares<f32, Real>(t, b, n, columns, width, lower, transposed, unit, batches, slots, slotBytes, scratch, begin, end);
}

export function solve_triangular_f64(
  t: usize, b: usize, n: usize, columns: usize, width: usize, lower: bool, transposed: bool, unit: bool, batches: usize, slots: usize,
  slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  solveShares<f64, Real>(t, b, n, columns, width, lower, transposed, unit, batches, slots, slotBytes, scratch, begin, end);
}

export function solve_triangular_c64(
  t: usize, b: usize, n: usize, columns: usize, width: usize, lower: bool, transposed: bool, unit: bool, batches: usize, slots: usize,
  slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  solveShares<f32, Complex>(t, b, n, columns, width, lower, transposed, unit, batches, slots, slotBytes, scratch, begin, end);
}

export function solve_triangular_c128(
  t: usize, b: usize, n: usize, columns: usize, width: usize, lower: bool, transposed: bool, unit: bool, batches: usize, slots: usize,
  slotBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  solveShares<f64, Complex>(t, b, n, columns, width, lower, transposed, unit, batches, slots, slotBytes, scratch, begin, end);
}
