/** What `analyseCholesky` found, as far as it is not in the inputs. */
export interface SparseCholeskyOptions {
  /** Numbers in all blocks together. */
  readonly entries: number;
  /** Most rows of a supernode. */
  readonly frontSize: number;
  /** Most numbers that updates take which wait for their supernode. */
  readonly stackSize: number;
  /** Multiplications and additions. */
  readonly flops: number;
}
