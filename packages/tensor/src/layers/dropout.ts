import { InvalidInputError } from "../errors.ts";
import { multiply } from "../kernels/map/binary.ts";
import { where } from "../kernels/map/where.ts";
import { bernoulli } from "../random/discrete.ts";
import type { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Sets elements to 0, each with probability `rate`, and divides the others by 1 − rate, so that the mean stays. For training only. Under `vmap` all examples lose the same elements.
 *
 * Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting" (2014), scaled in training rather than in use.
 *
 * @param key a new one for every call; the same key drops the same elements, on every device.
 * @throws InvalidInputError when the rate is not in [0, 1), or for a bad key.
 */
export function dropout(key: Key, x: Tensor, rate: number): Tensor {
  if (!(rate >= 0 && rate < 1)) throw new InvalidInputError("dropout: rate", "a number in [0, 1)", rate);
  return x.device.scope(() => {
    const isKept = bernoulli(key, 1 - rate, x.shape, { device: x.device });
    return where(isKept, multiply(x, 1 / (1 - rate)), 0);
  });
}
