export interface NetworkSimplexOptions {
  /** The call ends after this many changes of the tree, if it is not optimal before. */
  readonly maximumPivots: number;
  /** Row whose arcs are looked at first. */
  readonly firstRow: number;
  /** Rows that are looked at before the best of their arcs enters the tree. */
  readonly blockRows: number;
}
