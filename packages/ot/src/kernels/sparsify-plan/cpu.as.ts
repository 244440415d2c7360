import { exp } from "@ansatz/tensor/assembly/exp";
import { lanesOf, logPlanAt, logPlanFirst } from "../log-plan/log-plan.as";

/** What a walk over a row does with the entries it keeps. */
const COUNT = 0;
const WRITE = 1;

/**
 * Walks over one row, its entries above the threshold and the first `quota` that equal it. Counting, returns how many are above in the low half and how many
 * are equal in the high half; writing, puts columns and entries at `indices` and `values`.
 */
// @ts-ignore: decorator
@inline
function walkRow<T>(
  action: i32, x: v128, xFine: v128, y: usize, fine: usize, costs: usize, columns: i32, eta: v128, threshold: T,
  quota: i32, indices: usize, values: usize,
): u64 {
  const size = sizeof<T>();
  const lanes = lanesOf<T>();
  const bound = v128.splat<T>(threshold);
  let above: u32 = 0;
  let equal: u32 = 0;
  for (let column = 0; column < columns; column += lanes) {
    const offset = <usize>column * size;
    const count = min(lanes, columns - column);
    let t = count == lanes
      ? logPlanAt<T>(x, xFine, y + offset, fine, costs + offset, eta)
      : logPlanFirst<T>(x, xFine, y + offset, fine, costs + offset, eta, count);
    if (!v128.any_true(v128.ge<T>(t, bound))) continue;
    let p = exp<T>(t);
    for (let lane = 0; lane < count; lane++) {
      const own = v128.extract_lane<T>(t, 0);
      if (action == COUNT) {
        above += u32(own > threshold);
        equal += u32(own == threshold);
      } else if (own > threshold || (own == threshold && quota-- > 0)) {
        store<i32>(indices, column + lane);
        store<T>(values, v128.extract_lane<T>(p, 0));
        indices += 4;
        values += size;
      }
      t = size == 4 ? i32x4.shuffle(t, t, 1, 2, 3, 0) : i64x2.shuffle(t, t, 1, 0);
      p = size == 4 ? i32x4.shuffle(p, p, 1, 2, 3, 0) : i64x2.shuffle(p, p, 1, 0);
    }
  }
  return (<u64>equal << 32) | <u64>above;
}

// @ts-ignore: decorator
@inline
function walkRows<T>(
  action: i32, cost: usize, potentials: usize, threshold: usize, counts: usize, offsets: usize, indices: usize, values: usize,
  rows: i32, columns: i32, eta: T, begin: i32, end: i32,
): void {
  const size = sizeof<T>();
  const fine = <usize>(rows + columns) * size;
  const y = potentials + <usize>rows * size;
  for (let row = begin; row < end; row++) {
    const costs = cost + <usize>row * <usize>columns * size;
    const x = v128.splat<T>(load<T>(potentials + <usize>row * size));
    const xFine = size == 4 ? v128.splat<T>(load<T>(potentials + fine + <usize>row * size)) : x;
    const own = counts + (<usize>row << 3);
    const first = action == WRITE ? <usize>load<i32>(offsets + (<usize>row << 2)) : 0;
    const counted = walkRow<T>(
      action, x, xFine, y, fine, costs, columns, v128.splat<T>(eta), load<T>(threshold),
      load<i32>(own, 4), indices + (first << 2), values + first * size,
    );
    if (action == COUNT) store<u64>(own, counted);
  }
}

/** Rows [begin, end): how many entries are above the threshold and how many equal it, two i32 per row. */
export function sparsify_count_f32(
  cost: usize, potentials: usize, threshold: usize, counts: usize, rows: i32, columns: i32, eta: f32, begin: i32, end: i32,
): void {
  walkRows<f32>(COUNT, cost, potentials, threshold, counts, 0, 0, 0, rows, columns, eta, begin, end);
}

export function sparsify_count_f64(
  cost: usize, potentials: usize, threshold: usize, counts: usize, rows: i32, columns: i32, eta: f64, begin: i32, end: i32,
): void {
  walkRows<f64>(COUNT, cost, potentials, threshold, counts, 0, 0, 0, rows, columns, eta, begin, end);
}

