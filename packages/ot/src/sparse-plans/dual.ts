import { multiply, scatterAlongAxis, subtract, sum, type Tensor } from "@ansatz/tensor";
import { type SparseConjugateOptions, sparseConjugateKernel } from "../kernels/sparse-conjugate/index.ts";

/** Potentials that are searched for: those of the rows, and in the dual those of the columns. */
export interface Potentials {
  /** α, `[batches, m]`. */
  readonly rows: Tensor;
  /** β, `[batches, n]`; absent in the semi-dual, where columns have their masses whatever α is. */
  readonly columns?: Tensor;
  readonly [side: string]: Tensor | undefined;
}

/** Data of problems that are solved together. */
export interface DualProblem {
  /** The costs of a column one after the other, `[batches, n, m]`. */
  readonly costs: Tensor;
  /** a, `[batches, m]`. */
  readonly rowMasses: Tensor;
  /** b, `[batches, n]`. */
  readonly columnMasses: Tensor;
  readonly options: SparseConjugateOptions;
}

/** The plan at potentials: entry e of column j is in row `indices[j, e]`. */
export interface PlanEntries {
  /** Ω* of each column, `[batches, n]`. */
  readonly values: Tensor;
  /** `[batches, n, k]` */
  readonly masses: Tensor;
  /** `[batches, n, k]`, int32. */
  readonly indices: Tensor;
}

/** Columns of the plan that the potentials give. One pass over the costs. */
export function planAt({ costs, columnMasses, options }: DualProblem, { rows, columns }: Potentials): PlanEntries {
  const [values, masses, indices] = sparseConjugateKernel.run([costs, rows, columns ?? columnMasses], options);
  return { values, masses, indices };
}

/** T1, `[batches, m]`. */
export function rowSums({ rowMasses }: DualProblem, { masses, indices }: PlanEntries): Tensor {
  const [batches, columns, most] = indices.shape;
  const flat = [batches, columns * most];
  const zeros = rowMasses.device.zeros(rowMasses.shape, rowMasses.dtype);
  return scatterAlongAxis(zeros, indices.reshape(flat), masses.reshape(flat), { axis: 1, mode: "add" });
}

/** The dual, negated so that it is to be minimised: Σ Ω*(α + β − c) − α·a − β·b, one value for all batches; and its gradient T1 − a, Tᵀ1 − b. */
export function negatedDual(
  problem: DualProblem,
  potentials: Potentials,
): { readonly value: Tensor; readonly gradient: Potentials; readonly entries: PlanEntries } {
  const { rowMasses, columnMasses } = problem;
  const { rows, columns } = potentials;
  const entries = planAt(problem, potentials);
  const rowGradient = subtract(rowSums(problem, entries), rowMasses);
  const ofRows = subtract(sum(entries.values), sum(multiply(rows, rowMasses)));
  if (!columns) return { value: ofRows, gradient: { rows: rowGradient }, entries };
  const columnGradient = subtract(sum(entries.masses, { axes: 2 }), columnMasses);
  return {
    value: subtract(ofRows, sum(multiply(columns, columnMasses))),
    gradient: { rows: rowGradient, columns: columnGradient },
    entries,
  };
}
