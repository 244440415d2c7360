export interface CumsumOptions {
  /** Axis to sum along; a negative one counts from the end. */
  readonly axis: number;
  /** Sums from the last element to the first. */
  readonly reverse: boolean;
  /** Sums end before their element: the first is 0. */
  readonly exclusive: boolean;
}
