import type { SparsePlan } from "../transport-result.ts";
import type { ColumnProblem } from "./problem.ts";

/** A plan on the host: entry e of column j, of at most k, is `masses[j k + e]` in row `indices[j k + e]`. */
export interface ColumnEntries {
  readonly masses: Float64Array;
  readonly indices: Int32Array;
}

/** How far sums of a plan are from the marginals. */
export interface MarginalViolation {
  /** ‖T1 − a‖₁. */
  readonly rowViolation: number;
  /** ‖Tᵀ1 − b‖₁. */
  readonly columnViolation: number;
  /** Their sum. */
  readonly marginalViolation: number;
}

/** A plan and what it is worth. */
export interface SparsePlanSolution extends MarginalViolation {
  /** ⟨C, T⟩. */
  readonly transportCost: number;
  /** ⟨C, T⟩ + γ Ω(T), what is minimised. */
  readonly objective: number;
  /** Most entries that a column (or row, where rows are sparse) has. */
  readonly largestCount: number;
  /** T, row-major `[m, n]`. */
  plan(): { readonly data: Float64Array<ArrayBuffer>; readonly shape: readonly [number, number] };
  /** T in compressed rows. */
  sparsePlan(): SparsePlan;
}

export function solutionOf(problem: ColumnProblem, entries: ColumnEntries): SparsePlanSolution {
  const { rows, columns, costs, rowMasses, columnMasses, regularization, regularizer, maximumEntries, sparseSide } =
    problem;
  const ofRows = rowMasses.map((mass) => -mass);
  const ofColumns = columnMasses.map((mass) => -mass);
  let transportCost = 0;
  let penalty = 0;
  let largestCount = 0;
  for (let column = 0; column < columns; column++) {
    let count = 0;
    for (const [row, mass] of entriesOf(entries, column, maximumEntries)) {
      count++;
      ofRows[row] += mass;
      ofColumns[column] += mass;
      transportCost += mass * costs[column * rows + row];
      penalty += regularizer === "quadratic" ? (mass * mass) / 2 : mass * Math.log(mass);
    }
    largestCount = Math.max(largestCount, count);
  }
  const [given, other] = [norm(ofRows), norm(ofColumns)];
  const [rowViolation, columnViolation] = sparseSide === "columns" ? [given, other] : [other, given];
  return {
    ...{ rowViolation, columnViolation, marginalViolation: given + other },
    ...{ transportCost, objective: transportCost + regularization * penalty, largestCount },
    plan: () => densePlan(problem, entries),
    sparsePlan: () => compressedPlan(problem, entries),
  };
}

/** Row and mass of a column's entries. */
export function* entriesOf(
  { masses, indices }: ColumnEntries,
  column: number,
  maximumEntries: number,
): Generator<readonly [row: number, mass: number]> {
  for (let at = column * maximumEntries; at < (column + 1) * maximumEntries; at++)
    if (masses[at] > 0) yield [indices[at], masses[at]];
}

function norm(values: Float64Array): number {
  return values.reduce((total, value) => total + Math.abs(value), 0);
}

/** Entries as the caller counts them: row, column, mass. */
function* placed(problem: ColumnProblem, entries: ColumnEntries): Generator<readonly [number, number, number]> {
  const { columns, maximumEntries, sparseSide, checked } = problem;
  const { keptRows, keptColumns } = checked;
  for (let column = 0; column < columns; column++)
    for (const [row, mass] of entriesOf(entries, column, maximumEntries))
      yield sparseSide === "columns"
        ? [keptRows[row], keptColumns[column], mass]
        : [keptRows[column], keptColumns[row], mass];
}

function densePlan(problem: ColumnProblem, entries: ColumnEntries): ReturnType<SparsePlanSolution["plan"]> {
  const [rows, columns] = problem.checked.given.shape;
  const data = new Float64Array(rows * columns);
  for (const [row, column, mass] of placed(problem, entries)) data[row * columns + column] = mass;
  return { data, shape: [rows, columns] };
}

function compressedPlan(problem: ColumnProblem, entries: ColumnEntries): SparsePlan {
  const [rows, columns] = problem.checked.given.shape;
  const sorted = [...placed(problem, entries)].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const rowOffsets = new Int32Array(rows + 1);
  for (const [row] of sorted) rowOffsets[row + 1]++;
  for (let row = 0; row < rows; row++) rowOffsets[row + 1] += rowOffsets[row];
  return {
    shape: [rows, columns],
    rowOffsets,
    columnIndices: Int32Array.from(sorted, ([, column]) => column),
    values: Float64Array.from(sorted, ([, , mass]) => mass),
  };
}
