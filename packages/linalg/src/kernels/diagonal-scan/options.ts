export interface DiagonalScanOptions {
  /** From the last sample to the first. */
  readonly reverse: boolean;
}