/** Turns counts into offsets, and the number of equal entries of a row into how many of them are kept. Returns the number of entries kept. */
export function sparsify_offsets(counts: usize, ties: usize, offsets: usize, rows: i32): i32 {
  let left = load<i32>(ties);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const own = counts + (<usize>row << 3);
    const quota = min(left, load<i32>(own, 4));
    store<i32>(own, quota, 4);
    store<i32>(offsets + (<usize>row << 2), total);
    total += load<i32>(own) + quota;
    left -= quota;
  }
  store<i32>(offsets + (<usize>rows << 2), total);
  return total;
}

/** Rows [begin, end): writes the columns and values of what is kept. */
export function sparsify_write_f32(
  cost: usize, potentials: usize, threshold: usize, counts: usize, offsets: usize, indices: usize, values: usize,
  rows: i32, columns: i32, eta: f32, begin: i32, end: i32,
): void {
  walkRows<f32>(WRITE, cost, potentials, threshold, counts, offsets, indices, values, rows, columns, eta, begin, end);
}

export function sparsify_write_f64(
  cost: usize, potentials: usize, threshold: usize, counts: usize, offsets: usize, indices: usize, values: usize,
  rows: i32, columns: i32, eta: f64, begin: i32, end: i32,
): void {
  walkRows<f64>(WRITE, cost, potentials, threshold, counts, offsets, indices, values, rows, columns, eta, begin, end);
}

// @ts-ignore: decorator
@inline
function transpose<T>(offsets: usize, indices: usize, values: usize, capacity: i32, rows: i32, columns: i32): void {
  const columnOffsets = offsets + (<usize>(rows + 1) << 2);
  const rowIndices = indices + (<usize>capacity << 2);
  const columnValues = values + <usize>capacity * sizeof<T>();
  const kept = load<i32>(offsets + (<usize>rows << 2));
  memory.fill(columnOffsets, 0, <usize>(columns + 1) << 2);
  for (let entry = 0; entry < kept; entry++) {
    const count = columnOffsets + (<usize>(load<i32>(indices + (<usize>entry << 2)) + 1) << 2);
    store<i32>(count, load<i32>(count) + 1);
  }
  for (let column = 0; column < columns; column++) {
    const next = columnOffsets + (<usize>(column + 1) << 2);
    store<i32>(next, load<i32>(next) + load<i32>(next - 4));
  }
  for (let row = 0; row < rows; row++) {
    const end = load<i32>(offsets + (<usize>(row + 1) << 2));
    for (let entry = load<i32>(offsets + (<usize>row << 2)); entry < end; entry++) {
      // Offsets serve as cursors, and are the beginnings of the next columns afterwards.
      const cursor = columnOffsets + (<usize>load<i32>(indices + (<usize>entry << 2)) << 2);
      const position = load<i32>(cursor);
      store<i32>(cursor, position + 1);
      store<i32>(rowIndices + (<usize>position << 2), row);
      store<T>(columnValues + <usize>position * sizeof<T>(), load<T>(values + <usize>entry * sizeof<T>()));
    }
  }
  for (let column = columns; column > 0; column--)
    store<i32>(columnOffsets + (<usize>column << 2), load<i32>(columnOffsets + (<usize>(column - 1) << 2)));
  store<i32>(columnOffsets, 0);
  for (let half = 0; half < 2; half++) {
    const first = <usize>(half * capacity + kept);
    memory.fill(indices + (first << 2), 0, <usize>(capacity - kept) << 2);
    memory.fill(values + first * sizeof<T>(), 0, <usize>(capacity - kept) * sizeof<T>());
  }
}

/** Fills the second halves of `offsets`, `indices` and `values`, by columns, from the first, by rows; and the room that is left with zeros. */
export function sparsify_transpose_f32(offsets: usize, indices: usize, values: usize, capacity: i32, rows: i32, columns: i32): void {
  transpose<f32>(offsets, indices, values, capacity, rows, columns);
}

export function sparsify_transpose_f64(offsets: usize, indices: usize, values: usize, capacity: i32, rows: i32, columns: i32): void {
  transpose<f64>(offsets, indices, values, capacity, rows, columns);
}
