import {
  defineKernel,
  InvalidInputError,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
} from "@ansatz/tensor";
import { checkFloats } from "../log-plan/log-plan.ts";
import { networkSimplexCpu } from "./cpu.ts";
import type { NetworkSimplexOptions } from "./options.ts";

export type { NetworkSimplexOptions } from "./options.ts";

/** As in cpu.as.ts. */
const TOLERANCE = 2 ** -46;

const SEQUENTIAL = "sequential: every pivot changes the tree that the next one is chosen on";

/**
 * Pivots of the network simplex method on the transportation problem: min Σ Cᵢⱼ Pᵢⱼ, P ≥ 0, with the row and column sums that the given flows have.
 *
 * Nodes are the rows and then the columns; the basis is a spanning tree of them, given by every node's parent and the flow on the arc between the two.
 * A pivot prices the arcs of `blockRows` rows, those after the rows that were priced before, and takes in the arc of smallest reduced cost Cᵢⱼ − xᵢ − yⱼ (the first of them in a row).
 * Where no flow can be moved the leaving arc is chosen such that arcs without flow point to the root (Cunningham's strongly feasible trees), which rules out cycles;
 * the first tree must be such a one. Flows are exact where they are whole numbers below 2⁵³.
 *
 * Inputs: cost `[m, n]`, float64; parents `[m + n]`, int32, −1 at the root; flows `[m + n]`, float64, that of the root being ignored.
 * Outputs: parents and flows; potentials x and y `[m + n]` with xᵢ + yⱼ = Cᵢⱼ on the tree, that of the root at the start being 0; `[3]`: the largest violation of xᵢ + yⱼ ≤ Cᵢⱼ
 * before the first pivot, the number of pivots, the row to go on with. The tree is optimal when there were fewer pivots than allowed.
 *
 * Source: the network simplex method in the form of G. H. Bradley, G. G. Brown, G. W. Graves and of W. H. Cunningham; block search as in Z. Király and P. Kovács, "Efficient implementations of minimum-cost flow algorithms".
 */
