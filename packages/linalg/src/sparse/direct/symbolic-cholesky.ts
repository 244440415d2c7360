import { InvalidInputError } from "@ansatz/tensor";
import type { CsrMatrix } from "../csr-matrix.ts";
import { positionsIn } from "./permutation.ts";

/** No column. */
const NONE = -1;

/** Neighbouring groups of columns become one where zeros that are stored then are at most such a share, by the number of columns together. Measured: 78 ms for the Laplacian on 256² where no merging takes 87 and twice these shares 85; 104 and 110 on 24³. */
const MERGES: readonly { readonly columns: number; readonly zeros: number }[] = [
  { columns: 4, zeros: 1 },
  { columns: 16, zeros: 0.5 },
  { columns: 48, zeros: 0.15 },
  { columns: Number.POSITIVE_INFINITY, zeros: 0.05 },
];

/**
 * Where the factor L of P A Pᵀ = L Lᵀ has its entries, found from the places of A alone. Columns with the same places below are kept together as supernodes, each a dense block [rows, columns].
 *
 * Source: Liu, "The role of elimination trees in sparse factorization" (1990); Ashcraft, Grimes, "The influence of relaxed supernode partitions on the multifrontal method" (1989).
 */
export interface SymbolicCholesky {
  readonly size: number;
  /** Which row of A comes k-th. */
  readonly order: Int32Array<ArrayBuffer>;
  /** The lower triangle of P A Pᵀ, column after column: where columns start, the rows of the entries, and which entry of A each is. */
  readonly columnPointers: Int32Array<ArrayBuffer>;
  readonly rowIndices: Int32Array<ArrayBuffer>;
  readonly sources: Int32Array<ArrayBuffer>;
  /** First column of each supernode, and `size`. */
  readonly starts: Int32Array<ArrayBuffer>;
  /** Where each supernode's rows start in `rows`; they ascend, and the first are its columns. */
  readonly rowPointers: Int32Array<ArrayBuffer>;
  readonly rows: Int32Array<ArrayBuffer>;
  /** How many supernodes each takes updates from. Those come before it, after everything that they take updates from. */
  readonly children: Int32Array<ArrayBuffer>;
  /** Numbers in all blocks together. */
  readonly entries: number;
  /** Most rows of a supernode. */
  readonly frontSize: number;
  /** Most numbers that updates waiting for their supernode take at once. */
  readonly stackSize: number;
  /** Multiplications and additions of a factorisation. */
  readonly flops: number;
}

/** Analyses the lower triangle of A in the given order, refined so that supernodes are together. @throws InvalidInputError unless A is square and `order` a permutation of its rows. */
export function analyseCholesky(a: CsrMatrix, order: ArrayLike<number>): SymbolicCholesky {
  const rows = strictRows(permuteTriangle(a, order));
  const parents = eliminationTree(rows);
  const supernodes = supernodesOf(parents, columnCounts(rows, parents));
  const finalOrder = Int32Array.from(supernodes.flat(), (column) => order[column]);
  const starts = new Int32Array(supernodes.length + 1);
  for (const [k, { length }] of supernodes.entries()) starts[k + 1] = starts[k] + length;
  const triangle = permuteTriangle(a, finalOrder);
  return { size: a.shape[0], order: finalOrder, ...triangle, ...structure(triangle, starts) };
}

interface Triangle {
  readonly columnPointers: Int32Array<ArrayBuffer>;
  readonly rowIndices: Int32Array<ArrayBuffer>;
  readonly sources: Int32Array<ArrayBuffer>;
}

