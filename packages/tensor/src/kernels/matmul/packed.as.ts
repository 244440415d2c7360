import { elementBytes } from "../../../assembly/matrix-element";
import { packPanel } from "../../../assembly/pack-panel";
import { offsetInA, offsetInB, Product } from "./product.as";
import { packedTile } from "./packed-tile.as";
import { TILE_ROW_BYTES, TILE_ROWS, tileRows, tileStepBytes } from "../../../assembly/register-tile";

/** Steps of a panel of B with contiguous rows packed before the next panel: both use the same cache lines. */
// @ts-ignore: decorator
@inline
const PACK_DEPTH: usize = 16;

/** Panels of B that a unit packs for itself at a time; 512 bytes of each of its rows. */
// @ts-ignore: decorator
@inline
const GROUP: usize = 16;

/** Bytes at the start of a slot for a register tile that sticks out of C. */
// @ts-ignore: decorator
@inline
const EDGE_TILE_BYTES: usize = TILE_ROWS * TILE_ROW_BYTES;

// @ts-ignore: decorator
@inline
function tileColumns<T>(complex: bool): usize {
  return TILE_ROW_BYTES / elementBytes<T>(complex);
}

/** `packPanel` for elements of `T`, or pairs of them. */
// @ts-ignore: decorator
@inline
function pack<T>(
  complex: bool, width: usize, source: usize, stride: usize, depthStride: usize, valid: usize, depth: usize, target: usize,
): void {
  if (!complex) packPanel<T>(width, source, stride, depthStride, valid, depth, target);
  else if (sizeof<T>() == 4) packPanel<f64>(width, source, stride, depthStride, valid, depth, target);
  else packPanel<v128>(width, source, stride, depthStride, valid, depth, target);
}

/**
 * Packs panels [begin, end) of B, counted from a column, and of each of them `depth` steps from `step`; a panel takes `panelBytes`.
 */
// @ts-ignore: decorator
@inline
export function packB<T>(
  complex: bool,
  product: Product,
  batch: usize,
  column: usize,
  columnEnd: usize,
  step: usize,
  depth: usize,
  packed: usize,
  panelBytes: usize,
  begin: usize,
  end: usize,
): void {
  const b = product.b + offsetInB(product, batch);
  const steps = product.bColumnStride == elementBytes<T>(complex) ? PACK_DEPTH : depth;
  for (let done: usize = 0; done < depth; done += steps)
    for (let panel = begin; panel < end; panel++) {
      const first = column + panel * tileColumns<T>(complex);
      pack<T>(
        complex,
        tileColumns<T>(complex),
        b + (step + done) * product.bRowStride + first * product.bColumnStride,
        product.bColumnStride,
        product.bRowStride,
        columnEnd - first,
        min(steps, depth - done),
        packed + panel * panelBytes + done * TILE_ROW_BYTES,
      );
    }
}

/**
 * Computes the share of slots [begin, end) of batches [batchBegin, batchEnd) and columns [columnBegin, columnEnd). A unit of work is a block of rows and
 * a part of the columns of a batch.
 */
// @ts-ignore: decorator
@inline
export function multiplyPacked<T>(
  complex: bool,
  product: Product,
  batchBegin: usize,
  batchEnd: usize,
  columnBegin: usize,
  columnEnd: usize,
  begin: usize,
  end: usize,
): void {
  const columnParts = product.columnParts;
  const unitsPerBatch = (product.rows + product.rowBlock - 1) / product.rowBlock * columnParts;
  const units = <u64>(batchEnd - batchBegin) * unitsPerBatch;
  const panels = (columnEnd - columnBegin + tileColumns<T>(complex) - 1) / tileColumns<T>(complex);
  for (let slot = begin; slot < end; slot++) {
    const last = <usize>(units * (slot + 1) / product.slots);
    for (let unit = <usize>(units * slot / product.slots); unit < last; unit++) {
      const part = unit % columnParts;
      multiplyBlock<T>(
        complex,
        product,
        batchBegin + unit / unitsPerBatch,
        unit % unitsPerBatch / columnParts * product.rowBlock,
        columnBegin,
        columnEnd,
        panels * part / columnParts,
        panels * (part + 1) / columnParts,
        product.scratch + slot * product.slotBytes,
      );
    }
  }
}

