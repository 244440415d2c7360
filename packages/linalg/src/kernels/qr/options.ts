export interface QrOptions {
  /** Whether Q is square, else it has as many columns as R has rows: min(rows, columns) of A. */
  readonly full: boolean;
  /** Whether columns are exchanged, so that the diagonal of R does not increase. */
  readonly pivoting: boolean;
}
