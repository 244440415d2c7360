/**
 * What is to be multiplied and how the work is split: C = A B for every batch. Filled in by `cpu.ts`, word by word in this order,
 * followed by two words per batch: the offsets of its matrices in A and in B. Strides and offsets are in bytes; one of the two strides of A, and of B, is the size of an element.
 */
// @ts-ignore: decorator
@unmanaged
export class Product {
  rows: usize;
  columns: usize;
  depth: usize;
  batches: usize;
  a: usize;
  aRowStride: usize;
  aColumnStride: usize;
  b: usize;
  bRowStride: usize;
  bColumnStride: usize;
  c: usize;
  /** Rows that one unit of work takes. */
  rowBlock: usize;
  /** Terms of the inner sums taken at once, so that a packed panel of B stays in the first-level cache. */
  depthBlock: usize;
  /** Parts that the columns are cut into, where row blocks alone are too few to share. */
  columnParts: usize;
  /** Scratch areas of `slotBytes` each; one is used by one thread at a time. */
  slots: usize;
  slotBytes: usize;
  scratch: usize;
  /** B packed ahead for all units, or 0: every unit packs what it needs. */
  packedB: usize;
}

/** Offset of a batch's matrix in A. */
// @ts-ignore: decorator
@inline
export function offsetInA(product: Product, batch: usize): usize {
  return load<u32>(changetype<usize>(product) + (batch << 3), offsetof<Product>());
}

/** Offset of a batch's matrix in B. */
// @ts-ignore: decorator
@inline
export function offsetInB(product: Product, batch: usize): usize {
  return load<u32>(changetype<usize>(product) + (batch << 3), offsetof<Product>() + 4);
}
