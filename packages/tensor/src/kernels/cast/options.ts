import type { DType } from "../../dtype.ts";

export interface CastOptions {
  /** Dtype of the result. */
  readonly dtype: DType;
}
