export interface MixtureDrawOptions {
  /** ε, the variance of the Wiener process at time 1. */
  readonly regularization: number;
}