export const networkSimplexKernel = defineKernel<NetworkSimplexOptions>({
  name: "network-simplex",
  summary: "Improves a basis of an unregularised transport problem by pivots of the network simplex method.",
  infer,
  cost(inputs, { maximumPivots, blockRows }) {
    const [rows, columns] = inputs[0].shape;
    // One block is priced per pivot, three operations per arc, and all arcs once; a cut-off part of the tree can have all nodes, and none.
    const priced = rows * columns + maximumPivots * blockRows * columns;
    return { flops: 3 * priced, bytes: 8 * rows * columns + 36 * (rows + columns) };
  },
  reference,
  cpu: networkSimplexCpu,
  webgpu: SEQUENTIAL,
  tensorflow: SEQUENTIAL,
  cases,
  randomCase(random) {
    const [rows, columns] = [random.integer(1, 12), random.integer(1, 12)];
    const costs = Array.from({ length: rows * columns }, () => random.integer(0, 30));
    const masses = Array.from({ length: rows }, () => random.integer(0, 9));
    return simplexCase(rows, columns, costs, masses, random.integer(0, 30), random.integer(1, rows));
  },
  // Costs of the cases are small whole numbers, so that sums are exact and every device must take the same pivots.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

function infer([cost, parents, flows]: readonly TensorSpec[], options: NetworkSimplexOptions): readonly TensorSpec[] {
  const name = "network-simplex";
  if (cost.shape.length !== 2 || cost.dtype !== "float64" || cost.shape.includes(0))
    throw new InvalidInputError(
      `${name}: cost`,
      "float64 of shape [rows, columns], neither 0",
      `${cost.dtype} [${cost.shape}]`,
    );
  const [rows, columns] = cost.shape;
  checkFloats(name, "parents", parents, "int32", [rows + columns]);
  checkFloats(name, "flows", flows, "float64", [rows + columns]);
  const { maximumPivots, firstRow, blockRows } = options;
  if (!Number.isInteger(maximumPivots) || maximumPivots < 0)
    throw new InvalidInputError(`${name}: maximumPivots`, "an integer ≥ 0", maximumPivots);
  if (!Number.isInteger(firstRow) || firstRow < 0 || firstRow >= rows)
    throw new InvalidInputError(`${name}: firstRow`, `an integer from 0 to ${rows - 1}`, firstRow);
  if (!Number.isInteger(blockRows) || blockRows < 1)
    throw new InvalidInputError(`${name}: blockRows`, "an integer ≥ 1", blockRows);
  return [
    { shape: [rows + columns], dtype: "int32" },
    { shape: [rows + columns], dtype: "float64" },
    { shape: [rows + columns], dtype: "float64" },
    { shape: [3], dtype: "float64" },
  ];
}

/** The tree as the reference has it: what hangs together is found anew for every pivot. */
interface Tree {
  readonly rows: number;
  readonly columns: number;
  readonly costs: ReferenceArray["data"];
  readonly parents: number[];
  readonly flows: number[];
}

function reference(inputs: readonly ReferenceArray[], options: NetworkSimplexOptions): readonly ReferenceArray[] {
  const [cost, givenParents, givenFlows] = inputs;
  const [rows, columns] = cost.shape;
  const tree = { rows, columns, costs: cost.data, parents: [...givenParents.data], flows: [...givenFlows.data] };
  let potentials = potentialsOf(tree, tree.parents.indexOf(-1), 0);
  const threshold = -TOLERANCE * largestTreeCost(tree);
  let violation = 0;
  for (let arc = 0; arc < rows * columns; arc++)
    violation = Math.max(violation, -reducedCost(tree, potentials, Math.floor(arc / columns), arc % columns));
  let row = options.firstRow;
  let pivots = 0;
  for (; pivots < options.maximumPivots; pivots++) {
    const found = price(tree, potentials, row, options.blockRows, threshold);
    row = found.nextRow;
    if (!found.arc) break;
    const root = pivot(tree, ...found.arc);
    // The part of the tree that keeps its root keeps its potentials.
    potentials = potentialsOf(tree, root, potentials[root]);
  }
  const specs = infer(inputs, options);
  return [tree.parents, tree.flows, potentials, [violation, pivots, row]].map((values, index) =>
    referenceArray(specs[index].dtype, specs[index].shape, values),
  );
}

function reducedCost({ rows, columns, costs }: Tree, potentials: readonly number[], row: number, column: number) {
  return costs[row * columns + column] - potentials[rows + column] - potentials[row];
}

function arcCost({ rows, columns, costs }: Tree, a: number, b: number): number {
  return costs[Math.min(a, b) * columns + Math.max(a, b) - rows];
}

function largestTreeCost(tree: Tree): number {
  return Math.max(0, ...tree.parents.map((parent, x) => (parent < 0 ? 0 : Math.abs(arcCost(tree, x, parent)))));
}

function potentialsOf(tree: Tree, root: number, value: number): number[] {
  const potentials: number[] = [];
  const potential = (x: number): number => {
    potentials[x] ??= x === root ? value : arcCost(tree, x, tree.parents[x]) - potential(tree.parents[x]);
    return potentials[x];
  };
  for (const x of tree.parents.keys()) potential(x);
  return potentials;
}

/** The arc that enters, if any, and the row to go on with. */
function price(tree: Tree, potentials: readonly number[], firstRow: number, blockRows: number, threshold: number) {
  let best = threshold;
  let arc: [row: number, column: number] | undefined;
  let scanned = 0;
  for (; scanned < tree.rows && !(arc && scanned % blockRows === 0); scanned++)
    for (let column = 0; column < tree.columns; column++) {
      const row = (firstRow + scanned) % tree.rows;
      const reduced = reducedCost(tree, potentials, row, column);
      if (reduced < best) {
        best = reduced;
        arc = [row, column];
      }
    }
  return { arc, nextRow: (firstRow + scanned) % tree.rows };
}

/** Takes in an arc; returns the root. */
function pivot({ rows, parents, flows }: Tree, row: number, column: number): number {
  const toRoot = (x: number): number[] => (parents[x] < 0 ? [x] : [x, ...toRoot(parents[x])]);
  const root = toRoot(row).at(-1)!;
  const above = new Set(toRoot(rows + column));
  const join = toRoot(row).find((x) => above.has(x))!;
  const until = (path: readonly number[]) => path.slice(0, path.indexOf(join));
  const [rowPath, columnPath] = [until(toRoot(row)), until(toRoot(rows + column))];
  const shrinking = [...rowPath.filter((x) => x < rows), ...columnPath.filter((x) => x >= rows)];
  const amount = Math.min(...shrinking.map((x) => flows[x]));
  const emptied = shrinking.filter((x) => flows[x] === amount);
  const leaving = emptied.findLast((x) => columnPath.includes(x)) ?? emptied[0];
  for (const x of [...rowPath, ...columnPath]) flows[x] += shrinking.includes(x) ? -amount : amount;
  const side = columnPath.includes(leaving) ? columnPath : rowPath;
  const turned = side.slice(0, side.indexOf(leaving) + 1);
  const turnedFlows = [amount, ...turned.map((x) => flows[x])];
  const turnedParents = [side === rowPath ? rows + column : row, ...turned];
  for (const [index, x] of turned.entries()) {
    parents[x] = turnedParents[index];
    flows[x] = turnedFlows[index];
  }
  return root;
}

/** All columns hang on the first row and its flows are theirs; the other rows, without flow, hang on the last column, the root. */
function simplexCase(
  rows: number,
  columns: number,
  costs: readonly number[],
  masses: readonly number[],
  maximumPivots: number,
  blockRows: number,
): KernelCase<NetworkSimplexOptions> {
  const root = rows + columns - 1;
  const parents = Array.from({ length: rows + columns }, (_, x) => (x === root ? -1 : x < rows ? root : 0));
  // A column that hangs on a row needs flow for the tree to be strongly feasible.
  const flows = parents.map((_, x) => (x === root ? 0 : x < rows ? masses[x] : 1 + (x % 3)));
  return {
    name: `${maximumPivots} pivots on [${rows}, ${columns}], ${blockRows} rows at a time`,
    inputs: [
      referenceArray("float64", [rows, columns], costs),
      referenceArray("int32", [rows + columns], parents),
      referenceArray("float64", [rows + columns], flows),
    ],
    options: { maximumPivots, firstRow: rows - 1, blockRows },
  };
}

function cases(): readonly KernelCase<NetworkSimplexOptions>[] {
  const costs = (count: number) => Array.from({ length: count }, (_, index) => (index * 7919) % 23);
  const masses = (count: number) => Array.from({ length: count }, (_, index) => (index * 31) % 5);
  return [
    simplexCase(1, 1, [3], [2], 10, 1),
    simplexCase(1, 9, costs(9), [7], 10, 1),
    simplexCase(9, 1, costs(9), masses(9), 10, 4),
    simplexCase(5, 6, costs(30), masses(5), 0, 2),
    simplexCase(7, 13, costs(91), masses(7), 3, 1),
    // Without flow but on the columns: nearly every pivot is degenerate.
    simplexCase(14, 11, costs(154), new Array(14).fill(0), 500, 3),
    simplexCase(20, 20, costs(400), masses(20), 1000, 20),
    simplexCase(16, 9, new Array(144).fill(-4), masses(16), 100, 2),
  ];
}
