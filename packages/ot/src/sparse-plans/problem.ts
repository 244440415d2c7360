import { type FloatDType, InvalidInputError } from "@ansatz/tensor";
import type { Regularizer } from "../kernels/sparse-conjugate/index.ts";
import { type CheckedProblem, checkProblem, type TransportProblem, type ZeroMass } from "../problem.ts";

/** Which lines of the plan have at most k entries. */
export type SparseSide = "columns" | "rows";

/**
 * Optimal transport with few entries per column: minimise ⟨C, T⟩ + γ Ω(T) over plans T ≥ 0 with the given marginals whose columns (or rows) have at most k entries;
 * Ω is ½ Σ t² or Σ t log t.
 */
export interface SparseTransportProblem extends TransportProblem {
  /** γ, in units of cost per mass (quadratic) or of cost (entropic): the larger, the more entries are used, and the smoother the dual. */
  readonly regularization: number;
  /** k: most entries of a column, ≥ 1. More than there are rows is taken for as many, with a warning in the result. */
  readonly maximumEntries: number;
  /** What k applies to. Default `"columns"`. */
  readonly sparseSide?: SparseSide;
  /** Default `"quadratic"`, with which columns may have fewer than k entries; `"entropic"` uses all k. */
  readonly regularizer?: Regularizer;
}

/** The problem with the sparse lines as columns, on the host, without lines of no mass. */
export interface ColumnProblem {
  /** m and n. */
  readonly rows: number;
  readonly columns: number;
  /** `[n, m]`: the costs of a column one after the other. */
  readonly costs: Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  readonly rowMasses: Float64Array<ArrayBuffer>;
  readonly columnMasses: Float64Array<ArrayBuffer>;
  readonly regularization: number;
  readonly regularizer: Regularizer;
  /** k, at most m. */
  readonly maximumEntries: number;
  /** Difference of the largest and the smallest cost, or 1 where there is none. */
  readonly costRange: number;
  readonly checked: CheckedProblem;
  readonly sparseSide: SparseSide;
  readonly warnings: readonly string[];
}

/**
 * Checks a problem and turns it so that its columns are sparse.
 * @throws InvalidInputError
 */
export async function columnProblem(
  problem: SparseTransportProblem,
  { zeroMass, allowInfeasible, dtype }: { zeroMass: ZeroMass; allowInfeasible: boolean; dtype: FloatDType },
): Promise<ColumnProblem> {
  const { maximumEntries, sparseSide = "columns", regularizer = "quadratic" } = problem;
  if (!Number.isInteger(maximumEntries) || maximumEntries < 1)
    throw new InvalidInputError("maximumEntries", "an integer ≥ 1", maximumEntries);
  if (sparseSide !== "columns" && sparseSide !== "rows")
    throw new InvalidInputError("sparseSide", '"columns" or "rows"', sparseSide);
  if (regularizer !== "quadratic" && regularizer !== "entropic")
    throw new InvalidInputError("regularizer", '"quadratic" or "entropic"', regularizer);
  const checked = await checkProblem(problem, zeroMass);
  const isTurned = sparseSide === "rows";
  const rowMasses = checked.marginals.slice(0, checked.rows);
  const columnMasses = checked.marginals.slice(checked.rows);
  const [rows, columns] = isTurned ? [checked.columns, checked.rows] : [checked.rows, checked.columns];
  const [from, to] = isTurned ? (["columns", "rows"] as const) : (["rows", "columns"] as const);
  if (!allowInfeasible && columns * maximumEntries < rows)
    throw new InvalidInputError(
      "maximumEntries",
      `at least ${Math.ceil(rows / columns)}: ${columns} ${to} of fewer entries cannot take mass from all ${rows} ${from} (allowInfeasible: true solves the convex relaxation)`,
      maximumEntries,
    );
  const warnings =
    maximumEntries > rows
      ? [`maximumEntries is ${maximumEntries}, and taken for ${rows}: there are no more ${from}`]
      : [];
  return {
    rows,
    columns,
    costs: linesOf(checked, isTurned, dtype),
    rowMasses: isTurned ? columnMasses : rowMasses,
    columnMasses: isTurned ? rowMasses : columnMasses,
    regularization: problem.regularization,
    regularizer,
    maximumEntries: Math.min(maximumEntries, rows),
    costRange: checked.costRange || 1,
    checked,
    sparseSide,
    warnings,
  };
}

/** Costs with the sparse lines one after the other. */
function linesOf(
  { rows, columns, cost }: CheckedProblem,
  isTurned: boolean,
  dtype: FloatDType,
): Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
  const lines = dtype === "float32" ? new Float32Array(cost.length) : new Float64Array(cost.length);
  if (isTurned) lines.set(cost);
  else
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) lines[column * rows + row] = cost[row * columns + column];
  return lines;
}
