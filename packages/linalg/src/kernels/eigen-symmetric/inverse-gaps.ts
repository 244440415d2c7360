import { add, divide, subtract, type Tensor } from "@ansatz/tensor";
import { identity } from "../../matrix-parts.ts";

/** 1 / (λⱼ − λᵢ) beside the diagonal, 0 on it. */
export function inverseGaps(values: Tensor): Tensor {
  const n = values.shape[values.shape.length - 1];
  const leading = values.shape.slice(0, -1);
  const gaps = subtract(values.reshape([...leading, 1, n]), values.reshape([...leading, n, 1]));
  const one = identity(values, n);
  return divide(subtract(1, one), add(gaps, one));
}
