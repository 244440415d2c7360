import { elementBytes, lanes } from "../../../assembly/matrix-element";
import { transpose } from "../../../assembly/pack-panel";
import { offsetInA, offsetInB, Product } from "./product.as";
import { tile, tileRow, TILE_ROW_BYTES, tileRows } from "../../../assembly/register-tile";

/**
 * C = A B for one matrix each, without packing. The rows of B and of C are contiguous, `rowStride` leads from one to the next in both.
 * Tiles at the far edges overlap their neighbours: they compute the same sums and store the same values.
 */
// @ts-ignore: decorator
@inline
function multiplySmall<T>(
  complex: bool, rows: usize, columns: usize, depth: usize, a: usize, aRowStride: usize, aColumnStride: usize,
  b: usize, c: usize, rowStride: usize,
): void {
  const bytes = elementBytes<T>(complex);
  const width = lanes<T>(complex);
  if (columns < width) {
    for (let i: usize = 0; i < rows; i++)
      for (let j: usize = 0; j < columns; j++)
        inner<T>(complex, depth, a + i * aRowStride, aColumnStride, b + j * bytes, rowStride, c + i * rowStride + j * bytes);
    return;
  }
  for (let j: usize = 0; j < columns; ) {
    const left = columns - j;
    if (left >= 2 * width) {
      multiplyColumns<T>(complex, 2, rows, depth, a, aRowStride, aColumnStride, b + j * bytes, c + j * bytes, rowStride);
      j += 2 * width;
    } else {
      // One vector is enough, or two of them must overlap what is done already.
      const start = left >= width ? j : columns - width;
      multiplyColumns<T>(complex, 1, rows, depth, a, aRowStride, aColumnStride, b + start * bytes, c + start * bytes, rowStride);
      j += width;
    }
  }
}

/** As many columns as `vectors` (1 or 2, a constant) hold. */
// @ts-ignore: decorator
@inline
function multiplyColumns<T>(
  complex: bool, vectors: i32, rows: usize, depth: usize, a: usize, aRowStride: usize, aColumnStride: usize,
  b: usize, c: usize, rowStride: usize,
): void {
  const high = tileRows(complex);
  if (rows < high) {
    for (let i: usize = 0; i < rows; i++)
      tileRow<T>(complex, vectors, depth, a + i * aRowStride, aColumnStride, b, rowStride, c + i * rowStride);
    return;
  }
  for (let i: usize = 0; i < rows; i += high) {
    const row = min(i, rows - high);
    tile<T>(
      complex, vectors, depth, a + row * aRowStride, aRowStride, aColumnStride, b, rowStride, c + row * rowStride, rowStride, 0,
    );
  }
}

// @ts-ignore: decorator
@inline
function inner<T>(complex: bool, depth: usize, a: usize, aStride: usize, b: usize, bStride: usize, c: usize): void {
  let re = <T>0, im = <T>0;
  for (const end = a + depth * aStride; a < end; a += aStride, b += bStride) {
    if (complex) {
      const aRe = load<T>(a), aIm = load<T>(a + sizeof<T>()), bRe = load<T>(b), bIm = load<T>(b + sizeof<T>());
      re += aRe * bRe - aIm * bIm;
      im += aRe * bIm + aIm * bRe;
    } else re += load<T>(a) * load<T>(b);
  }
  store<T>(c, re);
  if (complex) store<T>(c + sizeof<T>(), im);
}

// Exported from the module so that it stays a function of its own, see `packed-tile.as.ts`.
export function matmul_small_f32(
  rows: usize, columns: usize, depth: usize, a: usize, aRowStride: usize, aColumnStride: usize,
  b: usize, c: usize, rowStride: usize,
): void {
  multiplySmall<f32>(false, rows, columns, depth, a, aRowStride, aColumnStride, b, c, rowStride);
}

export function matmul_small_f64(
  rows: usize, columns: usize, depth: usize, a: usize, aRowStride: usize, aColumnStride: usize,
  b: usize, c: usize, rowStride: usize,
): void {
  multiplySmall<f64>(false, rows, columns, depth, a, aRowStride, aColumnStride, b, c, rowStride);
}

export function matmul_small_c64(
  rows: usize, columns: usize, depth: usize, a: usize, aRowStride: usize, aColumnStride: usize,
  b: usize, c: usize, rowStride: usize,
): void {
  multiplySmall<f32>(true, rows, columns, depth, a, aRowStride, aColumnStride, b, c, rowStride);
}

export function matmul_small_c128(
  rows: usize, columns: usize, depth: usize, a: usize, aRowStride: usize, aColumnStride: usize,
  b: usize, c: usize, rowStride: usize,
): void {
  multiplySmall<f64>(true, rows, columns, depth, a, aRowStride, aColumnStride, b, c, rowStride);
}

/** Computes the share of slots [begin, end). A unit of work is a block of rows and a part of the columns of a batch. */
// @ts-ignore: decorator
@inline
export function multiplyDirect<T>(complex: bool, product: Product, begin: usize, end: usize): void {
  const columns = product.columns;
  const columnParts = product.columnParts;
  const unitsPerBatch = (product.rows + product.rowBlock - 1) / product.rowBlock * columnParts;
  const units = <u64>product.batches * unitsPerBatch;
  const bytes = elementBytes<T>(complex);
  const cRowStride = columns * bytes;
  const tileColumns = TILE_ROW_BYTES / bytes;
  // The last part takes what is left over, so that no part is narrower than a tile unless C is: results do not depend on the number of threads.
  const tiles = max<usize>(1, columns / tileColumns);
  const transposed = product.bColumnStride != bytes;
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
        if (copied != b) transposeElements<T>(complex, b, columns, product.depth, copy);
        copied = b;
        b = copy;
      }
      multiplyBlock<T>(
        complex,
        min(product.rowBlock, product.rows - row),
        columnEnd - columnBegin,
        product.depth,
        product.a + offsetInA(product, batch) + row * product.aRowStride,
        product.aRowStride,
        product.aColumnStride,
        b + columnBegin * bytes,
        product.c + (batch * product.rows + row) * cRowStride + columnBegin * bytes,
        cRowStride,
      );
    }
  }
}

/** Calls `multiplySmall` of T. */
// @ts-ignore: decorator
@inline
function multiplyBlock<T>(
  complex: bool, rows: usize, columns: usize, depth: usize, a: usize, aRowStride: usize, aColumnStride: usize,
  b: usize, c: usize, cRowStride: usize,
): void {
  if (complex) {
    if (sizeof<T>() == 4) matmul_small_c64(rows, columns, depth, a, aRowStride, aColumnStride, b, c, cRowStride);
    else matmul_small_c128(rows, columns, depth, a, aRowStride, aColumnStride, b, c, cRowStride);
  } else if (sizeof<T>() == 4) matmul_small_f32(rows, columns, depth, a, aRowStride, aColumnStride, b, c, cRowStride);
  else matmul_small_f64(rows, columns, depth, a, aRowStride, aColumnStride, b, c, cRowStride);
}

// @ts-ignore: decorator
@inline
function transposeElements<T>(complex: bool, source: usize, rows: usize, columns: usize, target: usize): void {
  if (!complex) transpose<T>(source, rows, columns, target);
  else if (sizeof<T>() == 4) transpose<f64>(source, rows, columns, target);
  else transpose<v128>(source, rows, columns, target);
}
