export interface StabilityMapOptions {
  readonly rows: number;
  readonly columns: number;
  /** Re z of the first and of the last column. */
  readonly real: readonly [first: number, last: number];
  /** Im z of the last and of the first row: images begin at the top. */
  readonly imaginary: readonly [last: number, first: number];
}
