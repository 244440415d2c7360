import { elementBytes } from "../../../assembly/matrix-element";
import { tile, TILE_ROW_BYTES, tileStepBytes } from "../../../assembly/register-tile";

/** A tile of packed panels: `tileStepBytes` of A and TILE_ROW_BYTES of B for every step. */
// @ts-ignore: decorator
@inline
export function packedTile<T>(
  complex: bool, depth: usize, a: usize, b: usize, c: usize, cRowStride: usize, accumulate: bool,
): void {
  if (complex) {
    if (sizeof<T>() == 4) matmul_tile_c64(depth, a, b, c, cRowStride, accumulate);
    else matmul_tile_c128(depth, a, b, c, cRowStride, accumulate);
  } else if (sizeof<T>() == 4) matmul_tile_f32(depth, a, b, c, cRowStride, accumulate);
  else matmul_tile_f64(depth, a, b, c, cRowStride, accumulate);
}

// @ts-ignore: decorator
@inline
function tileOfPanels<T>(
  complex: bool, depth: usize, a: usize, b: usize, c: usize, cRowStride: usize, accumulate: bool,
): void {
  tile<T>(complex, 2, depth, a, elementBytes<T>(complex), tileStepBytes<T>(), b, TILE_ROW_BYTES, c, cRowStride, accumulate ? 1 : 0);
}

// Exported from the module although only other kernels call them: the compiler inlines a function with one caller, and a function that
// runs long before it returns keeps the engine's slow first compilation.
export function matmul_tile_f32(depth: usize, a: usize, b: usize, c: usize, cRowStride: usize, accumulate: bool): void {
  tileOfPanels<f32>(false, depth, a, b, c, cRowStride, accumulate);
}

export function matmul_tile_f64(depth: usize, a: usize, b: usize, c: usize, cRowStride: usize, accumulate: bool): void {
  tileOfPanels<f64>(false, depth, a, b, c, cRowStride, accumulate);
}

export function matmul_tile_c64(depth: usize, a: usize, b: usize, c: usize, cRowStride: usize, accumulate: bool): void {
  tileOfPanels<f32>(true, depth, a, b, c, cRowStride, accumulate);
}

export function matmul_tile_c128(depth: usize, a: usize, b: usize, c: usize, cRowStride: usize, accumulate: bool): void {
  tileOfPanels<f64>(true, depth, a, b, c, cRowStride, accumulate);
}