/** Multiplies one block of rows with panels [panelBegin, panelEnd). */
// @ts-ignore: decorator
@inline
function multiplyBlock<T>(
  complex: bool,
  product: Product,
  batch: usize,
  row: usize,
  columnBegin: usize,
  columnEnd: usize,
  panelBegin: usize,
  panelEnd: usize,
  edge: usize,
): void {
  const rows = min(product.rowBlock, product.rows - row);
  const depth = product.depth;
  const packedA = edge + EDGE_TILE_BYTES;
  const ownB = packedA + product.rowBlock * product.depthBlock * elementBytes<T>(complex);
  for (let step: usize = 0; step < depth; step += product.depthBlock) {
    const steps = min(product.depthBlock, depth - step);
    packA<T>(complex, product, batch, row, rows, step, steps, packedA);
    if (product.packedB) {
      for (let panel = panelBegin; panel < panelEnd; panel++)
        multiplyPanel<T>(
          complex, product, batch, row, rows, columnBegin + panel * tileColumns<T>(complex), columnEnd, step, steps,
          packedA, product.packedB + (panel * depth + step) * TILE_ROW_BYTES, edge,
        );
      continue;
    }
    const panelBytes = steps * TILE_ROW_BYTES;
    for (let first = panelBegin; first < panelEnd; first += GROUP) {
      const count = min(GROUP, panelEnd - first);
      const column = columnBegin + first * tileColumns<T>(complex);
      packB<T>(complex, product, batch, column, columnEnd, step, steps, ownB, panelBytes, 0, count);
      for (let panel: usize = 0; panel < count; panel++)
        multiplyPanel<T>(
          complex, product, batch, row, rows, column + panel * tileColumns<T>(complex), columnEnd, step, steps, packedA, ownB + panel * panelBytes, edge,
        );
    }
  }
}

/** Packs `depth` steps of a block of rows in panels as high as a tile. */
// @ts-ignore: decorator
@inline
function packA<T>(
  complex: bool, product: Product, batch: usize, row: usize, rows: usize, step: usize, depth: usize, packed: usize,
): void {
  const rowStride = product.aRowStride;
  const columnStride = product.aColumnStride;
  const a = product.a + offsetInA(product, batch) + row * rowStride + step * columnStride;
  for (let i: usize = 0; i < rows; i += tileRows(complex))
    pack<T>(
      complex, tileRows(complex), a + i * rowStride, rowStride, columnStride, rows - i, depth,
      packed + i * depth * elementBytes<T>(complex),
    );
}

/** Multiplies the packed rows with one packed panel, over one block of the depth. */
// @ts-ignore: decorator
@inline
function multiplyPanel<T>(
  complex: bool,
  product: Product,
  batch: usize,
  row: usize,
  rows: usize,
  column: usize,
  columnEnd: usize,
  step: usize,
  steps: usize,
  a: usize,
  b: usize,
  edge: usize,
): void {
  const rowStride = product.columns * elementBytes<T>(complex);
  const columns = min(tileColumns<T>(complex), columnEnd - column);
  let c = product.c + (batch * product.rows + row) * rowStride + column * elementBytes<T>(complex);
  for (let i: usize = 0; i < rows; i += tileRows(complex)) {
    if (i + tileRows(complex) <= rows && columns == tileColumns<T>(complex)) packedTile<T>(complex, steps, a, b, c, rowStride, step > 0);
    else {
      packedTile<T>(complex, steps, a, b, edge, TILE_ROW_BYTES, false);
      storeEdge<T>(edge, c, rowStride, min(tileRows(complex), rows - i), columns * elementBytes<T>(complex), step > 0);
    }
    a += steps * tileStepBytes<T>();
    c += tileRows(complex) * rowStride;
  }
}

// @ts-ignore: decorator
@inline
function storeEdge<T>(edge: usize, c: usize, cRowStride: usize, rows: usize, bytes: usize, accumulate: bool): void {
  for (let i: usize = 0; i < rows; i++, c += cRowStride, edge += TILE_ROW_BYTES)
    for (let j: usize = 0; j < bytes; j += sizeof<T>())
      store<T>(c + j, accumulate ? load<T>(c + j) + load<T>(edge + j) : load<T>(edge + j));
}
