import { transpose } from "./pack.as";
import { offsetInA, offsetInB, Product } from "./product.as";
import { tile, tileRow, TILE_ROW_BYTES, TILE_ROWS } from "./tile.as";

/**
 * C = A B for one matrix each, without packing. The rows of B and of C are contiguous, `rowStride` leads from one to the next in both.
 * Tiles at the far edges overlap their neighbours: they compute the same sums and store the same values.
 */
// @ts-ignore: decorator
@inline
function multiplySmall<T>(
  rows: usize, columns: usize, depth: usize, a: usize, aRowStride: usize, aColumnStride: usize,
  b: usize, c: usize, rowStride: usize,
): void {
  const lanes: usize = 16 / sizeof<T>();
  if (columns < lanes) {
    for (let i: usize = 0; i < rows; i++)
      for (let j: usize = 0; j < columns; j++)
        store<T>(c + i * rowStride + j * sizeof<T>(),
          inner<T>(depth, a + i * aRowStride, aColumnStride, b + j * sizeof<T>(), rowStride));
    return;
  }
  for (let j: usize = 0; j < columns; ) {
    const left = columns - j;
    if (left >= 2 * lanes) {
      multiplyColumns<T>(2, rows, depth, a, aRowStride, aColumnStride, b + j * sizeof<T>(), c + j * sizeof<T>(), rowStride);
      j += 2 * lanes;
    } else {
      // One vector is enough, or two of them must overlap what is done already.
      const start = left >= lanes ? j : columns - lanes;
      multiplyColumns<T>(1, rows, depth, a, aRowStride, aColumnStride, b + start * sizeof<T>(), c + start * sizeof<T>(), rowStride);
      j += lanes;
    }
  }
}

/** As many columns as `vectors` (1 or 2, a constant) hold. */
// @ts-ignore: decorator
@inline
function multiplyColumns<T>(
  vectors: i32, rows: usize, depth: usize, a: usize, aRowStride: usize, aColumnStride: usize, b: usize, c: usize, rowStride: usize,
): void {
  if (rows < TILE_ROWS) {
    for (let i: usize = 0; i < rows; i++)
      tileRow<T>(vectors, depth, a + i * aRowStride, aColumnStride, b, rowStride, c + i * rowStride);
    return;
  }
  for (let i: usize = 0; i < rows; i += TILE_ROWS) {
    const row = min(i, rows - TILE_ROWS);
    tile<T>(vectors, depth, a + row * aRowStride, aRowStride, aColumnStride, b, rowStride, c + row * rowStride, rowStride, false);
  }
}

// @ts-ignore: decorator
@inline
function inner<T>(depth: usize, a: usize, aStride: usize, b: usize, bStride: usize): T {
  let sum = <T>0;
  for (const end = a + depth * aStride; a < end; a += aStride, b += bStride) sum += load<T>(a) * load<T>(b);
  return sum;
}

// Exported from the module so that it stays a function of its own, see `tile.as.ts`.
export function matmul_small_f32(
  rows: usize, columns: usize, depth: usize, a: usize, aRowStride: usize, aColumnStride: usize,
  b: usize, c: usize, rowStride: usize,
): void {
  multiplySmall<f32>(rows, columns, depth, a, aRowStride, aColumnStride, b, c, rowStride);
}

export function matmul_small_f64(
  rows: usize, columns: usize, depth: usize, a: usize, aRowStride: usize, aColumnStride: usize,
  b: usize, c: usize, rowStride: usize,
): void {
  multiplySmall<f64>(rows, columns, depth, a, aRowStride, aColumnStride, b, c, rowStride);
}

/** Computes the share of slots [begin, end). A unit of work is a block of rows and a part of the columns of a batch. */
// @ts-ignore: decorator
@inline
export function multiplyDirect<T>(product: Product, begin: usize, end: usize): void {
  const columns = product.columns;
  const columnParts = product.columnParts;
  const unitsPerBatch = (product.rows + product.rowBlock - 1) / product.rowBlock * columnParts;
  const units = <u64>product.batches * unitsPerBatch;
  const cRowStride = columns * sizeof<T>();
  const tileColumns = TILE_ROW_BYTES / sizeof<T>();
  // The last part takes what is left over, so that no part is narrower than a tile unless C is: results do not depend on the number of threads.
  const tiles = max<usize>(1, columns / tileColumns);
  const transposed = product.bColumnStride != sizeof<T>();
  for (let slot = begin; slot < end; slot++) {
    const copy = product.scratch + slot * product.slotBytes;
    let copied = usize.MAX_VALUE;
    const last = <usize>(units * (slot + 1) / product.slots);
    for (let unit = <usize>(units * slot / product.slots); unit < last; unit++) {
      const batch = unit / unitsPerBatch;
      const row = unit % unitsPerBatch / columnParts * product.rowBlock;
      const part = unit % columnParts;
      const columnBegin = tiles * part / columnParts * tileColumns;
      const columnEnd = part + 1 < columnParts ? tiles * (part + 1) / columnParts * tileColumns : columns;
      let b = product.b + offsetInB(product, batch);
      if (transposed) {
        if (copied != b) transpose<T>(b, columns, product.depth, copy);
        copied = b;
        b = copy;
      }
      multiplyBlock<T>(
        min(product.rowBlock, product.rows - row),
        columnEnd - columnBegin,
        product.depth,
        product.a + offsetInA(product, batch) + row * product.aRowStride,
        product.aRowStride,
        product.aColumnStride,
        b + columnBegin * sizeof<T>(),
        product.c + (batch * product.rows + row) * cRowStride + columnBegin * sizeof<T>(),
        cRowStride,
      );
    }
  }
}

/** Calls `multiplySmall` of T. */
// @ts-ignore: decorator
@inline
function multiplyBlock<T>(
  rows: usize, columns: usize, depth: usize, a: usize, aRowStride: usize, aColumnStride: usize, b: usize, c: usize, cRowStride: usize,
): void {
  if (sizeof<T>() == 4) matmul_small_f32(rows, columns, depth, a, aRowStride, aColumnStride, b, c, cRowStride);
  else matmul_small_f64(rows, columns, depth, a, aRowStride, aColumnStride, b, c, cRowStride);
}
