export interface MatmulOptions {
  /** Multiply with the transpose of `a`'s matrices. */
  readonly transposeA: boolean;
  /** Multiply with the transpose of `b`'s matrices. */
  readonly transposeB: boolean;
}
