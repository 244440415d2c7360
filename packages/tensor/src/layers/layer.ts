import type { TensorTree } from "../differentiation/tree.ts";
import type { FloatDType } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import type { RandomOptions } from "../random/draw.ts";
import type { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";

/** Where parameters are made, and their dtype (default: `"float32"`). Inputs must have the same. */
export type LayerOptions = RandomOptions<FloatDType>;

/**
 * Part of a network as a pair of pure functions. Parameters are plain nested objects of tensors: to be differentiated, optimised, saved, averaged or replaced by whatever works on trees.
 *
 * `apply` frees what it makes on the way; its result is the caller's. Weights have PyTorch's layout, [outputs, inputs, ...window], so that its files fit.
 */
export interface Layer<
  Parameters extends TensorTree,
  Inputs extends readonly unknown[] = [x: Tensor],
  Output = Tensor,
> {
  /** First parameters, from a key. @throws InvalidInputError for a bad key or device; UnsupportedError when the device does not hold the dtype. */
  init(key: Key, options: LayerOptions): Parameters;
  /** The layer at these parameters. @throws InvalidInputError when an input's shape or dtype does not fit. */
  apply(parameters: Parameters, ...inputs: Inputs): Output;
}

/** @throws InvalidInputError unless the tensor has this extent along an axis (negative ones count from the end). */
export function checkExtent(argument: string, x: Tensor, axis: number, extent: number): void {
  const position = axis < 0 ? x.rank + axis : axis;
  if (x.shape[position] === extent) return;
  const where = axis === -1 ? "along the last axis" : `along axis ${axis}`;
  throw new InvalidInputError(argument, `a tensor of extent ${extent} ${where}`, `shape [${x.shape}]`);
}

/** @throws InvalidInputError unless the value is an integer of at least `least`. */
export function checkCount(argument: string, value: number, least = 1): void {
  if (!Number.isInteger(value) || value < least) throw new InvalidInputError(argument, `an integer ≥ ${least}`, value);
}
