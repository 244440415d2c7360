/** What is added to the transport cost, times the regularization γ: ½ Σ t² or Σ t log t. */
export type Regularizer = "quadratic" | "entropic";

export interface SparseConjugateOptions {
  /** k: entries of a column that may have mass, from 1 to m. */
  readonly maximumEntries: number;
  readonly regularizer: Regularizer;
  /** γ, in units of cost. */
  readonly regularization: number;
  /** What `columns` holds: the masses b that the columns must have (semi-dual), or potentials β, and then masses are free (dual). */
  readonly columnInput: "masses" | "potentials";
}
