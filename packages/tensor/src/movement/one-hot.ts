import type { DType } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { cast } from "../kernels/cast/index.ts";
import { equal } from "../kernels/map/comparison.ts";
import type { Tensor } from "../tensor.ts";
import { expandDims } from "./axes.ts";

/**
 * Unit vectors: 1 at the index along a new last axis, 0 elsewhere; zeros throughout for an index outside of [0, depth).
 *
 * @param indices int32 of any shape.
 * @param depth extent of the new axis, an integer ≥ 0.
 * @param options.dtype default `"float32"`.
 * @returns shape [...indices.shape, depth].
 * @throws InvalidInputError when the indices are not int32 or the depth is no integer ≥ 0; UnsupportedError when the device does not hold the dtype.
 */
export function oneHot<D extends DType = "float32">(
  indices: Tensor,
  depth: number,
  { dtype = "float32" as D }: { readonly dtype?: D } = {},
): Tensor<D> {
  if (indices.dtype !== "int32") throw new InvalidInputError("oneHot: indices", "an int32 tensor", indices.dtype);
  if (!Number.isInteger(depth) || depth < 0) throw new InvalidInputError("oneHot: depth", "an integer ≥ 0", depth);
  const { device } = indices;
  return device.scope(() => {
    const positions = device.tensor(Int32Array.from({ length: depth }, (_, index) => index));
    return cast(equal(expandDims(indices, -1), positions), dtype);
  });
}
