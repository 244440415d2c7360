export interface ConcatenateOptions {
  /** Negative ones count from the end. */
  readonly axis: number;
}
