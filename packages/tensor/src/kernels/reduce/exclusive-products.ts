import { sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { gather } from "../gather/index.ts";
import { multiply } from "../map/binary.ts";
import { where } from "../map/where.ts";
import { prod } from "./index.ts";

/**
 * For each element the product of all others along the axes (sorted, non-negative), without a division, so that zeros do no harm; the derivative of `prod`. Only products, so that it differentiates to any order.
 *
 * An element's others are those of its own line, times the products of all other lines.
 */
export function exclusiveProducts(x: Tensor, axes: readonly number[]): Tensor {
  if (x.size === 0) return x;
  const axis = axes.at(-1);
  if (axis === undefined) return x.device.full(x.shape, 1, x.dtype);
  const outer = sizeOf(x.shape.slice(0, axis));
  const length = x.shape[axis];
  const lines = x.reshape([outer, length, x.size / outer / length]);
  const withinLine = exclusiveAlongLine(lines).reshape(x.shape);
  if (axes.length === 1) return withinLine;
  const products = prod(x, { axes: axis, keepDimensions: true });
  return multiply(withinLine, exclusiveProducts(products, axes.slice(0, -1)));
}

/** Of [outer, length, inner]: a tree of pairs, 2 · length products in all. An element's others are its partner, and those of the pair. */
function exclusiveAlongLine(x: Tensor): Tensor {
  const { device } = x;
  const [outer, length, inner] = x.shape;
  if (length === 1) return device.full(x.shape, 1, x.dtype);
  const padded = length + (length % 2);
  const even = padded === length ? x : withOne(x);
  const pairs = even.reshape([outer, padded / 2, 2, inner]);
  const partners = gather(pairs, device.tensor(Int32Array.of(1, 0)), { axis: 2 });
  const first = device.tensor(Int32Array.of(0), []);
  const products = multiply(gather(pairs, first, { axis: 2 }), gather(partners, first, { axis: 2 }));
  const ofPairs = exclusiveAlongLine(products).reshape([outer, padded / 2, 1, inner]);
  const all = multiply(partners, ofPairs).reshape([outer, padded, inner]);
  if (padded === length) return all;
  return gather(all, device.tensor(Int32Array.from({ length }, (_, k) => k)), { axis: 1 });
}

/** Another element, 1, at the end of each line. */
function withOne(x: Tensor): Tensor {
  const length = x.shape[1] + 1;
  const repeated = gather(x, x.device.tensor(Int32Array.from({ length }, (_, k) => k)), { axis: 1 });
  const isOwn = x.device.tensor(
    Uint8Array.from({ length }, (_, k) => (k < length - 1 ? 1 : 0)),
    [length, 1],
  );
  return where(isOwn, repeated, 1);
}
