import { removeGauge } from "../dual-evaluation.ts";
import type { CheckedTransport } from "../problem.ts";
import {
  type HistoryEntry,
  REMEDIES,
  type SparsePlan,
  type StopReason,
  type TransportResult,
} from "../transport-result.ts";
import type { TransportTree } from "./starting-tree.ts";

export interface SimplexEnd {
  readonly reason: StopReason;
  readonly history: readonly HistoryEntry[];
  readonly pivots: number;
}

/** What a tree and its potentials say about the caller's problem. */
export function treeResult(
  problem: CheckedTransport,
  tree: TransportTree,
  treePotentials: Float64Array,
  { reason, history, pivots }: SimplexEnd,
): TransportResult {
  const { rows, columns, cost, marginals, given } = problem;
  const flows = exactFlows(tree, marginals, rows);
  const balanced = Float64Array.from(treePotentials);
  removeGauge(balanced, rows);
  let transportCost = 0;
  const rest = Float64Array.from(marginals);
  for (const [node, parent] of tree.parents.entries()) {
    if (parent < 0) continue;
    const [row, column] = [Math.min(node, parent), Math.max(node, parent) - rows];
    transportCost += flows[node] * cost[row * columns + column];
    rest[row] -= flows[node];
    rest[rows + column] -= flows[node];
  }
  const { rowPotential, columnPotential } = completePotentials(problem, balanced);
  const sparse = sparsePlanOf(tree, flows, problem);
  return {
    rowPotential,
    columnPotential,
    transportCost,
    objective: transportCost,
    dualObjective: marginals.reduce((total, mass, node) => total + mass * balanced[node], 0),
    marginalError: rest.reduce((total, mass) => total + Math.abs(mass), 0),
    regularization: 0,
    reason,
    remedy: reason === "converged" ? "The dual constraints hold to rounding: the plan is optimal." : REMEDIES[reason],
    iterations: {
      sinkhornSweeps: 0,
      newtonSteps: 0,
      quasiNewtonSteps: 0,
      conjugateGradientIterations: 0,
      lineSearchHalvings: 0,
      simplexPivots: pivots,
    },
    history,
    dtype: "float64",
    plan() {
      const [planRows, planColumns] = given.shape;
      const data = new Float64Array(planRows * planColumns);
      for (let row = 0; row < planRows; row++)
        for (let entry = sparse.rowOffsets[row]; entry < sparse.rowOffsets[row + 1]; entry++)
          data[row * planColumns + sparse.columnIndices[entry]] = sparse.values[entry];
      return { data, shape: [planRows, planColumns] };
    },
    sparsePlan: (threshold = 0) => aboveThreshold(sparse, threshold),
  };
}

/** The flows of the tree for masses that are not whole numbers, from its leaves up. */
function exactFlows({ parents, flows }: TransportTree, marginals: Float64Array, rows: number): Float64Array {
  const children = new Int32Array(parents.length);
  for (const parent of parents) if (parent >= 0) children[parent]++;
  const excess = marginals.map((mass, node) => (node < rows ? mass : -mass));
  const exact = new Float64Array(parents.length);
  for (let leaf = 0; leaf < parents.length; leaf++)
    for (let node = leaf; children[node] === 0 && parents[node] >= 0; ) {
      const parent = parents[node];
      // The whole numbers know which arcs are empty.
      exact[node] = flows[node] === 0 ? 0 : Math.max(0, node < rows ? excess[node] : -excess[node]);
      excess[parent] += excess[node];
      children[node] = -1;
      children[parent]--;
      node = parent;
    }
  return exact;
}

/** Potentials of all rows and columns; those without mass get the largest that no constraint forbids. */
function completePotentials({ rows, keptRows, keptColumns, given }: CheckedTransport, potentials: Float64Array) {
  const [allRows, allColumns] = given.shape;
  const rowPotential = new Float64Array(allRows).fill(Number.POSITIVE_INFINITY);
  const columnPotential = new Float64Array(allColumns).fill(Number.POSITIVE_INFINITY);
  for (const [index, row] of keptRows.entries()) rowPotential[row] = potentials[index];
  for (const [index, column] of keptColumns.entries()) columnPotential[column] = potentials[rows + index];
  const costAt = (row: number, column: number) => given.data[row * allColumns + column];
  for (const [row, value] of rowPotential.entries())
    if (value === Number.POSITIVE_INFINITY)
      for (const column of keptColumns)
        rowPotential[row] = Math.min(rowPotential[row], costAt(row, column) - columnPotential[column]);
  for (const [column, value] of columnPotential.entries())
    if (value === Number.POSITIVE_INFINITY)
      for (let row = 0; row < allRows; row++)
        columnPotential[column] = Math.min(columnPotential[column], costAt(row, column) - rowPotential[row]);
  return { rowPotential, columnPotential };
}

function sparsePlanOf(
  { parents }: TransportTree,
  flows: Float64Array,
  { rows, keptRows, keptColumns, given }: CheckedTransport,
): SparsePlan {
  const entries = [...parents.keys()]
    .filter((node) => flows[node] > 0)
    .map((node) => ({
      row: keptRows[Math.min(node, parents[node])],
      column: keptColumns[Math.max(node, parents[node]) - rows],
      value: flows[node],
    }))
    .sort((a, b) => a.row - b.row || a.column - b.column);
  const rowOffsets = new Int32Array(given.shape[0] + 1);
  for (const { row } of entries) rowOffsets[row + 1]++;
  for (let row = 0; row < given.shape[0]; row++) rowOffsets[row + 1] += rowOffsets[row];
  return {
    shape: [given.shape[0], given.shape[1]],
    rowOffsets,
    columnIndices: Int32Array.from(entries, ({ column }) => column),
    values: Float64Array.from(entries, ({ value }) => value),
  };
}

function aboveThreshold(plan: SparsePlan, threshold: number): SparsePlan {
  const kept = plan.values.map((value) => (value > threshold ? 1 : 0));
  const before = new Int32Array(kept.length + 1);
  for (const [entry, keep] of kept.entries()) before[entry + 1] = before[entry] + keep;
  return {
    shape: plan.shape,
    rowOffsets: plan.rowOffsets.map((offset) => before[offset]),
    columnIndices: plan.columnIndices.filter((_, entry) => kept[entry]),
    values: plan.values.filter((_, entry) => kept[entry]),
  };
}
