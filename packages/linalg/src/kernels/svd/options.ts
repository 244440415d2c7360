export interface SvdOptions {
  /** Whether singular vectors are wanted. */
  readonly vectors: boolean;
  /** Whether U and V are square, else they have as many vectors as there are singular values. */
  readonly full: boolean;
}
