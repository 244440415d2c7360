export interface NewtonDirectionOptions {
  /** m, how many of the unknowns belong to rows. */
  readonly rows: number;
  /** The diagonal is multiplied by 1 + `shift`, against a matrix that is singular beyond the gauge. */
  readonly shift: number;
  /** Stop when the residual is at most this multiple of the gradient, in the 2-norm. */
  readonly tolerance: number;
  readonly maximumIterations: number;
}
