export interface VandermondeOptions {
  /** Powers to add up: 0 … length − 1. */
  readonly length: number;
}
