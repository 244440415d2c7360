import { Real } from "../../../assembly/elements";
import { factorCholesky, solveBelow, subtractGram } from "../../../assembly/cholesky";

export { product_tile_f32, product_tile_f64 } from "../../../assembly/product";
export { triangle_row_f32, triangle_row_f64 } from "../../../assembly/triangular";

// @ts-ignore: decorator
@inline
function at(list: usize, index: usize): usize {
  return <usize>load<u32>(list + (index << 2));
}

/**
 * Multifrontal factorisation. Every supernode has a front, a dense lower triangle over its rows: the entries of A in its columns, and the updates of its children, which are the last ones on the stack.
 * Its columns are eliminated and become its block of the factor [rows, width]; what is left of the front is pushed as an update.
 *
 * `positions` takes n numbers of 32 bits, `waiting` as many as there are supernodes, `front` the largest front, `stack` all updates that wait at once. Returns 0, or the number of the first pivot that is
 * not positive, counted in the order of elimination.
 */
// @ts-ignore: decorator
@inline
function factorise<T>(
  values: usize, columnPointers: usize, rowIndices: usize, starts: usize, rowPointers: usize, rows: usize, children: usize,
  supernodes: usize, factor: usize, positions: usize, waiting: usize, front: usize, stack: usize, scratch: usize,
): usize {
  let top = stack;
  let queued: usize = 0;
  let block = factor;
  for (let s: usize = 0; s < supernodes; s++) {
    const start = at(starts, s);
    const width = at(starts, s + 1) - start;
    const ownRows = rows + (at(rowPointers, s) << 2);
    const size = at(rowPointers, s + 1) - at(rowPointers, s);
    const row = size * sizeof<T>();
    memory.fill(front, 0, size * row);
    for (let k: usize = 0; k < size; k++) store<u32>(positions + (at(ownRows, k) << 2), <u32>k);
    addEntries<T>(values, columnPointers, rowIndices, start, width, positions, front, row);
    for (let child = at(children, s); child > 0; child--) {
      const from = at(waiting, --queued);
      const childWidth = at(starts, from + 1) - at(starts, from);
      const childRows = rows + (at(rowPointers, from) + childWidth << 2);
      const below = at(rowPointers, from + 1) - at(rowPointers, from) - childWidth;
      top -= below * below * sizeof<T>();
      addUpdate<T>(top, below, childRows, positions, front, row);
    }
    const failed = factorCholesky<T, Real>(width, front, row, scratch);
    if (failed) return start + failed;
    const below = size - width;
    const left = front + width * row;
    solveBelow<T, Real>(below, width, front, left, row, scratch);
    subtractGram<T, Real>(below, width, left, left + width * sizeof<T>(), row, scratch);
    for (let i: usize = 0; i < size; i++) memory.copy(block + i * width * sizeof<T>(), front + i * row, width * sizeof<T>());
    clearAbove<T>(width, block);
    block += size * width * sizeof<T>();
    if (below == 0) continue;
    for (let i: usize = 0; i < below; i++)
      memory.copy(top + i * below * sizeof<T>(), left + i * row + width * sizeof<T>(), (i + 1) * sizeof<T>());
    top += below * below * sizeof<T>();
    store<u32>(waiting + (queued++ << 2), <u32>s);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function addEntries<T>(
  values: usize, columnPointers: usize, rowIndices: usize, start: usize, width: usize, positions: usize, front: usize, row: usize,
): void {
  for (let column: usize = 0; column < width; column++) {
    const end = at(columnPointers, start + column + 1);
    for (let entry = at(columnPointers, start + column); entry < end; entry++) {
      const target = front + at(positions, at(rowIndices, entry)) * row + column * sizeof<T>();
      store<T>(target, load<T>(target) + load<T>(values + entry * sizeof<T>()));
    }
  }
}

/** Adds the lower triangle of a child's update where its rows are in the front. */
// @ts-ignore: decorator
@inline
function addUpdate<T>(update: usize, size: usize, rows: usize, positions: usize, front: usize, row: usize): void {
  for (let i: usize = 0; i < size; i++) {
    const target = front + at(positions, at(rows, i)) * row;
    const source = update + i * size * sizeof<T>();
    for (let j: usize = 0; j <= i; j++) {
      const place = target + at(positions, at(rows, j)) * sizeof<T>();
      store<T>(place, load<T>(place) + load<T>(source + j * sizeof<T>()));
    }
  }
}

// @ts-ignore: decorator
@inline
function clearAbove<T>(width: usize, block: usize): void {
  for (let i: usize = 0; i < width; i++)
    memory.fill(block + (i * width + i + 1) * sizeof<T>(), 0, (width - i - 1) * sizeof<T>());
}

export function sparse_cholesky_f32(
  values: usize, columnPointers: usize, rowIndices: usize, starts: usize, rowPointers: usize, rows: usize, children: usize,
  supernodes: usize, factor: usize, positions: usize, waiting: usize, front: usize, stack: usize, scratch: usize,
): usize {
  return factorise<f32>(
    values, columnPointers, rowIndices, starts, rowPointers, rows, children, supernodes, factor, positions, waiting, front, stack, scratch,
  );
}

export function sparse_cholesky_f64(
  values: usize, columnPointers: usize, rowIndices: usize, starts: usize, rowPointers: usize, rows: usize, children: usize,
  supernodes: usize, factor: usize, positions: usize, waiting: usize, front: usize, stack: usize, scratch: usize,
): usize {
  return factorise<f64>(
    values, columnPointers, rowIndices, starts, rowPointers, rows, children, supernodes, factor, positions, waiting, front, stack, scratch,
  );
}