/** The lower triangle of P A Pᵀ by columns. Rows do not ascend within a column. */
function permuteTriangle(a: CsrMatrix, order: ArrayLike<number>): Triangle {
  const n = a.shape[0];
  const positions = positionsIn(order, n);
  if (a.shape[1] !== n) throw new InvalidInputError("analyseCholesky: a", "a square matrix", `[${a.shape}]`);
  if (order.length !== n || positions.includes(NONE))
    throw new InvalidInputError("analyseCholesky: order", `a permutation of 0 … ${n - 1}`, order);
  const columnPointers = new Int32Array(n + 1);
  const isBelow = (row: number, k: number) => a.columnIndices[k] <= row;
  const columnOf = (row: number, k: number) => Math.min(positions[row], positions[a.columnIndices[k]]);
  for (let row = 0; row < n; row++)
    for (let k = a.rowPointers[row]; k < a.rowPointers[row + 1]; k++)
      if (isBelow(row, k)) columnPointers[columnOf(row, k) + 1]++;
  for (let column = 0; column < n; column++) columnPointers[column + 1] += columnPointers[column];
  const next = columnPointers.slice(0, n);
  const rowIndices = new Int32Array(columnPointers[n]);
  const sources = new Int32Array(columnPointers[n]);
  for (let row = 0; row < n; row++)
    for (let k = a.rowPointers[row]; k < a.rowPointers[row + 1]; k++) {
      if (!isBelow(row, k)) continue;
      const target = next[columnOf(row, k)]++;
      rowIndices[target] = Math.max(positions[row], positions[a.columnIndices[k]]);
      sources[target] = k;
    }
  return { columnPointers, rowIndices, sources };
}

/** Parent of every column: the first row below its diagonal where L has an entry. */
function eliminationTree({ pointers, columns }: StrictRows): Int32Array<ArrayBuffer> {
  const n = pointers.length - 1;
  const parents = new Int32Array(n).fill(NONE);
  // Shortcuts towards the roots.
  const ancestors = new Int32Array(n).fill(NONE);
  for (let row = 0; row < n; row++)
    for (let k = pointers[row]; k < pointers[row + 1]; k++) {
      let column = columns[k];
      while (column !== NONE && column < row) {
        const above: number = ancestors[column];
        ancestors[column] = row;
        if (above === NONE) parents[column] = row;
        column = above;
      }
    }
  return parents;
}

interface StrictRows {
  readonly pointers: Int32Array;
  readonly columns: Int32Array;
}

/** The triangle's entries below the diagonal, by rows. */
function strictRows({ columnPointers, rowIndices }: Triangle): StrictRows {
  const n = columnPointers.length - 1;
  const pointers = new Int32Array(n + 1);
  const each = (visit: (row: number, column: number) => void) => {
    for (let column = 0; column < n; column++)
      for (let k = columnPointers[column]; k < columnPointers[column + 1]; k++)
        if (rowIndices[k] !== column) visit(rowIndices[k], column);
  };
  each((row) => pointers[row + 1]++);
  for (let row = 0; row < n; row++) pointers[row + 1] += pointers[row];
  const columns = new Int32Array(pointers[n]);
  const next = pointers.slice(0, n);
  each((row, column) => {
    columns[next[row]++] = column;
  });
  return { pointers, columns };
}

/** Entries of every column of L, its diagonal included: row i has entries in the columns from its entries of A up the tree to i. */
function columnCounts({ pointers, columns }: StrictRows, parents: Int32Array): Int32Array<ArrayBuffer> {
  const n = parents.length;
  const counts = new Int32Array(n).fill(1);
  const seenAt = new Int32Array(n).fill(NONE);
  for (let row = 0; row < n; row++) {
    seenAt[row] = row;
    for (let k = pointers[row]; k < pointers[row + 1]; k++)
      for (let column = columns[k]; seenAt[column] !== row; column = parents[column]) {
        seenAt[column] = row;
        counts[column]++;
      }
  }
  return counts;
}

/** Columns that are eliminated together. */
interface Supernode {
  readonly columns: number[];
  /** Rows below its columns. */
  readonly below: number;
  /** Numbers that are stored although they are zero. */
  readonly zeros: number;
  readonly children: Supernode[];
}

/** Columns of every supernode, children before their parents and directly before them. A child joins its parent where that stores few zeros: large blocks are fast. */
function supernodesOf(parents: Int32Array, counts: Int32Array): number[][] {
  const n = parents.length;
  const childrenOf: (Supernode[] | undefined)[] = new Array(n);
  const roots: Supernode[] = [];
  for (let column = 0; column < n; column++) {
    const supernode = merged(column, counts[column] - 1, childrenOf[column] ?? []);
    childrenOf[column] = undefined;
    const parent = parents[column];
    if (parent === NONE) roots.push(supernode);
    else if (childrenOf[parent]) childrenOf[parent].push(supernode);
    else childrenOf[parent] = [supernode];
  }
  return inPostOrder(roots);
}

