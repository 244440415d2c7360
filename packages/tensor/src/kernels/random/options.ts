import type { DType } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";

export type RandomDistribution = "bits" | "uniform" | "normal";

export interface RandomKernelOptions {
  readonly distribution: RandomDistribution;
  readonly shape: Shape;
  /** uint32 for bits, a float otherwise. */
  readonly dtype: DType;
}
