import { type Device, type FloatDType, InvalidInputError, openDevice, Tensor } from "@ansatz/tensor";
import type { ZeroMass } from "../problem.ts";
import { checkPotentials, restored } from "../solver-run.ts";
import type { StopReason } from "../transport-result.ts";
import { ascend, HostDual, type SparseHistoryEntry, type SparseSolver } from "./ascent.ts";
import { type ColumnEntries, entriesOf, type SparsePlanSolution, solutionOf } from "./plan.ts";
import { type ColumnProblem, columnProblem, type SparseTransportProblem } from "./problem.ts";
import { hostEntries, type RepairedPlan, repairTies } from "./tie-repair.ts";

export interface SparseTransportOptions {
  /**
   * `"semi-dual"` searches for the potentials of the rows alone, and columns have their masses exactly; `"dual"` searches for those of both sides, and violates both a little.
   * Where rows are sparse, for rows read columns. Default `"semi-dual"`.
   */
  readonly formulation?: "semi-dual" | "dual";
  /**
   * Default `"auto"`: L-BFGS, and where kinks of the dual stop it (k = 1 or 2, or a line search that fails), averaged subgradients from its best point. The result tells.
   */
  readonly solver?: "auto" | SparseSolver;
  /** Largest violation of a single marginal ‖(a − T1, b − Tᵀ1)‖∞ of a solution. Default 10⁻⁹ in float64 (as POT), 10⁻⁶ in float32. */
  readonly tolerance?: number;
  /** Most L-BFGS iterations. Default 500 (as POT). */
  readonly maximumIterations?: number;
  /** Steps that L-BFGS remembers. Default 10. */
  readonly memory?: number;
  /** Most subgradient steps. Default 1000. */
  readonly subgradientIterations?: number;
  /** Potentials to start from; those of the sparse side are needed for the dual only. Default: zero. */
  readonly initialPotentials?: { readonly row?: ArrayLike<number>; readonly column?: ArrayLike<number> };
  /** Whether to solve where n·k is less than the number of rows: the potentials are then those of the convex relaxation, and no k-sparse plan meets the marginals. Default false. */
  readonly allowInfeasible?: boolean;
  /** Where to compute. Default: the device of `costMatrix` if it is a tensor, otherwise a cpu device, opened and closed inside. */
  readonly device?: Device;
  /** Floats to compute in. Default: the widest the device has. */
  readonly dtype?: FloatDType;
  /** What to do with masses of zero. Default `"error"`. */
  readonly zeroMass?: ZeroMass;
  /** Stops at the next iteration; the result then has reason `"aborted"`. */
  readonly signal?: AbortSignal;
  /** Called at the start and after every iteration. */
  readonly onProgress?: (entry: SparseHistoryEntry) => void;
}

/** The solution of a transport problem with few entries per column, on the host. */
export interface SparseTransportResult extends SparsePlanSolution {
  /** α, `[m]`. −∞ where a zero mass was removed. */
  readonly rowPotential: Float64Array;
  /** β, `[n]`: T = [α + β − C]₊/γ or exp((α + β − C)/γ − 1) on the k largest entries of a column. */
  readonly columnPotential: Float64Array;
  /** The value of the dual: a lower bound of every k-sparse plan's objective, and equal to the least of the convex relaxation. */
  readonly dualObjective: number;
  /** k, at most the number of rows. */
  readonly maximumEntries: number;
  /**
   * Columns whose k-th and next score differ by less than a thousandth of the costs' range while the k-th has mass: at such ties one of several columns of a plan is taken, and the marginals may be
   * missed although the dual is solved.
   */
  readonly tiedColumns: number;
  /** What found the solution last. */
  readonly solver: SparseSolver;
  readonly reason: StopReason;
  /** What the reason means and what to try next. */
  readonly remedy: string;
  readonly warnings: readonly string[];
  readonly history: readonly SparseHistoryEntry[];
  readonly dtype: FloatDType;
  /**
   * A k-sparse plan that meets the marginals, where ties let the dual's miss them: a flow of least cost on the tied entries finds the supports, the regularized problem on them the masses.
   * Computed in float64 on the calling thread.
   */
  repairTies(options?: { readonly signal?: AbortSignal }): Promise<RepairedPlan>;
}

