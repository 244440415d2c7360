/** The box on which the polynomials are defined: per axis the ends that Chebyshev's −1 and 1 stand for. */
export interface TuckerPointsOptions {
  readonly lower: readonly [number, number, number];
  readonly upper: readonly [number, number, number];
}
