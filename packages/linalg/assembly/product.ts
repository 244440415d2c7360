import { packPanel } from "@ansatz/tensor/assembly/pack-panel";
import { TILE_ROW_BYTES, TILE_ROWS, tile, tileStepBytes } from "@ansatz/tensor/assembly/register-tile";

// A view of a matrix is an address and two strides in bytes, from row to row and from column to column; one of them is the size of an element.
// A transpose is a view with the strides exchanged.

/** Terms of the inner sums taken at once. */
// @ts-ignore: decorator
@inline
const DEPTH_BLOCK: usize = 256;

/** Rows of A packed at a time: with DEPTH_BLOCK terms they take 128 KiB of the second-level cache. */
// @ts-ignore: decorator
@inline
const ROW_BLOCK: usize = 64;

/** Columns of B packed at a time: 1 MiB. */
// @ts-ignore: decorator
@inline
const COLUMN_BLOCK: usize = 512;

// @ts-ignore: decorator
@inline
const EDGE_BYTES: usize = TILE_ROWS * TILE_ROW_BYTES;

/** Up to so many products of numbers, with one extent as small as a tile, packing would take longer than the sums. */
// @ts-ignore: decorator
@inline
const TINY: usize = 256;

/**
 * C += A B (`sign` 1) or C −= A B (`sign` −1) of views: A [rows, depth], B [depth, columns], C [rows, columns]. `scratch` has the room that `PRODUCT_SCRATCH_BYTES`
 * in workspace.ts says.
 */
export function addProduct<T>(
  sign: i32, rows: usize, columns: usize, depth: usize, a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize, c: usize, cRow: usize, cColumn: usize, scratch: usize,
): void {
  if (rows == 0 || columns == 0 || depth == 0) return;
  if (min(rows, min(columns, depth)) <= TILE_ROWS && rows * columns * depth <= TINY)
    return addTiny<T>(sign, rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, cColumn);
  // The register tile wants neighbours in the rows of C.
  if (cColumn != sizeof<T>()) addBlocks<T>(sign, columns, rows, depth, b, bColumn, bRow, a, aColumn, aRow, c, cColumn, scratch);
  else addBlocks<T>(sign, rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, scratch);
}

function addTiny<T>(
  sign: i32, rows: usize, columns: usize, depth: usize, a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize, c: usize, cRow: usize, cColumn: usize,
): void {
  for (let i: usize = 0; i < rows; i++)
    for (let j: usize = 0; j < columns; j++) {
      let sum: T = <T>0;
      for (let k: usize = 0; k < depth; k++) sum += load<T>(a + i * aRow + k * aColumn) * load<T>(b + k * bRow + j * bColumn);
      const at = c + i * cRow + j * cColumn;
      store<T>(at, sign < 0 ? load<T>(at) - sum : load<T>(at) + sum);
    }
}

function addBlocks<T>(
  sign: i32, rows: usize, columns: usize, depth: usize, a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize, c: usize, cRow: usize, scratch: usize,
): void {
  const width = TILE_ROW_BYTES / sizeof<T>();
  const packedA = scratch + EDGE_BYTES;
  const packedB = packedA + ROW_BLOCK * DEPTH_BLOCK * sizeof<T>();
  for (let column: usize = 0; column < columns; column += COLUMN_BLOCK) {
    const blockColumns = min(COLUMN_BLOCK, columns - column);
    for (let step: usize = 0; step < depth; step += DEPTH_BLOCK) {
      const steps = min(DEPTH_BLOCK, depth - step);
      for (let j: usize = 0; j < blockColumns; j += width)
        packPanel<T>(
          width, b + step * bRow + (column + j) * bColumn, bColumn, bRow, blockColumns - j, steps, packedB + j * steps * sizeof<T>(),
        );
      for (let row: usize = 0; row < rows; row += ROW_BLOCK) {
        const blockRows = min(ROW_BLOCK, rows - row);
        for (let i: usize = 0; i < blockRows; i += TILE_ROWS)
          packPanel<T>(
            TILE_ROWS, a + (row + i) * aRow + step * aColumn, aRow, aColumn, blockRows - i, steps, packedA + i * steps * sizeof<T>(),
          );
        addBlock<T>(sign, blockRows, blockColumns, steps, packedA, packedB, c + row * cRow + column * sizeof<T>(), cRow, scratch);
      }
    }
  }
}

/** One packed block of A times one of B. */
function addBlock<T>(
  sign: i32, rows: usize, columns: usize, steps: usize, packedA: usize, packedB: usize, c: usize, cRow: usize, edge: usize,
): void {
  const width = TILE_ROW_BYTES / sizeof<T>();
  for (let j: usize = 0; j < columns; j += width) {
    const b = packedB + j * steps * sizeof<T>();
    for (let i: usize = 0; i < rows; i += TILE_ROWS) {
      const a = packedA + i * steps * sizeof<T>();
      const target = c + i * cRow + j * sizeof<T>();
      if (i + TILE_ROWS <= rows && j + width <= columns) {
        packedTile<T>(steps, a, b, target, cRow, sign);
        continue;
      }
      packedTile<T>(steps, a, b, edge, TILE_ROW_BYTES, 0);
      addEdge<T>(sign, edge, target, cRow, min(TILE_ROWS, rows - i), min(width, columns - j));
    }
  }
}

function addEdge<T>(sign: i32, edge: usize, c: usize, cRow: usize, rows: usize, columns: usize): void {
  for (let i: usize = 0; i < rows; i++)
    for (let j: usize = 0; j < columns; j++) {
      const at = c + i * cRow + j * sizeof<T>();
      const sum = load<T>(edge + i * TILE_ROW_BYTES + j * sizeof<T>());
      store<T>(at, sign < 0 ? load<T>(at) - sum : load<T>(at) + sum);
    }
}

// @ts-ignore: decorator
@inline
function packedTile<T>(depth: usize, a: usize, b: usize, c: usize, cRow: usize, sign: i32): void {
  if (sizeof<T>() == 4) product_tile_f32(depth, a, b, c, cRow, sign);
  else product_tile_f64(depth, a, b, c, cRow, sign);
}

// A kernel's module exports these although only WebAssembly calls them: the compiler inlines a function with one caller, and a function that runs long before it
// returns keeps the engine's slow first compilation.
export function product_tile_f32(depth: usize, a: usize, b: usize, c: usize, cRow: usize, sign: i32): void {
  tile<f32>(false, 2, depth, a, 4, tileStepBytes<f32>(), b, TILE_ROW_BYTES, c, cRow, sign);
}

export function product_tile_f64(depth: usize, a: usize, b: usize, c: usize, cRow: usize, sign: i32): void {
  tile<f64>(false, 2, depth, a, 8, tileStepBytes<f64>(), b, TILE_ROW_BYTES, c, cRow, sign);
}
