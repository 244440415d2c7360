export interface CsrTriangularSolveOptions {
  /** Whether the entries are those on and below the diagonal, else on and above. */
  readonly lower: boolean;
  /** Solves with the transpose of that triangle. */
  readonly transpose: boolean;
}
