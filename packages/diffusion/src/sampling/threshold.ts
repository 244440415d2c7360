import {
  abs,
  add,
  clamp,
  InvalidInputError,
  maximum,
  minimum,
  multiply,
  neg,
  reciprocal,
  sizeOf,
  slice,
  sort,
  type Tensor,
} from "@ansatz/tensor";

/**
 * How predicted data are kept within the range they must have.
 *
 * - `"dynamic"`: per example, q = max(`bound`, the `quantile` of |x₀|); x₀ is clamped to [−q, q] and scaled by `bound`/q. Source: Saharia et al., Imagen (section 2.3).
 * - `"clamp"`: x₀ is clamped to [−`bound`, `bound`].
 */
export interface Threshold {
  /** Default `"dynamic"`. */
  readonly kind?: "dynamic" | "clamp";
  /** Default 0.995. */
  readonly quantile?: number;
  /** Default 1. */
  readonly bound?: number;
}

/** @throws InvalidInputError */
export function checkThreshold({ kind = "dynamic", quantile = 0.995, bound = 1 }: Threshold): void {
  if (kind !== "dynamic" && kind !== "clamp")
    throw new InvalidInputError("options.threshold.kind", '"dynamic" or "clamp"', kind);
  if (!(quantile > 0 && quantile <= 1))
    throw new InvalidInputError("options.threshold.quantile", "a number in (0, 1]", quantile);
  if (!(Number.isFinite(bound) && bound > 0))
    throw new InvalidInputError("options.threshold.bound", "a finite number above 0", bound);
}

/** Data after thresholding, see `Threshold`. @param data [batch, …] @throws InvalidInputError */
export function thresholded(data: Tensor, threshold: Threshold = {}): Tensor {
  checkThreshold(threshold);
  const { kind = "dynamic", quantile = 0.995, bound = 1 } = threshold;
  if (kind === "clamp") return clamp(data, -bound, bound);
  const [batch = 1] = data.shape;
  const size = sizeOf(data.shape) / batch;
  return data.device.scope(() => {
    const flat = data.reshape([batch, size]);
    const limit = maximum(quantileOf(abs(flat), quantile), bound);
    const kept = maximum(minimum(flat, limit), neg(limit));
    return multiply(kept, multiply(reciprocal(limit), bound)).reshape(data.shape);
  });
}

/** Linearly interpolated quantile of every row, as PyTorch's `quantile`. */
function quantileOf(rows: Tensor, quantile: number): Tensor {
  const position = quantile * (rows.shape[1] - 1);
  const low = Math.floor(position);
  const high = Math.min(low + 1, rows.shape[1] - 1);
  const sorted = sort(rows, { axis: 1 });
  const weight = position - low;
  return add(
    multiply(slice(sorted, [null, [low, low + 1]]), 1 - weight),
    multiply(slice(sorted, [null, [high, high + 1]]), weight),
  );
}
