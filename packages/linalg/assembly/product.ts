import { packPanel } from "@ansatz/tensor/assembly/pack-panel";
import { TILE_ROW_BYTES, TILE_ROWS, tile, tileRows, tileStepBytes } from "@ansatz/tensor/assembly/register-tile";
import { bytesOf, imaginaryAt, isComplex, Real } from "./elements";

// A view of a matrix is an address and two strides in bytes, from row to row and from column to column; one of them is the size of an element.
// A transpose is a view with the strides exchanged.

/** Terms of the inner sums taken at once. */
// @ts-ignore: decorator
@inline
const DEPTH_BLOCK: usize = 256;

/** Rows of A packed at a time: with DEPTH_BLOCK terms of 8 bytes they take 128 KiB of the second-level cache. Of complex elements half as many rows and columns. */
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
 * C += A B (`sign` 1) or C −= A B (`sign` −1) of views of real numbers: A [rows, depth], B [depth, columns], C [rows, columns]. `scratch` has the room that `PRODUCT_SCRATCH_BYTES`
 * in workspace.ts says.
 */
// @ts-ignore: decorator
@inline
export function addProduct<T>(
  sign: i32, rows: usize, columns: usize, depth: usize, a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize, c: usize, cRow: usize, cColumn: usize, scratch: usize,
): void {
  addProductOf<T, Real>(false, false, sign, rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, cColumn, scratch);
}

/** Like `addProduct` for real or complex elements; A or B may be taken as conjugates. */
export function addProductOf<T, K>(
  conjugateA: bool, conjugateB: bool, sign: i32, rows: usize, columns: usize, depth: usize, a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize, c: usize, cRow: usize, cColumn: usize, scratch: usize,
): void {
  if (rows == 0 || columns == 0 || depth == 0) return;
  if (min(rows, min(columns, depth)) <= tileRows(isComplex<K>()) && rows * columns * depth <= TINY)
    return addTiny<T, K>(conjugateA, conjugateB, sign, rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, cColumn);
  // The register tile wants neighbours in the rows of C.
  if (cColumn != bytesOf<T, K>())
    addBlocks<T, K>(conjugateB, conjugateA, sign, columns, rows, depth, b, bColumn, bRow, a, aColumn, aRow, c, cColumn, scratch);
  else addBlocks<T, K>(conjugateA, conjugateB, sign, rows, columns, depth, a, aRow, aColumn, b, bRow, bColumn, c, cRow, scratch);
}

function addTiny<T, K>(
  conjugateA: bool, conjugateB: bool, sign: i32, rows: usize, columns: usize, depth: usize, a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize, c: usize, cRow: usize, cColumn: usize,
): void {
  for (let i: usize = 0; i < rows; i++)
    for (let j: usize = 0; j < columns; j++) {
      let sum: T = <T>0, imaginary: T = <T>0;
      for (let k: usize = 0; k < depth; k++) {
        const atA = a + i * aRow + k * aColumn, atB = b + k * bRow + j * bColumn;
        sum += load<T>(atA) * load<T>(atB);
        if (isComplex<K>()) {
          const x: T = conjugateA ? -imaginaryAt<T>(atA) : imaginaryAt<T>(atA);
          const y: T = conjugateB ? -imaginaryAt<T>(atB) : imaginaryAt<T>(atB);
          sum -= x * y;
          imaginary += load<T>(atA) * y + x * load<T>(atB);
        }
      }
      const at = c + i * cRow + j * cColumn;
      store<T>(at, sign < 0 ? load<T>(at) - sum : load<T>(at) + sum);
      if (isComplex<K>()) store<T>(at + sizeof<T>(), sign < 0 ? imaginaryAt<T>(at) - imaginary : imaginaryAt<T>(at) + imaginary);
    }
}

/** `packPanel` for elements of one number or two, conjugated or not. */
// @ts-ignore: decorator
@inline
function pack<T, K>(
  conjugate: bool, width: usize, source: usize, stride: usize, depthStride: usize, valid: usize, depth: usize, target: usize,
): void {
  if (!isComplex<K>()) {
    packPanel<T>(width, source, stride, depthStride, valid, depth, target);
    return;
  }
  if (sizeof<T>() == 4) packPanel<f64>(width, source, stride, depthStride, valid, depth, target);
  else packPanel<v128>(width, source, stride, depthStride, valid, depth, target);
  if (!conjugate) return;
  const flip = sizeof<T>() == 4 ? i64x2.splat(0x8000000000000000) : i64x2(0, 0x8000000000000000);
  for (const end = target + depth * width * bytesOf<T, K>(); target < end; target += 16) v128.store(target, v128.xor(v128.load(target), flip));
}

