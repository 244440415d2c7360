import type { Shape } from "../../shape.ts";

/** A view: element i of the result is element offset + Σ iₐ stridesₐ of the input, both counted in row-major order. */
export interface StridedViewOptions {
  readonly shape: Shape;
  readonly offset: number;
  /** One per axis of `shape`; negative ones run backwards, 0 repeats. */
  readonly strides: readonly number[];
}
