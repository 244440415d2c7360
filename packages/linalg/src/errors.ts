import { AnsatzError } from "@ansatz/tensor";

/** A matrix is not positive definite (or not finite): one of its leading minors is not positive. */
export class NotPositiveDefiniteError extends AnsatzError {
  /** Order of the first leading minor that is not positive. */
  readonly minor: number;
  /** Position of the matrix among those along the leading axes, row-major. */
  readonly batch: number;

  constructor(operation: string, batch: number, minor: number) {
    super(
      "NOT_POSITIVE_DEFINITE",
      `${operation}: matrix ${batch} is not positive definite: its leading minor of order ${minor} is not positive. Add a multiple of the identity, or use an LU factorisation`,
    );
    this.batch = batch;
    this.minor = minor;
  }
}

/** A matrix is singular (or not finite): elimination met a zero pivot. */
export class SingularMatrixError extends AnsatzError {
  /** Number of the first pivot that is zero, from 1. */
  readonly pivot: number;
  /** Position of the matrix among those along the leading axes, row-major. */
  readonly batch: number;

  constructor(operation: string, batch: number, pivot: number) {
    super(
      "SINGULAR_MATRIX",
      `${operation}: matrix ${batch} is singular: pivot ${pivot} is zero or not finite. Use leastSquares with a rank tolerance`,
    );
    this.batch = batch;
    this.pivot = pivot;
  }
}
