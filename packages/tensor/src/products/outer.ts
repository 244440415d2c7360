import type { DType } from "../dtype.ts";
import { multiply } from "../kernels/map/binary.ts";
import type { Tensor } from "../tensor.ts";

/**
 * All products of an element of `a` with one of `b`: `result[i…, j…] = a[i…] b[j…]`, for vectors the outer product a bᵀ (without conjugation).
 *
 * @throws InvalidInputError unless the dtype is a number type, the same for both.
 */
export function outer<D extends DType>(a: Tensor<D>, b: Tensor<D>): Tensor<D> {
  return a.device.scope(() => multiply(a.reshape([...a.shape, ...new Array<number>(b.rank).fill(1)]), b));
}
