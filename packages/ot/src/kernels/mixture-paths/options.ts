export interface MixturePathsOptions {
  /** ε, the variance of the noise per unit of time. */
  readonly regularization: number;
  /** Δ, the time of one step. */
  readonly stepSize: number;
  /** States are kept after every so many steps; divides their number. */
  readonly every: number;
}