const REMEDIES: Readonly<Record<StopReason, string>> = {
  converged: "All marginals are met within the tolerance.",
  "iteration-limit":
    "The limit of iterations was reached first: raise maximumIterations or subgradientIterations, or loosen the tolerance; at ties, repairTies() makes a plan that meets the marginals.",
  stalled:
    "The dual has a kink at its optimum, from ties at the k-th entry of a column, or rounding hides further progress: repairTies() makes a plan that meets the marginals; more regularization or entries remove the ties.",
  aborted: "The signal was aborted; the result is the iterate at that moment.",
};

/** Scores that differ by less than this share of the costs' range are reported as tied. */
const TIED = 1e-3;

/**
 * Optimal transport with at most k entries per column (or row), by the dual or semi-dual of the k-sparse regularizer, whose conjugates are computed exactly by a selection of the k largest scores.
 *
 * k = 1 is unregularized transport where its plan is an assignment; k = m is quadratically regularized transport. Choose it where each column can serve only so many rows: experts with a capacity, sparse
 * alignments. Choose `sinkhornNewton` where a dense plan will do: its problem is smooth. Each iteration reads the costs once.
 *
 * In the paper's symbols: `costMatrix` C, marginals a and b, `regularization` γ, `maximumEntries` k.
 *
 * Source: Liu, Puigcerver, Blondel, "Sparsity-Constrained Optimal Transport" (2023), sections 3 and 4.
 *
 * @throws InvalidInputError naming the argument, also where n·k entries cannot reach all rows (see `allowInfeasible`); UnsupportedError when the device lacks the dtype;
 *   DivergedError, with the potentials as `lastIterate`, where the entropic dual overflows at the potentials given.
 */
export async function sparseTransport(
  problem: SparseTransportProblem,
  options: SparseTransportOptions = {},
): Promise<SparseTransportResult> {
  const { formulation = "semi-dual", zeroMass = "error", allowInfeasible = false, signal } = options;
  checkOptions(options);
  const given = options.device ?? (problem.costMatrix instanceof Tensor ? problem.costMatrix.device : undefined);
  const device = given ?? (await openDevice("cpu"));
  try {
    const dtype = options.dtype ?? device.defaultFloat;
    const columnar = await columnProblem(problem, { zeroMass, allowInfeasible, dtype });
    const start = startOf(columnar, options);
    const { rows, columns, costs, regularizer, regularization, maximumEntries, costRange } = columnar;
    const upload = (values: Float64Array<ArrayBuffer>) =>
      device.tensor(dtype === "float32" ? Float32Array.from(values) : values, [1, values.length]);
    using costTensor = device.tensor(costs, [1, columns, rows]);
    using rowMasses = upload(columnar.rowMasses);
    using columnMasses = upload(columnar.columnMasses);
    const columnInput = formulation === "dual" ? "potentials" : "masses";
    const dual = new HostDual({
      ...{ costs: costTensor, rowMasses, columnMasses },
      options: { maximumEntries, regularizer, regularization, columnInput },
    });
    const ascent = await ascend(dual, start, {
      solver: options.solver ?? "auto",
      tolerance: options.tolerance ?? (dtype === "float64" ? 1e-9 : 1e-6),
      maximumIterations: options.maximumIterations ?? 500,
      memory: options.memory ?? 10,
      subgradientIterations: options.subgradientIterations ?? 1000,
      ...{ costRange, signal, onProgress: options.onProgress },
    });
    const entries = await hostEntries(dual, ascent.potentials);
    const { value } = await dual.evaluate(ascent.potentials);
    const inner = ascent.potentials.slice(0, rows);
    const outer = formulation === "dual" ? ascent.potentials.slice(rows) : columnPotentials(columnar, inner, entries);
    const { keptRows, keptColumns, given: whole } = columnar.checked;
    const [ofRows, ofColumns] = columnar.sparseSide === "columns" ? [inner, outer] : [outer, inner];
    return {
      ...solutionOf(columnar, entries),
      rowPotential: restored(ofRows, keptRows, whole.shape[0]),
      columnPotential: restored(ofColumns, keptColumns, whole.shape[1]),
      dualObjective: -value,
      maximumEntries,
      tiedColumns: countTies(columnar, inner, entries),
      solver: ascent.solver,
      reason: ascent.reason,
      remedy: REMEDIES[ascent.reason],
      warnings: columnar.warnings,
      history: ascent.history,
      dtype,
      repairTies: (repair = {}) => repairTies(columnar, inner, entries, repair.signal),
    };
  } finally {
    if (!given) await device.dispose();
  }
}

