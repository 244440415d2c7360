import { transpose } from "../../movement/axes.ts";
import { slice } from "../../movement/slices.ts";
import { normalizeAxes, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { concatenate } from "../concatenate/index.ts";
import { multiply } from "../map/binary.ts";
import type { AxesOptions } from "./reductions.ts";

/** Product of complex numbers over axes: halves are multiplied with each other until one number is left. Only products, so that it differentiates to any order, also where some are 0. */
export function complexProduct(x: Tensor, { axes, keepDimensions = false }: AxesOptions): Tensor {
  const reduced = normalizeAxes("prod", x.rank, axes);
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !reduced.includes(axis));
  const shape = x.shape.flatMap((extent, axis) => (!reduced.includes(axis) ? [extent] : keepDimensions ? [1] : []));
  let length = sizeOf(reduced.map((axis) => x.shape[axis]));
  if (length === 0) return x.device.full(shape, 1, x.dtype);
  let factors = transpose(x, [...reduced, ...kept]).reshape([length, sizeOf(kept.map((axis) => x.shape[axis]))]);
  while (length > 1) {
    const half = length >> 1;
    const products = multiply(slice(factors, [[0, half]]), slice(factors, [[half, 2 * half]]));
    factors = length % 2 === 0 ? products : concatenate([products, slice(factors, [[2 * half, length]])], { axis: 0 });
    length -= half;
  }
  return factors.reshape(shape);
}
