export interface SolveTriangularOptions {
  /** Whether the lower triangle of T is read, else the upper one. */
  readonly lower: boolean;
  /** Solve with the transpose of T. */
  readonly transpose: boolean;
  /** Take the diagonal of T as ones, without reading it. */
  readonly unitDiagonal: boolean;
}
