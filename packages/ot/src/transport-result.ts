import type { FloatDType } from "@ansatz/tensor";
import { costRow, type HostCosts } from "./cost-matrix.ts";

/** Why a solver stopped. */
export type StopReason = "converged" | "iteration-limit" | "stalled" | "aborted";

/** One iteration of a solver. */
export interface HistoryEntry {
  /** Counts all iterations of the solve, from 1. */
  readonly iteration: number;
  readonly kind: "sinkhorn" | "newton" | "quasi-newton" | "simplex";
  /**
   * Marginal error ‖r − P1‖₁ + ‖c − Pᵀ1‖₁ after the iteration; for a Sinkhorn sweep, that between its row and its column half, which costs nothing to know
   * and is at least the error after it. Simplex: the largest violation of a dual constraint xᵢ + yⱼ ≤ Cᵢⱼ, in units of cost, before the pivots of the entry.
   */
  readonly error: number;
  /** ε of the stage. */
  readonly regularization: number;
  /** Newton: entries of the plan that were kept in the Hessian. */
  readonly keptEntries?: number;
  /** Newton: iterations of conjugate gradients. */
  readonly conjugateGradientIterations?: number;
  /** Newton and quasi-Newton: the share of the full step that was taken; above 1 where a longer one was better. */
  readonly stepSize?: number;
}

/** What a solve cost. */
export interface IterationCounts {
  readonly sinkhornSweeps: number;
  readonly newtonSteps: number;
  readonly quasiNewtonSteps: number;
  readonly conjugateGradientIterations: number;
  /** How often a line search had to halve its step. */
  readonly lineSearchHalvings: number;
  /** Changes of the basis of unregularised transport. */
  readonly simplexPivots: number;
}

/** A matrix in compressed rows: row i has the entries `rowOffsets[i]` to `rowOffsets[i + 1]`. */
export interface SparsePlan {
  readonly shape: readonly [number, number];
  readonly rowOffsets: Int32Array;
  readonly columnIndices: Int32Array;
  readonly values: Float64Array;
}

/** The solution of an entropic transport problem, as host data; what does not depend on the device it was computed on. */
export interface TransportResult {
  /** x, `[m]`, in units of cost: P = exp((x + y − C)/ε − 1). Only x + y is determined. −∞ where a zero mass was removed. */
  readonly rowPotential: Float64Array;
  /** y, `[n]`. */
  readonly columnPotential: Float64Array;
  /** ⟨C, P⟩. */
  readonly transportCost: number;
  /** ⟨C, P⟩ + ε Σ P log P, what is minimised. */
  readonly objective: number;
  /** r·x + c·y − ε Σ P, its lower bound; equal at the optimum. */
  readonly dualObjective: number;
  /** ‖r − P1‖₁ + ‖c − Pᵀ1‖₁. */
  readonly marginalError: number;
  /** ε that the potentials belong to: the problem's, unless the solve ended in an earlier stage of continuation. */
  readonly regularization: number;
  readonly reason: StopReason;
  /** What the reason means and what to try next, in a sentence. */
  readonly remedy: string;
  readonly iterations: IterationCounts;
  readonly history: readonly HistoryEntry[];
  /** The floats it was computed in. */
  readonly dtype: FloatDType;
  /** P, row-major `[m, n]`, evaluated in float64 from costs and potentials: m · n exponentials on the calling thread. */
  plan(): { readonly data: Float64Array<ArrayBuffer>; readonly shape: readonly [number, number] };
  /** The entries of P that are larger than `threshold`. Default: 10⁻⁹ / max(m, n), which drops less than 10⁻⁹ of the mass per row or column. */
  sparsePlan(threshold?: number): SparsePlan;
}

/** A sentence for people on why a solve stopped and what would change it. */
export const REMEDIES: Readonly<Record<StopReason, string>> = {
  converged: "The marginal error is within the tolerance, or as small as rounding in this dtype allows.",
  "iteration-limit":
    "The limit of iterations was reached first: raise it, loosen the tolerance, or increase the regularization.",
  stalled:
    "The marginal error no longer falls: use float64, a larger regularization, a slower continuation schedule, or a looser tolerance.",
  aborted: "The signal was aborted; the result is the iterate at that moment.",
};

/** What determines a plan. */
export interface PlanSource {
  readonly costMatrix: HostCosts;
  readonly rowPotential: Float64Array;
  readonly columnPotential: Float64Array;
  readonly regularization: number;
  readonly dtype: FloatDType;
}

export function densePlan(source: PlanSource): ReturnType<TransportResult["plan"]> {
  const { costMatrix, columnPotential } = source;
  const [rows, columns] = costMatrix.shape;
  const data = new Float64Array(rows * columns);
  const row = new Float64Array(columnPotential.length);
  for (let index = 0; index < rows; index++) data.set(planRow(source, index, row), index * columns);
  return { data, shape: [rows, columns] };
}

export function sparsePlan(source: PlanSource, threshold?: number): SparsePlan {
  const [rows, columns] = source.costMatrix.shape;
  const smallest = threshold ?? 1e-9 / Math.max(rows, columns);
  const rowOffsets = new Int32Array(rows + 1);
  const columnIndices: number[] = [];
  const values: number[] = [];
  const row = new Float64Array(columns);
  for (let index = 0; index < rows; index++) {
    for (const [column, mass] of planRow(source, index, row).entries())
      if (mass > smallest) {
        columnIndices.push(column);
        values.push(mass);
      }
    rowOffsets[index + 1] = values.length;
  }
  return {
    shape: [rows, columns],
    rowOffsets,
    columnIndices: Int32Array.from(columnIndices),
    values: Float64Array.from(values),
  };
}

/** One row of P, written to `into`. */
function planRow(source: PlanSource, row: number, into: Float64Array): Float64Array {
  const { costMatrix, rowPotential, columnPotential, regularization, dtype } = source;
  const columns = columnPotential.length;
  const inverse = 1 / regularization;
  costRow(costMatrix, row, into);
  for (let column = 0; column < columns; column++) {
    // A float32 solve has seen the costs rounded, and meets the marginals for those.
    const cost = dtype === "float32" ? Math.fround(into[column]) : into[column];
    into[column] = Math.exp((rowPotential[row] + columnPotential[column] - cost) * inverse - 1);
  }
  return into;
}