/** A column with those of its children that may join it, those first that bring the fewest zeros. */
function merged(column: number, below: number, candidates: Supernode[]): Supernode {
  // Taken over from the first child that joins: copying would make long chains quadratic.
  let columns: number[] | undefined;
  let [width, zeros] = [1, 0];
  const children: Supernode[] = [];
  const added = (child: Supernode) => child.columns.length * (width + below - child.below);
  for (const child of candidates.sort((a, b) => added(a) - added(b))) {
    const together = width + child.columns.length;
    const stored = zeros + child.zeros + added(child);
    const limit = MERGES.find((each) => together <= each.columns)?.zeros ?? 0;
    if (stored > limit * ((together * (together + 1)) / 2 + together * below)) {
      children.push(child);
      continue;
    }
    [width, zeros] = [together, stored];
    for (const each of child.children) children.push(each);
    if (columns) for (const each of child.columns) columns.push(each);
    else columns = child.columns;
  }
  columns ??= [];
  columns.push(column);
  return { columns, below, zeros, children };
}

function inPostOrder(roots: readonly Supernode[]): number[][] {
  const order: number[][] = [];
  const path = roots.map((supernode) => ({ supernode, next: 0 })).reverse();
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const child = top.supernode.children[top.next++];
    if (child) path.push({ supernode: child, next: 0 });
    else order.push((path.pop() ?? top).supernode.columns);
  }
  return order;
}

/** Rows of every supernode, and what a factorisation needs. */
function structure(
  { columnPointers, rowIndices }: Triangle,
  starts: Int32Array<ArrayBuffer>,
): Omit<SymbolicCholesky, "size" | "order" | keyof Triangle> {
  const count = starts.length - 1;
  const n = starts[count];
  const supernodeOf = new Int32Array(n);
  for (let s = 0; s < count; s++) supernodeOf.fill(s, starts[s], starts[s + 1]);
  const children = new Int32Array(count);
  const seenAt = new Int32Array(n).fill(NONE);
  const rowPointers = new Int32Array(count + 1);
  const rowsOf: Int32Array[] = [];
  // Those that wait for their parent: the last ones on the stack are the next one's children.
  const waiting: number[] = [];
  let [entries, frontSize, stack, stackSize, flops] = [0, 0, 0, 0, 0];
  for (let s = 0; s < count; s++) {
    const [start, end] = [starts[s], starts[s + 1]];
    const below: number[] = [];
    const add = (row: number) => {
      if (row < end || seenAt[row] === s) return;
      seenAt[row] = s;
      below.push(row);
    };
    for (let k = columnPointers[start]; k < columnPointers[end]; k++) add(rowIndices[k]);
    let freed = 0;
    for (let child = waiting.at(-1); child !== undefined; child = waiting.at(-1)) {
      const width = starts[child + 1] - starts[child];
      const rows = rowsOf[child];
      if (supernodeOf[rows[width]] !== s) break;
      waiting.pop();
      children[s]++;
      freed += (rows.length - width) ** 2;
      for (let k = width; k < rows.length; k++) add(rows[k]);
    }
    const width = end - start;
    const rows = new Int32Array(width + below.length);
    for (let k = 0; k < width; k++) rows[k] = start + k;
    rows.set(Int32Array.from(below).sort(), width);
    rowsOf.push(rows);
    rowPointers[s + 1] = rowPointers[s] + rows.length;
    entries += rows.length * width;
    frontSize = Math.max(frontSize, rows.length);
    for (let k = 0; k < width; k++) flops += (rows.length - k) ** 2;
    stack -= freed;
    if (below.length === 0) continue;
    waiting.push(s);
    stack += below.length ** 2;
    stackSize = Math.max(stackSize, stack);
  }
  const rows = new Int32Array(rowPointers[count]);
  for (const [s, each] of rowsOf.entries()) rows.set(each, rowPointers[s]);
  return { starts, rowPointers, rows, children, entries, frontSize, stackSize, flops };
}