function checkOptions(options: SparseTransportOptions): void {
  const { formulation = "semi-dual", solver = "auto", tolerance = 0 } = options;
  if (formulation !== "semi-dual" && formulation !== "dual")
    throw new InvalidInputError("options.formulation", '"semi-dual" or "dual"', formulation);
  if (solver !== "auto" && solver !== "lbfgs" && solver !== "subgradient")
    throw new InvalidInputError("options.solver", '"auto", "lbfgs" or "subgradient"', solver);
  if (!(tolerance >= 0 && Number.isFinite(tolerance)))
    throw new InvalidInputError("options.tolerance", "a number ≥ 0", tolerance);
  for (const name of ["maximumIterations", "memory", "subgradientIterations"] as const) {
    const value = options[name];
    if (value !== undefined && (!Number.isInteger(value) || value < 1))
      throw new InvalidInputError(`options.${name}`, "an integer ≥ 1", value);
  }
  const { dtype } = options;
  if (dtype !== undefined && dtype !== "float32" && dtype !== "float64")
    throw new InvalidInputError("options.dtype", '"float32" or "float64"', dtype);
}

/** Potentials to start from: zero, or those given. The entropic dual, whose masses are exponentials, starts with column potentials at which no score is positive. In order, those of the lines that are not sparse, and in the dual then those that are. */
function startOf(
  { rows, columns, costs, regularizer, checked, sparseSide }: ColumnProblem,
  { formulation, initialPotentials }: SparseTransportOptions,
): Float64Array<ArrayBuffer> {
  const start = new Float64Array(rows + (formulation === "dual" ? columns : 0));
  if (!initialPotentials) {
    if (formulation === "dual" && regularizer === "entropic")
      for (let column = 0; column < columns; column++)
        start[rows + column] = leastOf(costs.subarray(column * rows, (column + 1) * rows));
    return start;
  }
  const { keptRows, keptColumns, given } = checked;
  const kept = (side: "row" | "column") => {
    const [values, length, positions] =
      side === "row"
        ? [initialPotentials.row, given.shape[0], keptRows]
        : [initialPotentials.column, given.shape[1], keptColumns];
    checkPotentials(side, values, length, positions);
    return Float64Array.from(positions, (index) => values[index]);
  };
  const [inner, outer] = sparseSide === "columns" ? (["row", "column"] as const) : (["column", "row"] as const);
  start.set(kept(inner));
  if (formulation === "dual") start.set(kept(outer), rows);
  return start;
}

function leastOf(values: ArrayLike<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < values.length; index++) least = Math.min(least, values[index]);
  return least;
}

/** β with which the semi-dual's columns are those of the dual: −τ, from the largest entry of a column. */
function columnPotentials(
  { rows, columns, costs, maximumEntries, regularizer, regularization }: ColumnProblem,
  rowPotential: Float64Array,
  { masses, indices }: ColumnEntries,
): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: columns }, (_, column) => {
    const [mass, row] = [masses[column * maximumEntries], indices[column * maximumEntries]];
    const score = rowPotential[row] - costs[column * rows + row];
    return regularization * (regularizer === "quadratic" ? mass : Math.log(mass) + 1) - score;
  });
}

function countTies(problem: ColumnProblem, rowPotential: Float64Array, entries: ColumnEntries): number {
  const { rows, columns, costs, maximumEntries, costRange } = problem;
  let tied = 0;
  for (let column = 0; column < columns; column++) {
    const kept = new Set(Array.from(entriesOf(entries, column, maximumEntries), ([row]) => row));
    if (kept.size < maximumEntries || kept.size === rows) continue;
    let least = Number.POSITIVE_INFINITY;
    let next = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < rows; row++) {
      const score = rowPotential[row] - costs[column * rows + row];
      if (kept.has(row)) least = Math.min(least, score);
      else next = Math.max(next, score);
    }
    if (least - next < TIED * costRange) tied++;
  }
  return tied;
}
