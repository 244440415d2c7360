export interface EigenSymmetricOptions {
  /** Whether eigenvectors are wanted. */
  readonly vectors: boolean;
}