function addBlocks<T, K>(
  conjugateA: bool, conjugateB: bool, sign: i32, rows: usize, columns: usize, depth: usize, a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize, c: usize, cRow: usize, scratch: usize,
): void {
  const size = bytesOf<T, K>();
  const packedA = scratch + EDGE_BYTES;
  const rowBlock = ROW_BLOCK / sizeof<K>(), columnBlock = COLUMN_BLOCK / sizeof<K>();
  const packedB = packedA + rowBlock * DEPTH_BLOCK * size;
  for (let column: usize = 0; column < columns; column += columnBlock) {
    const blockColumns = min(columnBlock, columns - column);
    for (let step: usize = 0; step < depth; step += DEPTH_BLOCK) {
      const steps = min(DEPTH_BLOCK, depth - step);
      for (let j: usize = 0; j < blockColumns; j += TILE_ROW_BYTES / bytesOf<T, K>())
        pack<T, K>(
          conjugateB, TILE_ROW_BYTES / bytesOf<T, K>(), b + step * bRow + (column + j) * bColumn, bColumn, bRow, blockColumns - j, steps,
          packedB + j * steps * size,
        );
      for (let row: usize = 0; row < rows; row += rowBlock) {
        const blockRows = min(rowBlock, rows - row);
        for (let i: usize = 0; i < blockRows; i += tileRows(isComplex<K>()))
          pack<T, K>(
            conjugateA, tileRows(isComplex<K>()), a + (row + i) * aRow + step * aColumn, aRow, aColumn, blockRows - i, steps, packedA + i * steps * size,
          );
        addBlock<T, K>(sign, blockRows, blockColumns, steps, packedA, packedB, c + row * cRow + column * size, cRow, scratch);
      }
    }
  }
}

/** One packed block of A times one of B. */
function addBlock<T, K>(
  sign: i32, rows: usize, columns: usize, steps: usize, packedA: usize, packedB: usize, c: usize, cRow: usize, edge: usize,
): void {
  const size = bytesOf<T, K>();
  const width = TILE_ROW_BYTES / bytesOf<T, K>(), height = tileRows(isComplex<K>());
  for (let j: usize = 0; j < columns; j += width) {
    const b = packedB + j * steps * size;
    for (let i: usize = 0; i < rows; i += height) {
      const a = packedA + i * steps * size;
      const target = c + i * cRow + j * size;
      if (i + height <= rows && j + width <= columns) {
        packedTile<T, K>(steps, a, b, target, cRow, sign);
        continue;
      }
      packedTile<T, K>(steps, a, b, edge, TILE_ROW_BYTES, 0);
      addEdge<T>(sign, edge, target, cRow, min(height, rows - i), min(width, columns - j) * sizeof<K>());
    }
  }
}

function addEdge<T>(sign: i32, edge: usize, c: usize, cRow: usize, rows: usize, numbers: usize): void {
  for (let i: usize = 0; i < rows; i++)
    for (let j: usize = 0; j < numbers; j++) {
      const at = c + i * cRow + j * sizeof<T>();
      const sum = load<T>(edge + i * TILE_ROW_BYTES + j * sizeof<T>());
      store<T>(at, sign < 0 ? load<T>(at) - sum : load<T>(at) + sum);
    }
}

// @ts-ignore: decorator
@inline
function packedTile<T, K>(depth: usize, a: usize, b: usize, c: usize, cRow: usize, sign: i32): void {
  if (isComplex<K>()) {
    if (sizeof<T>() == 4) product_tile_c64(depth, a, b, c, cRow, sign);
    else product_tile_c128(depth, a, b, c, cRow, sign);
  } else if (sizeof<T>() == 4) product_tile_f32(depth, a, b, c, cRow, sign);
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

export function product_tile_c64(depth: usize, a: usize, b: usize, c: usize, cRow: usize, sign: i32): void {
  tile<f32>(true, 2, depth, a, 8, tileStepBytes<f32>(), b, TILE_ROW_BYTES, c, cRow, sign);
}

export function product_tile_c128(depth: usize, a: usize, b: usize, c: usize, cRow: usize, sign: i32): void {
  tile<f64>(true, 2, depth, a, 16, tileStepBytes<f64>(), b, TILE_ROW_BYTES, c, cRow, sign);
}
