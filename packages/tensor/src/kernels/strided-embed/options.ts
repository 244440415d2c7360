import type { Shape } from "../../shape.ts";

/** Where elements go: element i of the input to element offset + Σ iₐ stridesₐ of the result. */
export interface StridedEmbedOptions {
  /** Of the result. */
  readonly shape: Shape;
  readonly offset: number;
  /** One per axis of the input; no two elements may go to the same place. */
  readonly strides: readonly number[];
}
