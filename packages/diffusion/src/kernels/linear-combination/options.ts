export interface LinearCombinationOptions {
  /** A coefficient per tensor, for each output: one or two lists of the same length. */
  readonly coefficients: readonly (readonly number[])[];
}

/** How many tensors one pass can take. */
export const MOST_TERMS = 8;

/** How many results one pass can have. */
export const MOST_OUTPUTS = 2;
