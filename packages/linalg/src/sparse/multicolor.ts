import { concatenate, gather, multiply, slice, subtract, type Tensor } from "@ansatz/tensor";
import type { DisposablePreconditioner } from "../iterative/operator.ts";
import { CsrMatrix } from "./csr-matrix.ts";
import { SparseOperator, type SparseOperatorOptions } from "./sparse-operator.ts";

/** Rows by colour: rows of one colour are not coupled with each other. */
interface Coloring {
  /** Rows, those of the first colour first. */
  readonly order: Int32Array<ArrayBuffer>;
  /** Where colours begin in `order`, and where the last one ends. */
  readonly starts: readonly number[];
}

/**
 * Colours the rows of a square matrix so that no two rows with an entry between them share a colour: one row after the other takes the first colour that its neighbours leave. Laplacians on grids
 * become red and black; a matrix whose rows have at most k neighbours takes at most k + 1 colours.
 *
 * Source: Saad, "Iterative Methods for Sparse Linear Systems" (2003), section 3.3.3.
 */
export function colorRows(a: CsrMatrix): Coloring {
  const [size] = a.shape;
  const transpose = a.transpose();
  const colors = new Int32Array(size).fill(-1);
  // The row that last found a colour taken.
  const takenFor: number[] = [];
  for (let row = 0; row < size; row++) {
    for (const { rowPointers, columnIndices } of [a, transpose])
      for (let entry = rowPointers[row]; entry < rowPointers[row + 1]; entry++) {
        const color = columnIndices[entry] === row ? -1 : colors[columnIndices[entry]];
        if (color >= 0) takenFor[color] = row;
      }
    const free = takenFor.findIndex((taken) => taken !== row);
    colors[row] = free >= 0 ? free : takenFor.length;
    if (free < 0) takenFor.push(-1);
  }
  const rows = Array.from(takenFor, (): number[] => []);
  for (const [row, color] of colors.entries()) rows[color].push(row);
  const starts = [0];
  for (const list of rows) starts.push(starts[starts.length - 1] + list.length);
  return { order: Int32Array.from(rows.flat()), starts };
}

/**
 * One sweep (D/ω + L)⁻¹ in the order of colours, or with `symmetric` also the one back: rows of a colour are independent of each other, so that a sweep takes one product for each colour.
 */
export function multicolorSweep(
  a: CsrMatrix,
  relaxation: number,
  symmetric: boolean,
  options: SparseOperatorOptions,
): DisposablePreconditioner {
  const { device, dtype = device.defaultFloat } = options;
  const { order, starts } = colorRows(a);
  const place = new Int32Array(order.length);
  for (const [index, row] of order.entries()) place[row] = index;
  const diagonal = a.diagonal();
  const colors = Array.from({ length: starts.length - 1 }, (_, color) => {
    const [begin, end] = [starts[color], starts[color + 1]];
    const rows = order.subarray(begin, end);
    const scale = Float64Array.from(rows, (row) => relaxation / diagonal[row]);
    return {
      range: [begin, end] as const,
      scale: device.tensor(scale, [end - begin], dtype),
      before: SparseOperator.from(couplings(a, rows, place, 0, begin), options),
      after: SparseOperator.from(couplings(a, rows, place, end, order.length), options),
    };
  });
  const [forth, back] = [device.tensor(order), device.tensor(place)];
  const between = device.tensor(
    Float64Array.from(order, (row) => (diagonal[row] * (2 - relaxation)) / relaxation),
    [order.length],
    dtype,
  );
  const all = [forth, back, between, ...colors.flatMap(({ scale, before, after }) => [scale, before, after])];

  const forward = (right: Tensor) => {
    let known: Tensor | undefined;
    for (const { range, scale, before } of colors) {
      const own = slice(right, [range]);
      const solved: Tensor = multiply(known ? subtract(own, before.apply(known)) : own, scale);
      known = known ? concatenate([known, solved], { axis: 0 }) : solved;
    }
    return known!;
  };
  const backward = (right: Tensor) => {
    let known: Tensor | undefined;
    for (const { range, scale, after } of [...colors].reverse()) {
      const own = slice(right, [range]);
      const solved: Tensor = multiply(known ? subtract(own, after.apply(known)) : own, scale);
      known = known ? concatenate([solved, known], { axis: 0 }) : solved;
    }
    return known!;
  };
  const apply = (residual: Tensor) =>
    residual.device.scope(() => {
      if (residual.size === 0) return multiply(residual, 1);
      const half = forward(gather(residual, forth, { axis: 0 }));
      return gather(symmetric ? backward(multiply(half, between)) : half, back, { axis: 0 });
    });
  const dispose = () => {
    for (const each of all) each.dispose();
  };
  return Object.assign(apply, { dispose, [Symbol.dispose]: dispose });
}

/** The entries of some rows in the columns whose places are in [begin, end), counted from `begin`. */
function couplings(a: CsrMatrix, rows: Int32Array, place: Int32Array, begin: number, end: number): CsrMatrix {
  const entries = { rows: [] as number[], columns: [] as number[], values: [] as number[] };
  for (const [own, row] of rows.entries())
    for (let entry = a.rowPointers[row]; entry < a.rowPointers[row + 1]; entry++) {
      const column = place[a.columnIndices[entry]];
      if (column < begin || column >= end) continue;
      entries.rows.push(own);
      entries.columns.push(column - begin);
      entries.values.push(a.values[entry]);
    }
  return CsrMatrix.fromCoordinates([rows.length, end - begin], entries);
}
